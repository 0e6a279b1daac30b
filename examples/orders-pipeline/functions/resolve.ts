import { createResolveHandler } from '@pipeline/handlers';
import { reducers } from '../src/sidecars.ts';
import { events, surroundings } from '../src/surroundings.ts';

const { parameters, store, locations } = surroundings();

export const handler = createResolveHandler({ store, locations, reducers, ...events(parameters) });
