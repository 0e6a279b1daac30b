import type { MiddlewareObj } from '@middy/core';
import { PipelineError } from '@pipeline/core';
import { callIds } from './call-ids.ts';

/** One structured line. Carries ids, counts and codes, never row content. */
export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  /** What happened, as a dotted name or a word. */
  readonly message: string;
  readonly batchId?: string;
  /** Id of the Lambda invocation. */
  readonly requestId?: string;
  readonly [field: string]: unknown;
}

/**
 * The level of what was observed: what is tried again is a warning, what failed, or may have been lost, an error.
 *
 * @example
 * levelOf('store.retried'); // 'warn'
 */
export const levelOf = (type: string): LogEntry['level'] => {
  if (type.endsWith('.failed') || type === 'mail.unknown') return 'error';
  return type.endsWith('.retried') || type === 'store.slowed' ? 'warn' : 'info';
};

/** Takes one log line; must not throw. */
export type Log = (entry: LogEntry) => void;

/**
 * Writes a line of JSON to standard output, where Lambda picks it up.
 *
 * @example
 * jsonLog({ level: 'info', message: 'cleanup.done', removed: 3 });
 */
export const jsonLog: Log = (entry) => {
  process.stdout.write(`${JSON.stringify(entry)}\n`);
};

/**
 * Middleware that logs start, end with duration, and failure of every call.
 *
 * @example
 * export const handler = middy<ObjectRef>()
 *   .use(runLog({ name: 'cleanup' }))
 *   .handler(async (ref) => store.deleteMany([ref]));
 */
export const runLog = (options: {
  readonly name: string;
  readonly log?: Log;
  readonly now?: () => number;
}): MiddlewareObj<unknown> => {
  const { name, log = jsonLog, now = Date.now } = options;
  const started = new WeakMap<object, number>();
  const about = (request: { event: unknown; context: { awsRequestId: string } }) => ({
    handler: name,
    requestId: request.context.awsRequestId,
    ...callIds(request.event),
  });
  const durationMs = (request: object): number => Math.round(now() - (started.get(request) ?? now()));
  return {
    before: (request) => {
      started.set(request, now());
      log({ level: 'info', message: 'started', ...about(request) });
    },
    after: (request) => {
      log({ level: 'info', message: 'done', ...about(request), durationMs: durationMs(request) });
    },
    // No value may be returned here: middy would take it for the response and turn the failure into a success.
    onError: (request) => {
      const error = request.error as Error;
      const known = PipelineError.is(error)
        ? { code: error.code, retryable: error.retryable, reason: error.message }
        : {};
      log({
        level: 'error',
        message: 'failed',
        ...about(request),
        error: error.name,
        ...known,
        durationMs: durationMs(request),
      });
    },
  };
};
