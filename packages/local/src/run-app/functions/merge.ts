import { createMergeHandler } from '@pipeline/handlers';
import { surroundings } from '../surroundings.ts';

export const handler = createMergeHandler(surroundings());
