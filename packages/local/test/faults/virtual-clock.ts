import { createSleepers } from '../support/sleepers.ts';

/** Time that passes only when nothing else happens: a wait of 15 minutes costs nothing. */
export interface VirtualClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Goes to the end of the wait that ends first; false when nobody waits. */
  advance(): boolean;
}

/** Waits of retries are over at once; longer ones are limits, which count only when nothing happens before. */
const shortMs = 5_000;

export const createVirtualClock = (startMs = Date.UTC(2026, 0, 1)): VirtualClock => {
  let now = startMs;
  const { sleep, inOrder } = createSleepers(() => now);

  const goTo = (ms: number): void => {
    now = Math.max(now, ms);
    for (const sleeper of inOrder()) if (sleeper.due <= now) sleeper.wake();
  };
  return {
    now: () => now,
    sleep: (ms, signal) => {
      const due = now + ms;
      if (ms < shortMs) setImmediate(() => inOrder().some((sleeper) => sleeper.due === due) && goTo(due));
      return sleep(ms, signal);
    },
    advance() {
      const [first] = inOrder();
      if (first === undefined) return false;
      goTo(first.due);
      return true;
    },
  };
};
