import { createResolveHandler } from '@pipeline/handlers';
import { reducers } from './sidecars.ts';
import { surroundings } from './surroundings.ts';

const { store, locations, events } = surroundings();

export const handler = createResolveHandler({ store, locations, reducers, ...events });
