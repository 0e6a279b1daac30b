import { faster, fullPace, slower } from './request-pace.ts';

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
  /** Told when there may be fewer than before. */
  readonly slowed: (limit: number) => void;
}

/** Makes a gate. Requests pass in the order in which they came. */
export const createRequestGate = ({ most, isOverload, slowed }: RequestGateOptions): RequestGate => {
  let pace = fullPace(most);
  let unanswered = 0;
  let begun = 0;
  const waiting = new Set<() => void>();

  const hasRoom = (): boolean => unanswered < Math.floor(pace.limit);
  const admit = (): void => {
    for (const enter of waiting) {
      if (!hasRoom()) return;
      waiting.delete(enter);
      unanswered++;
      enter();
    }
  };
  const entered = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.delete(enter);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', leave, { once: true });
      waiting.add(enter);
    });

  return {
    async run(request, signal) {
      signal?.throwIfAborted();
      if (waiting.size === 0 && hasRoom()) unanswered++;
      else await entered(signal);
      const number = begun++;
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
        unanswered--;
        admit();
      }
    },
  };
};
