import { createMergeHandler } from '@pipeline/handlers';
import { surroundings } from '../src/surroundings.ts';

const { parameters, store, locations } = surroundings();

export const handler = createMergeHandler({ store, locations, rememberDurations: parameters.chunkRoutes });
