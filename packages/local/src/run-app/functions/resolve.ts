import { createResolveHandler } from '@pipeline/handlers';
import { examples } from '../sidecars.ts';
import { surroundings } from '../surroundings.ts';

export const handler = createResolveHandler({ ...surroundings(), reducers: [examples.reducer] });
