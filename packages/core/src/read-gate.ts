import { callDone, callMade, callOverloaded, openWindow, widthOf } from './aimd.ts';
import type { RunContext } from './run.ts';

/** Lets as many reads of a store be under way at once as the store has room for. */
export interface ReadGate {
  /** Waits until there is room. @throws the signal's reason */
  enter(signal?: AbortSignal): Promise<ReadTurn>;
}

/** A read that is under way, from its request to the end of its body. */
export interface ReadTurn {
  /** A request goes out. */
  asked(): void;
  /** Whoever reads has a piece, and takes the time it needs. */
  resting(): void;
  /** The next piece is waited for. */
  pulling(): void;
  /** All came that was asked for. */
  done(): void;
  /** The store had too much to do for the last request. */
  overloaded(): void;
  /** Makes room for another; the last call. */
  leave(): void;
}

/** A read whose reader does nothing with it for so long makes room for others: the reader may be waiting for one of them. */
const restMs = 100;

interface Holder {
  resting: boolean;
  pulls: number;
  /** Pulls when it was seen to rest; -1 when it did not at the last look. */
  seen: number;
  /** Does not count, since its reader rests. */
  lent: boolean;
}

/** @param most - reads at once, at most; a whole number from 1 */
export const createReadGate = (most: number, context: Pick<RunContext, 'timers' | 'observe'>): ReadGate => {
  let window = openWindow(most);
  let counted = 0;
  const holders = new Set<Holder>();
  const waiting = new Set<() => void>();
  let looking: AbortController | undefined;

  const admit = (): void => {
    for (const go of waiting) {
      if (counted >= widthOf(window)) break;
      waiting.delete(go);
      counted++;
      go();
    }
    if (waiting.size === 0) looking?.abort();
  };

  /** While anybody waits: looks for readers that rest. */
  const look = async (): Promise<void> => {
    if (looking !== undefined) return;
    looking = new AbortController();
    const { signal } = looking;
    try {
      while (!signal.aborted) {
        await context.timers.sleep(restMs, signal);
        for (const holder of holders) {
          if (holder.resting && !holder.lent && holder.pulls === holder.seen) {
            holder.lent = true;
            counted--;
          }
          holder.seen = holder.resting ? holder.pulls : -1;
        }
        admit();
      }
    } catch {
      // Nobody waits any more.
    } finally {
      looking = undefined;
      if (waiting.size > 0) void look();
    }
  };

  const wait = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = (): void => {
        waiting.delete(go);
        admit();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', aborted, { once: true });
      waiting.add(go);
      void look();
    });

  const turn = (): ReadTurn => {
    const holder: Holder = { resting: false, pulls: 0, seen: -1, lent: false };
    holders.add(holder);
    let call = 0;
    return {
      asked() {
        window = callMade(window);
        call = window.made;
      },
      resting() {
        holder.resting = true;
      },
      pulling() {
        holder.resting = false;
        holder.pulls++;
        if (holder.lent) counted++;
        holder.lent = false;
      },
      done() {
        window = callDone(window, call);
      },
      overloaded() {
        const before = widthOf(window);
        window = callOverloaded(window, call);
        const reads = widthOf(window);
        if (reads < before) context.observe({ type: 'store.slowed', operation: 'read', reads });
      },
      leave() {
        holders.delete(holder);
        if (!holder.lent) counted--;
        admit();
      },
    };
  };

  return {
    async enter(signal) {
      signal?.throwIfAborted();
      if (waiting.size === 0 && counted < widthOf(window)) counted++;
      else await wait(signal);
      return turn();
    },
  };
};
