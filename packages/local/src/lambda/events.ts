import type { InvokeResponse } from './types.ts';

type Attempt = (signal: AbortSignal) => Promise<InvokeResponse>;

/** Asynchronous invocations under way. */
export interface EventQueue {
  push(attempt: Attempt, onGivenUp: (why: string) => void): void;
  /** Drops what has not ended. */
  close(): Promise<void>;
}

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/**
 * Runs invocations that nobody waits for; one that fails is tried again after each of the delays.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export const createEventQueue = ({ retryDelaysMs }: { retryDelaysMs: readonly number[] }): EventQueue => {
  const stop = new AbortController();
  const underWay = new Set<Promise<void>>();

  const run = async (attempt: Attempt, onGivenUp: (why: string) => void): Promise<void> => {
    for (let tries = 0; !stop.signal.aborted; tries += 1) {
      const failure = await attempt(stop.signal).then(
        (response) => (response.functionError === undefined ? undefined : response.payload),
        (error) => String(error),
      );
      if (failure === undefined || stop.signal.aborted) return;
      if (tries === retryDelaysMs.length) return onGivenUp(failure);
      await wait(retryDelaysMs[tries]!, stop.signal);
    }
  };

  return {
    push(attempt, onGivenUp) {
      const running = run(attempt, onGivenUp).finally(() => underWay.delete(running));
      underWay.add(running);
    },
    async close() {
      stop.abort(new Error('the Lambda stand-in is closed'));
      await Promise.all(underWay);
    },
  };
};
