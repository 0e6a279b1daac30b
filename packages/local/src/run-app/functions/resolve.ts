import { createResolveHandler } from '@pipeline/handlers';
import { readSettings, runUnique } from '../settings.ts';
import { reducers } from '../sidecars.ts';
import { surroundings } from '../surroundings.ts';

export const handler = createResolveHandler({
  ...surroundings(),
  reducers,
  unique: runUnique(readSettings()),
});
