import { createResolveHandler } from '@pipeline/handlers';
import { reducers } from '../src/sidecars.ts';
import { surroundings } from '../src/surroundings.ts';

export const handler = createResolveHandler({ ...surroundings(), reducers });
