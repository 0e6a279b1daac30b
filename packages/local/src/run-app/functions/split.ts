import { createSplitHandler } from '@pipeline/handlers';
import { surroundings } from '../surroundings.ts';

export const handler = createSplitHandler(surroundings());
