import { createResolveHandler } from '@pipeline/handlers';
import { examples } from '../src/sidecars.ts';
import { surroundings } from '../src/surroundings.ts';

export const handler = createResolveHandler({ ...surroundings(), reducers: [examples.reducer] });
