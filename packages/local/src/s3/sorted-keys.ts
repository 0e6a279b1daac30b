import { compareKeys, needsUtf8Order } from './keys.ts';

/** The keys of a bucket in UTF-8 order; sorting waits until somebody lists. */
export interface SortedKeys {
  add(key: string): void;
  /** The sorted keys; `live` tells which of those ever added still exist. */
  sorted(live: (key: string) => boolean): readonly string[];
}

/** Removed keys stay until the next merge, so a listing must skip what is no longer live. */
export function createSortedKeys(): SortedKeys {
  let keys: string[] = [];
  let pending: string[] = [];
  let utf8Order = false;
  const compare = (a: string, b: string): number => (utf8Order ? compareKeys(a, b) : a < b ? -1 : a > b ? 1 : 0);

  return {
    add(key) {
      pending.push(key);
      if (!utf8Order && needsUtf8Order(key)) {
        utf8Order = true;
        keys.sort(compareKeys);
      }
    },
    sorted(live) {
      if (pending.length === 0) return keys;
      const fresh = utf8Order ? pending.sort(compareKeys) : pending.sort();
      keys = merge(keys, fresh, compare, live);
      pending = [];
      return keys;
    },
  };
}

function merge(
  a: readonly string[],
  b: readonly string[],
  compare: (x: string, y: string) => number,
  live: (key: string) => boolean,
): string[] {
  const out: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const x = a[i];
    const y = b[j];
    const takeA = y === undefined || (x !== undefined && compare(x, y) <= 0);
    const next = (takeA ? x : y) as string;
    if (takeA) i++;
    else j++;
    if (next !== out[out.length - 1] && live(next)) out.push(next);
  }
  return out;
}

/** The first index whose key satisfies a predicate that is false, then true, along the order. */
export function lowerBound(keys: readonly string[], isAfter: (key: string) => boolean): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isAfter(keys[middle] as string)) high = middle;
    else low = middle + 1;
  }
  return low;
}
