import { createArchiveHandler } from '@pipeline/handlers';
import { surroundings } from './surroundings.ts';

export const handler = createArchiveHandler(surroundings());
