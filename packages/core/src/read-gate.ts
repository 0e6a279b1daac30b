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

/** How often it is looked for reads that only seem to be under way, while others wait. */
const lookMs = 100;

interface Holder {
  resting: boolean;
  /** Goes up with everything that happens to the read. */
  signs: number;
  /** Signs at the last look, and how many looks there were since it had fewer. */
  seen: number;
  still: number;
  /** Does not count: its reader rests, and may be waiting for one of those that wait; or it hangs. */
  lent: boolean;
}

export interface ReadGateOptions {
  /** Reads at once, at most; a whole number from 1. */
  readonly most: number;
  /** A read that shows no sign of life for so long makes room for others, whatever it waits for. */
  readonly hungMs: number;
  readonly context: Pick<RunContext, 'timers' | 'observe'>;
}

export const createReadGate = ({ most, hungMs, context }: ReadGateOptions): ReadGate => {
  const hungLooks = Math.ceil(hungMs / lookMs);
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

  const lookAt = (holder: Holder): void => {
    holder.still = holder.signs === holder.seen ? holder.still + 1 : 0;
    holder.seen = holder.signs;
    if (holder.lent || holder.still < (holder.resting ? 1 : hungLooks)) return;
    holder.lent = true;
    counted--;
  };

  /** While anybody waits: looks for reads that need not count. */
  const look = async (): Promise<void> => {
    if (looking !== undefined) return;
    looking = new AbortController();
    const { signal } = looking;
    try {
      while (!signal.aborted) {
        await context.timers.sleep(lookMs, signal);
        holders.forEach(lookAt);
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
    const holder: Holder = { resting: false, signs: 0, seen: -1, still: 0, lent: false };
    holders.add(holder);
    let call = 0;
    return {
      asked() {
        window = callMade(window);
        call = window.made;
        holder.signs++;
      },
      resting() {
        holder.resting = true;
        holder.signs++;
      },
      pulling() {
        holder.resting = false;
        holder.signs++;
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
