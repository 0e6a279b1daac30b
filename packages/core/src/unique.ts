import type { SidecarCollector } from './sidecar.ts';

/** Which rows repeat others, and what happens to them. Workers gather the keys with it, the resolve barrier compares them. */
export interface UniqueRule extends SidecarCollector<UniqueKeys> {
  /** Together they tell rows apart. */
  readonly columns: readonly string[];
  /** What a row that repeats an earlier one is: a reject, a warning that is counted, or the end of the batch. */
  readonly onDuplicate: 'reject' | 'warn' | 'fail';
  /** What makes two keys the same, as `UniqueKeys.means` says it. */
  readonly means: string;
}

/**
 * The sidecar of one chunk. The keys themselves lie in its object: an index of `2 ** keyIndexBits(keys)` numbers, which say
 * how many entries come before those whose hash begins with so many bits, then an entry of `keyEntryBytes` for each key: the
 * first 128 bits of its SHA-256 as four numbers, and its row in the chunk, from 0. All numbers have 32 bits, little-endian;
 * entries are in the order of their first number, then of their rows.
 */
export interface UniqueKeys {
  /** How keys were made; other keys cannot be compared with them. */
  readonly means: string;
  /** Rows that have a key. */
  readonly keys: number;
  /** Rows that were left out, since their key columns are empty. */
  readonly skipped: number;
}

/** Bytes of one entry in an object of keys. */
export const keyEntryBytes = 20;

/**
 * Leading bits of a hash by which an object of so many keys is indexed: some hundred entries for each number, 4 KiB at most.
 *
 * @example
 * keyIndexBits(1_000_000); // 10
 */
export const keyIndexBits = (keys: number): number => Math.max(0, Math.min(10, Math.floor(Math.log2(keys / 128))));
