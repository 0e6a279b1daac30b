/** A stretch of bytes. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Entries held as bytes: a key and a fixed number of fields each. */
export interface ByteIndex {
  readonly size: number;
  /** Bytes that it occupies, free space in its blocks and table included. */
  readonly heldBytes: number;
  /** Adds an entry. @returns whether the key was there before; the entry is added only where it was not, or `replace` says so */
  add(key: Piece, fields: readonly Piece[], replace: boolean): boolean;
  /** The text of the fields of a key, or `undefined` when there is no such entry. */
  get(key: string): readonly string[] | undefined;
}

export interface ByteIndexOptions {
  /** Fields of every entry. */
  readonly fieldCount: number;
  /** Entries that there will probably be. @default 1000 */
  readonly expectedEntries?: number;
  /** Where hashing begins, so that no file can be written whose keys all collide. @default 0 */
  readonly seed?: number;
  /** Length of a block, in bytes. @default 4 MiB */
  readonly blockBytes?: number;
}

/**
 * Makes an index of entries in large blocks of bytes, found through a table of their addresses (open addressing, linear
 * probing, at most two thirds full; 5 bytes a place). The garbage collector sees a few blocks instead of millions of
 * objects. Keys are compared byte by byte. Up to 4 GiB, a place of 4 bytes.
 */
export const createByteIndex = ({
  fieldCount,
  expectedEntries = 1000,
  seed = 0,
  blockBytes = 4 * 1024 * 1024,
}: ByteIndexOptions): ByteIndex => {
  const blocks: Buffer[] = [];
  let used = blockBytes;
  let size = 0;
  let mask = 2 ** Math.max(4, Math.ceil(Math.log2(expectedEntries * 1.5))) - 1;
  /** Address of the entry plus 1; 0 is free. */
  let table = new Uint32Array(mask + 1);
  /** Eight bits of the hash, so that most entries that are not meant are never looked at. */
  let tags = new Uint8Array(mask + 1);

  const blockOf = (address: number): Buffer => blocks[Math.floor(address / blockBytes)]!;
  const holds = (address: number, key: Piece): boolean => {
    const block = blockOf(address);
    const at = address % blockBytes;
    const length = key.end - key.start;
    if (readLength(block, at) !== length) return false;
    const start = at + lengthBytes(length);
    return block.compare(key.bytes, key.start, key.end, start, start + length) === 0;
  };
  /** The place of a key in the table, or the free one where it belongs. */
  const placeOf = (key: Piece, hash: number): number => {
    const tag = hash >>> 24;
    let place = hash & mask;
    while (table[place] !== 0 && !(tags[place] === tag && holds(table[place]! - 1, key))) place = (place + 1) & mask;
    return place;
  };
  const grow = (): void => {
    const before = table;
    mask = mask * 2 + 1;
    table = new Uint32Array(mask + 1);
    tags = new Uint8Array(mask + 1);
    for (const entry of before) {
      if (entry === 0) continue;
      const bytes = blockOf(entry - 1);
      const at = (entry - 1) % blockBytes;
      const length = readLength(bytes, at);
      const start = at + lengthBytes(length);
      const hash = hashOf({ bytes, start, end: start + length }, seed);
      let place = hash & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = entry;
      tags[place] = hash >>> 24;
    }
  };
  const write = (key: Piece, fields: readonly Piece[]): number => {
    let length = spaceOf(key);
    for (const field of fields) length += spaceOf(field);
    if (length > blockBytes) throw new RangeError(`an entry of ${length} bytes is longer than a block`);
    if (used + length > blockBytes) {
      if (blocks.length * blockBytes >= 2 ** 32) throw new RangeError('an index holds at most 4 GiB');
      blocks.push(Buffer.allocUnsafeSlow(blockBytes));
      used = 0;
    }
    const block = blocks.at(-1)!;
    const address = (blocks.length - 1) * blockBytes + used;
    for (let index = -1; index < fields.length; index++) {
      const { bytes, start, end } = index < 0 ? key : fields[index]!;
      used = writeLength(block, used, end - start);
      block.set(bytes.subarray(start, end), used);
      used += end - start;
    }
    return address;
  };

  return {
    get size() {
      return size;
    },
    get heldBytes() {
      return blocks.length * blockBytes + table.byteLength + tags.byteLength;
    },
    add: (key, fields, replace) => {
      const hash = hashOf(key, seed);
      const place = placeOf(key, hash);
      const known = table[place] !== 0;
      if (known && !replace) return true;
      table[place] = write(key, fields) + 1;
      tags[place] = hash >>> 24;
      if (known) return true;
      size++;
      if (size * 3 > (mask + 1) * 2) grow();
      return false;
    },
    get: (key) => {
      const bytes = Buffer.from(key);
      const piece = { bytes, start: 0, end: bytes.length };
      const entry = table[placeOf(piece, hashOf(piece, seed))]!;
      // A lone surrogate becomes U+FFFD in UTF-8; no file can hold such a key.
      if (entry === 0 || !key.isWellFormed()) return undefined;
      const block = blockOf(entry - 1);
      let at = ((entry - 1) % blockBytes) + spaceOf(piece);
      const fields = new Array<string>(fieldCount);
      for (let index = 0; index < fieldCount; index++) {
        const length = readLength(block, at);
        at += lengthBytes(length);
        fields[index] = block.toString('utf8', at, at + length);
        at += length;
      }
      return fields;
    },
  };
};

/** Lengths are LEB128 (https://en.wikipedia.org/wiki/LEB128): one byte for most fields. */
const lengthBytes = (length: number): number => {
  let bytes = 1;
  for (let rest = length >>> 7; rest !== 0; rest >>>= 7) bytes++;
  return bytes;
};

const spaceOf = ({ start, end }: Piece): number => lengthBytes(end - start) + end - start;

const readLength = (block: Uint8Array, at: number): number => {
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = block[at++]!;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) return length;
  }
};

/** @returns where the bytes go that it is the length of */
const writeLength = (block: Uint8Array, at: number, length: number): number => {
  let place = at;
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) block[place++] = (rest & 0x7f) | 0x80;
  block[place++] = rest;
  return place;
};

/** FNV-1a with a final mix, since the low bits are the place and the high ones the tag. */
const hashOf = ({ bytes, start, end }: Piece, seed: number): number => {
  let hash = 0x811c9dc5 ^ seed;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};
