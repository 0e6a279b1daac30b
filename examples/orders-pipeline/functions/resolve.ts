import { createResolveHandler } from '@pipeline/handlers';
import { surroundings } from '../src/surroundings.ts';

export const handler = createResolveHandler(surroundings());
