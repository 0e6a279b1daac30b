import { maxLoad, slotBytes } from './plan-partitions.ts';

/** Remembers the first row of every hash. */
export interface FirstRows {
  /** The row that came first with this hash, where one did; remembers `row` otherwise. */
  firstOf(a: number, b: number, c: number, d: number, row: number): number | undefined;
  /** The row that came first with this hash, where one did. */
  find(a: number, b: number, c: number, d: number): number | undefined;
  /** Forgets all of them, and keeps its room for the next ones. */
  clear(): void;
  /** Bytes that it takes. */
  readonly bytes: number;
}

/**
 * A table with open addressing on plain arrays, 24 bytes a slot, that doubles when it is three quarters full. The hash is
 * uniform, so its own bits are the place; those that lead are the same within a partition.
 */
export const createFirstRows = (): FirstRows => {
  let slots = 1024;
  let words = new Uint32Array(slots * 4);
  /** 0 where a slot is free: data rows count from 1. */
  let rows = new Float64Array(slots);
  let taken = 0;

  const placeOf = (a: number, b: number, c: number, d: number): number => {
    let slot = d & (slots - 1);
    for (; rows[slot] !== 0; slot = (slot + 1) & (slots - 1)) {
      const at = slot * 4;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) break;
    }
    return slot;
  };
  const put = (slot: number, a: number, b: number, c: number, d: number, row: number): void => {
    const at = slot * 4;
    words[at] = a;
    words[at + 1] = b;
    words[at + 2] = c;
    words[at + 3] = d;
    rows[slot] = row;
  };
  const grow = (): void => {
    const [oldWords, oldRows] = [words, rows];
    slots *= 2;
    words = new Uint32Array(slots * 4);
    rows = new Float64Array(slots);
    for (let old = 0; old < oldRows.length; old++) {
      if (oldRows[old] === 0) continue;
      const at = old * 4;
      const a = oldWords[at]!;
      const b = oldWords[at + 1]!;
      const c = oldWords[at + 2]!;
      const d = oldWords[at + 3]!;
      put(placeOf(a, b, c, d), a, b, c, d, oldRows[old]!);
    }
  };

  return {
    get bytes() {
      return slots * slotBytes;
    },
    clear() {
      rows.fill(0);
      taken = 0;
    },
    find(a, b, c, d) {
      const row = rows[placeOf(a, b, c, d)]!;
      return row === 0 ? undefined : row;
    },
    firstOf(a, b, c, d, row) {
      const slot = placeOf(a, b, c, d);
      if (rows[slot] !== 0) return rows[slot]!;
      put(slot, a, b, c, d, row);
      taken++;
      if (taken > slots * maxLoad) grow();
      return undefined;
    },
  };
};
