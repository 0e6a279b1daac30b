import { createResolveHandler } from '@pipeline/handlers';
import { surroundings } from '../surroundings.ts';

export const handler = createResolveHandler(surroundings());
