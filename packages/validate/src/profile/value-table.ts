/**
 * The values of a column that were seen lately, each once, with what was found out about it and how often it was seen: what a
 * value is has to be found out only once while it stays. Columns of numbers instead of objects, so that nothing is allocated
 * per value.
 */
export interface ValueTable {
  size: number;
  capacity: number;
  /** Entry + 1 by hash; 0 is free. Twice as long as `capacity`, at least. */
  slots: Uint16Array;
  hashes: Int32Array;
  /** Where the first bytes of a value are kept in `bytes`. */
  places: Uint32Array;
  /** Length of a value in bytes, of which at most `keptBytes` are kept. */
  lengths: Uint32Array;
  bytes: Buffer;
  bytesUsed: number;
  /** How often it was seen: since the last `settle`, and before, less what was taken off. */
  pending: Float64Array;
  counts: Float64Array;
  kinds: Uint8Array;
  formats: Uint8Array;
  shapes: Uint16Array;
  /** Characters. */
  chars: Uint32Array;
  numbers: Float64Array;
}

/** Longer values are told apart by their first bytes, their length and their hash. */
export const keptBytes = 256;
const firstCapacity = 64;

const columnsOf = (capacity: number) => ({
  capacity,
  slots: new Uint16Array(2 * capacity),
  hashes: new Int32Array(capacity),
  places: new Uint32Array(capacity),
  lengths: new Uint32Array(capacity),
  pending: new Float64Array(capacity),
  counts: new Float64Array(capacity),
  kinds: new Uint8Array(capacity),
  formats: new Uint8Array(capacity),
  shapes: new Uint16Array(capacity),
  chars: new Uint32Array(capacity),
  numbers: new Float64Array(capacity),
});
const perEntry = ['hashes', 'places', 'lengths', 'pending', 'counts', 'kinds', 'formats', 'shapes', 'chars'] as const;

export const createValueTable = (): ValueTable => ({
  size: 0,
  ...columnsOf(firstCapacity),
  bytes: Buffer.allocUnsafeSlow(1024),
  bytesUsed: 0,
});

/** The entry of a value, or -1. */
export const findValue = (table: ValueTable, hash: number, bytes: Uint8Array, start: number, end: number): number => {
  const { slots, hashes, lengths } = table;
  const mask = slots.length - 1;
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const entry = slots[slot]! - 1;
    if (entry < 0) return -1;
    if (hashes[entry] === hash && lengths[entry] === end - start && sameBytes(table, entry, bytes, start)) return entry;
  }
};

const sameBytes = (table: ValueTable, entry: number, bytes: Uint8Array, start: number): boolean => {
  const kept = table.bytes;
  const place = table.places[entry]!;
  const length = Math.min(keptBytes, table.lengths[entry]!);
  for (let at = 0; at < length; at++) if (kept[place + at] !== bytes[start + at]) return false;
  return true;
};

/** Adds a value that is not there; the caller fills in what it is. There must be room. */
export const addValue = (table: ValueTable, hash: number, bytes: Uint8Array, start: number, end: number): number => {
  if (table.size === table.capacity) grow(table);
  const entry = table.size++;
  const kept = Math.min(keptBytes, end - start);
  const place = table.bytesUsed;
  if (place + kept > table.bytes.length) {
    const larger = Buffer.allocUnsafeSlow(table.bytes.length * 2);
    larger.set(table.bytes.subarray(0, place));
    table.bytes = larger;
  }
  for (let at = 0; at < kept; at++) table.bytes[place + at] = bytes[start + at]!;
  table.bytesUsed = place + kept;
  table.hashes[entry] = hash;
  table.places[entry] = place;
  table.lengths[entry] = end - start;
  table.pending[entry] = 0;
  table.counts[entry] = 0;
  link(table, entry);
  return entry;
};

const link = ({ slots, hashes }: ValueTable, entry: number): void => {
  const mask = slots.length - 1;
  let slot = hashes[entry]! & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  slots[slot] = entry + 1;
};

const grow = (table: ValueTable): void => {
  const larger = columnsOf(table.capacity * 2);
  for (const name of perEntry) larger[name].set(table[name]);
  larger.numbers.set(table.numbers);
  Object.assign(table, larger);
  for (let entry = 0; entry < table.size; entry++) link(table, entry);
};

/** Takes so much off every count, and out of the table what has none left. */
export const takeOff = (table: ValueTable, excess: number): void => {
  const before = table.size;
  let size = 0;
  let used = 0;
  for (let entry = 0; entry < before; entry++) {
    if (table.counts[entry]! <= excess) continue;
    const place = table.places[entry]!;
    const kept = Math.min(keptBytes, table.lengths[entry]!);
    for (const name of perEntry) table[name][size] = table[name][entry]!;
    table.numbers[size] = table.numbers[entry]!;
    table.counts[size]! -= excess;
    // Entries lie in the order of their bytes, so nothing is overwritten that is still needed.
    table.bytes.copyWithin(used, place, place + kept);
    table.places[size] = used;
    used += kept;
    size++;
  }
  table.size = size;
  table.bytesUsed = used;
  table.slots.fill(0);
  for (let entry = 0; entry < size; entry++) link(table, entry);
};

/** The first bytes of a value. */
export const bytesOf = ({ bytes, places, lengths }: ValueTable, entry: number): Buffer =>
  bytes.subarray(places[entry]!, places[entry]! + Math.min(keptBytes, lengths[entry]!));

/** A value of ASCII that is not longer than what is kept. */
export const textOf = ({ bytes, places, lengths }: ValueTable, entry: number): string =>
  bytes.toString('latin1', places[entry]!, places[entry]! + lengths[entry]!);
