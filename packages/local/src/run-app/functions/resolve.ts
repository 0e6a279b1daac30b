import { createResolveHandler } from '@pipeline/handlers';
import { profileReducer } from '@pipeline/validate/profile';
import { readSettings, runUnique } from '../settings.ts';
import { surroundings } from '../surroundings.ts';

export const handler = createResolveHandler({
  ...surroundings(),
  reducers: [profileReducer],
  unique: runUnique(readSettings()),
});
