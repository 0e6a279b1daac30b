import { createResolveHandler } from '@pipeline/handlers';
import { readSettings, runUnique } from '../settings.ts';
import { surroundings } from '../surroundings.ts';

export const handler = createResolveHandler({ ...surroundings(), unique: runUnique(readSettings()) });
