import { faster, fullPace, slower } from './request-pace.ts';
import type { Timers } from './run.ts';

/** Lets requests to one service through: all at once while it copes, and as few as it bears when it does not. */
export interface RequestGate {
  /**
   * Makes a request once there is room for it.
   *
   * @throws the signal's reason when it aborts before there was room; otherwise what the request throws
   */
  run<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export interface RequestGateOptions {
  /** Requests that may wait for an answer at a time, at the most. */
  readonly most: number;
  /** Whether a failure says that there were too many. */
  readonly isOverload: (error: unknown) => boolean;
  /** A request that others wait for longer than this is not counted any more: it hangs, deaf to its own time limit. */
  readonly hungMs: number;
  readonly timers: Timers;
  /** Told when there may be fewer than before. */
  readonly slowed: (limit: number) => void;
}

/** Makes a gate. Requests pass in the order in which they came. */
export const createRequestGate = ({ most, isOverload, hungMs, timers, slowed }: RequestGateOptions): RequestGate => {
  let pace = fullPace(most);
  let unanswered = 0;
  let begun = 0;
  const waiting = new Set<() => void>();
  /** Numbers of the requests that count. */
  const underWay = new Set<number>();
  let watching: AbortController | undefined;

  const hasRoom = (): boolean => unanswered < Math.floor(pace.limit);
  const admit = (): void => {
    for (const enter of waiting) {
      if (!hasRoom()) return;
      waiting.delete(enter);
      unanswered++;
      enter();
    }
    watching?.abort(); // nobody waits any more
  };
  const leave = (number: number): void => {
    if (underWay.delete(number)) unanswered--;
    admit();
  };
  /** While requests wait: lets them pass those that hang, or one such would be waited for for ever. */
  const watch = async (): Promise<void> => {
    if (watching !== undefined) return;
    watching = new AbortController();
    const { signal } = watching;
    while (waiting.size > 0 && !signal.aborted) {
      const before = [...underWay];
      await timers.sleep(hungMs, signal).catch(() => {});
      if (!signal.aborted) before.forEach(leave);
    }
    watching = undefined;
    if (waiting.size > 0) void watch();
  };
  const entered = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        waiting.delete(enter);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      waiting.add(enter);
      void watch();
    });

  return {
    async run(request, signal) {
      signal?.throwIfAborted();
      if (waiting.size === 0 && hasRoom()) unanswered++;
      else await entered(signal);
      const number = begun++;
      underWay.add(number);
      try {
        const answer = await request();
        pace = faster(pace);
        return answer;
      } catch (error) {
        if (!isOverload(error)) throw error;
        const before = pace;
        pace = slower(pace, number, unanswered, begun);
        if (pace !== before) slowed(pace.limit);
        throw error;
      } finally {
        leave(number);
      }
    },
  };
};
