import { MAX_RESPONSE_BYTES } from './limits.ts';

/** How an invocation ended, before logs are added. */
export interface Outcome {
  readonly payload: string;
  readonly functionError?: 'Unhandled';
  /** `Status` of the REPORT line. */
  readonly status?: 'error' | 'timeout';
  readonly errorType?: string;
}

const failure = (errorType: string, errorMessage: string, status: 'error' | 'timeout' = 'error'): Outcome => ({
  payload: JSON.stringify({ errorType, errorMessage }),
  functionError: 'Unhandled',
  status,
  errorType,
});

/** The runtime reported an error; its text is passed on as it is. */
export const runtimeError = (body: string): Outcome => {
  let errorType = 'Unknown';
  try {
    errorType = String((JSON.parse(body) as { errorType?: unknown } | null)?.errorType ?? errorType);
  } catch {
    // the text is the caller's to read
  }
  return { payload: body, functionError: 'Unhandled', status: 'error', errorType };
};

export const responseTooLarge = (): Outcome =>
  failure(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
  );

export const timedOut = (requestId: string, timeoutMs: number): Outcome =>
  failure(
    'Sandbox.Timedout',
    `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
    'timeout',
  );

/** The process was killed because it was over its memory. */
export const outOfMemory = (requestId: string): Outcome =>
  failure('Runtime.OutOfMemory', `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`);

const SIGNALS: Record<string, string> = {
  SIGABRT: 'aborted',
  SIGFPE: 'floating point exception',
  SIGILL: 'illegal instruction',
  SIGINT: 'interrupt',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
};

/** The process ended by itself: an exit, a crash, or V8 out of heap (SIGABRT). */
export const exited = (requestId: string, code: number | null, signal: NodeJS.Signals | null): Outcome => {
  const how =
    signal !== null
      ? `with error: signal: ${SIGNALS[signal] ?? signal}`
      : code === 0
        ? 'without providing a reason'
        : `with error: exit status ${code}`;
  return failure('Runtime.ExitError', `RequestId: ${requestId} Error: Runtime exited ${how}`);
};
