import { createMergeHandler } from '@pipeline/handlers';
import { surroundings } from './surroundings.ts';

const { store, locations, routed } = surroundings();

export const handler = createMergeHandler({ store, locations, rememberDurations: routed });
