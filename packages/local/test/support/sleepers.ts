/** One wait. */
export interface Sleeper {
  /** When it ends, milliseconds since the epoch. */
  readonly due: number;
  /** Ends it. */
  readonly wake: () => void;
}

/** Waits by a clock that somebody moves. */
export interface Sleepers {
  /** Rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** The waits that are under way: the one that ends first in front, of those that end together the one that began first. */
  inOrder(): readonly Sleeper[];
}

export const createSleepers = (now: () => number): Sleepers => {
  const sleepers = new Set<Sleeper>();
  return {
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const end = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', aborted);
        };
        const aborted = (): void => {
          end();
          reject(signal?.reason);
        };
        const wake = (): void => {
          end();
          resolve();
        };
        const sleeper = { due: now() + Math.max(0, ms), wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', aborted, { once: true });
      }),
    // A set keeps the order in which waits began, and the sort keeps it among equals.
    inOrder: () => [...sleepers].sort((a, b) => a.due - b.due),
  };
};
