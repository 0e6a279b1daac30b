import type { Clock } from '../../src/stepfunctions/index.ts';

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/** A clock for tests. */
export interface TestClock extends Clock {
  /** Every sleep asked for, in milliseconds. */
  readonly slept: number[];
  /** Lets time pass and wakes who is due. */
  advance(ms: number): void;
  close(): void;
}

/**
 * A clock whose time passes only when everybody is waiting for it: when nothing has asked for 10 ms, it jumps to the
 * next sleeper. With `manual`, time passes by `advance` alone.
 */
export function testClock({ manual = false, startMs = Date.UTC(2026, 0, 1) } = {}): TestClock {
  const sleepers = new Set<Sleeper>();
  const slept: number[] = [];
  let nowMs = startMs;
  let idle: NodeJS.Timeout | undefined;
  const advanceTo = (ms: number): void => {
    nowMs = Math.max(nowMs, ms);
    for (const sleeper of [...sleepers].sort((a, b) => a.untilMs - b.untilMs))
      if (sleeper.untilMs <= nowMs) sleeper.wake();
  };
  const arm = (): void => {
    if (manual) return;
    clearTimeout(idle);
    if (sleepers.size === 0) return;
    idle = setTimeout(() => {
      if (sleepers.size === 0) return;
      advanceTo(Math.min(...[...sleepers].map(({ untilMs }) => untilMs)));
      arm();
    }, 10);
  };
  return {
    slept,
    now: () => nowMs,
    sleep(ms, signal) {
      slept.push(ms);
      return new Promise((resolve, reject) => {
        const sleeper: Sleeper = {
          untilMs: nowMs + ms,
          wake() {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
        arm();
      });
    },
    advance: (ms) => advanceTo(nowMs + ms),
    close: () => clearTimeout(idle),
  };
}
