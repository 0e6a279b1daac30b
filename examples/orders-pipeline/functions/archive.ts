import { createArchiveHandler } from '@pipeline/handlers';
import { surroundings } from '../src/surroundings.ts';

export const handler = createArchiveHandler(surroundings());
