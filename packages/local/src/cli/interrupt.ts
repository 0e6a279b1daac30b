import { InterruptError } from './exit-codes.ts';

/** The wish to stop, and the end of listening for it. */
export interface Interrupt {
  /** Aborted with an `InterruptError` on Ctrl-C, on a request to end, and when the terminal closes. */
  readonly signal: AbortSignal;
  /** Stops listening, so that signals end the process as usual. */
  dispose(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A process manager may pass on a signal that the terminal sent as well. */
const sameSignalMs = 500;

/**
 * Listens for the wish to stop. A second one, later, ends the process at once.
 *
 * @example
 * const interrupt = listenForInterrupt();
 * try {
 *   await stack.upload('input/orders.csv', 'orders.csv', { signal: interrupt.signal });
 * } finally {
 *   interrupt.dispose();
 * }
 */
export const listenForInterrupt = (): Interrupt => {
  const stop = new AbortController();
  let firstAtMs: number | undefined;
  const onSignal = (signal: (typeof signals)[number]): void => {
    const error = new InterruptError(signal);
    if (firstAtMs === undefined) {
      firstAtMs = performance.now();
      stop.abort(error);
    } else if (performance.now() - firstAtMs > sameSignalMs) process.exit(error.exitCode);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    signal: stop.signal,
    dispose() {
      for (const signal of signals) process.removeListener(signal, onSignal);
    },
  };
};
