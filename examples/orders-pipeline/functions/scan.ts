import { createScanHandler } from '@pipeline/handlers';
import { surroundings } from '../src/surroundings.ts';

export const handler = createScanHandler(surroundings());
