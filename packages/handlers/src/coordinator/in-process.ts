import type { CallContext } from '../create-handler.ts';
import type { Target } from './target.ts';

/** How a handler is run without Lambda. */
export interface InProcessOptions {
  /** Calls at once, from 1. @default 1 */
  readonly concurrency?: number;
  /** Time that a call may take, in milliseconds; the handler keeps its reserve of it. @default no limit */
  readonly timeoutMs?: number;
  /** Memory that the handler may count on, in MiB. @default 1024 */
  readonly memoryMb?: number;
}

/**
 * The context of a call outside Lambda, where nothing has a request id, a limit or a log group.
 *
 * @param attempt - unique to the call; it becomes part of the keys that are written
 */
export const callContext = (
  attempt: string,
  signal: AbortSignal,
  { timeoutMs = Number.POSITIVE_INFINITY, memoryMb = 1024 }: Pick<InProcessOptions, 'timeoutMs' | 'memoryMb'> = {},
): CallContext => {
  const endsAt = performance.now() + timeoutMs;
  return {
    awsRequestId: attempt,
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'local',
    functionVersion: '$LATEST',
    invokedFunctionArn: '',
    logGroupName: '',
    logStreamName: '',
    memoryLimitInMB: String(memoryMb),
    getRemainingTimeInMillis: () => Math.max(0, endsAt - performance.now()),
    done: () => {},
    fail: () => {},
    succeed: () => {},
    signal,
  };
};

/**
 * Runs a handler in this process.
 *
 * @example
 * const process = inProcess(createProcessHandler({ stage, store, locations }), { concurrency: 2 });
 */
export const inProcess = <Event, Result>(
  handler: (event: Event, context: CallContext) => Promise<Result>,
  { concurrency = 1, ...limits }: InProcessOptions = {},
): Target<Event, Result> => ({
  name: 'in-process',
  concurrency,
  run: (event, { attempt, signal }) => handler(event, callContext(attempt, signal, limits)),
});
