import { createResolveHandler } from '@pipeline/handlers';
import { profileReducer } from '@pipeline/validate/profile';
import { surroundings } from '../surroundings.ts';

export const handler = createResolveHandler({ ...surroundings(), reducers: [profileReducer] });
