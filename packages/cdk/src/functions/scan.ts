import { createScanHandler } from '@pipeline/handlers';
import { surroundings } from './surroundings.ts';

export const handler = createScanHandler(surroundings());
