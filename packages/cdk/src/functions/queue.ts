import { createQueueHandler } from '@pipeline/handlers';
import type { RowRule } from '@pipeline/validate/precompiled';
import { createHandler as createProcess } from './process.ts';

/** Does with chunks from a queue what the process function does. */
export const createHandler = (rule?: RowRule<unknown>) => createQueueHandler({ handler: createProcess(rule) });
