import { createMergeHandler } from '@pipeline/handlers';
import { surroundings } from '../src/surroundings.ts';

export const handler = createMergeHandler(surroundings());
