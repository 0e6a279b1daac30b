import type { MiddlewareObj } from '@middy/core';
import { PipelineError } from '@pipeline/core';

/**
 * Middleware that makes errors fit for the state machine: an abort leaves as the reason it was aborted for, and anything
 * that was thrown and is no Error becomes one. What it does not know passes unchanged.
 *
 * @example
 * export const handler = middy<ObjectRef>()
 *   .use(errorReport())
 *   .handler(async (ref) => readJson(store, ref));
 */
export const errorReport = (): MiddlewareObj<unknown> => ({
  onError: (request) => {
    const error: unknown = request.error;
    if (PipelineError.is(error)) return;
    const cause = (error as { cause?: unknown } | undefined)?.cause;
    if ((error as Error | undefined)?.name === 'AbortError' && PipelineError.is(cause)) request.error = cause;
    else if (!(error instanceof Error))
      request.error = new Error(`a value that is no Error was thrown (${typeof error})`);
  },
});
