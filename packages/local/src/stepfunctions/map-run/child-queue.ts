import type { MapRun, PendingChild } from './map-run.ts';

/** Children's inputs that are read ahead, so that the counts show the work to come. */
const READ_AHEAD = 10_000;

/** Children's inputs in order, read ahead into the Map Run's pending list. */
export interface ChildQueue {
  /** The next input; undefined at the end. */
  next(): Promise<PendingChild | undefined>;
  /** Reads what is left into the pending list, for a Map Run that stops; answers whether all could be read. */
  drain(): Promise<boolean>;
}

/** Starts reading. An error of the source comes out of `next` after what was read before it. */
export function openQueue(mapRun: MapRun, source: AsyncIterator<PendingChild>): ChildQueue {
  let failure: { readonly error: unknown } | undefined;
  let changed = Promise.withResolvers<void>();
  let limit = READ_AHEAD;
  const signal = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const read = async (): Promise<void> => {
    try {
      for (;;) {
        while (mapRun.pending.length >= limit) await changed.promise;
        const { done, value } = await source.next();
        if (done) break;
        mapRun.pending.push(value);
        signal();
      }
    } catch (error) {
      failure = { error };
    }
    mapRun.readAll = true;
    signal();
  };
  const reading = read();
  return {
    async next() {
      for (;;) {
        const child = mapRun.pending.shift();
        if (child) {
          signal();
          return child;
        }
        if (mapRun.readAll) {
          if (failure) throw failure.error;
          return undefined;
        }
        await changed.promise;
      }
    },
    async drain() {
      limit = Number.POSITIVE_INFINITY;
      signal();
      await reading;
      return failure === undefined;
    },
  };
}
