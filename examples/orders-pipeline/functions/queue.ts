import { createQueueHandler } from '@pipeline/handlers';
import { handler as work } from './process.ts';

/** Chunks that a coordinator put into a queue. */
export const handler = createQueueHandler({ handler: work });
