/** Time that passes only when nothing else happens: a wait of 15 minutes costs nothing. */
export interface VirtualClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Goes to the end of the wait that ends first; false when nobody waits. */
  advance(): boolean;
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** Waits of retries are over at once; longer ones are limits, which count only when nothing happens before. */
const shortMs = 5_000;

export const createVirtualClock = (startMs = Date.UTC(2026, 0, 1)): VirtualClock => {
  let now = startMs;
  const sleepers = new Set<Sleeper>();

  const goTo = (ms: number): void => {
    now = Math.max(now, ms);
    for (const sleeper of [...sleepers].sort((a, b) => a.due - b.due)) if (sleeper.due <= now) sleeper.wake();
  };
  return {
    now: () => now,
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
        const sleeper = { due: now + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', aborted, { once: true });
        if (ms < shortMs) setImmediate(() => sleepers.has(sleeper) && goTo(sleeper.due));
      }),
    advance() {
      const [first] = [...sleepers].sort((a, b) => a.due - b.due);
      if (first === undefined) return false;
      goTo(first.due);
      return true;
    },
  };
};
