/** How the space of hashes is cut, so that one piece of it fits into memory. */
export interface PartitionPlan {
  /** There are `2 ** bits` partitions, told apart by the leading bits of a hash. */
  readonly bits: number;
  /** Bytes of one ranged read of keys. */
  readonly pieceBytes: number;
  /** Reads of keys under way at once. */
  readonly concurrency: number;
  /** Bytes of one ranged read of repeats, of which every partition has one. */
  readonly repeatBytes: number;
}

/** A slot of the table that finds repeats: 128 bits of hash and the row. */
export const slotBytes = 24;
/** The share of slots that may be taken. */
export const maxLoad = 0.75;
/** Below it, pieces are so small that calls would be all the work. */
export const minMemoryBytes = 64 * 1024;

const concurrency = 16;

/**
 * Plans partitions for so many keys: four fifths of the memory for the table, which is there one and a half times while it
 * grows, a tenth each for reads that are under way. A partition has a random share of the keys, so six standard deviations
 * are kept free. Pure.
 *
 * @param keys - of all chunks
 * @param memoryBytes - from 64 KiB
 * @example
 * planPartitions(5_000_000, 256 * 1024 ** 2).bits; // 1
 */
export const planPartitions = (keys: number, memoryBytes: number): PartitionPlan => {
  const slots = 2 ** Math.floor(Math.log2((memoryBytes * 0.8) / (slotBytes * 1.5)));
  const most = slots * maxLoad;
  let bits = 0;
  for (; bits < 32; bits++) {
    const share = keys / 2 ** bits;
    if (bits === 0 ? keys <= most : share + 6 * Math.sqrt(share) <= most) break;
  }
  const held = memoryBytes / 10;
  return {
    bits,
    concurrency,
    pieceBytes: clamp(held / concurrency, 20),
    repeatBytes: clamp(held / 2 ** bits, 16),
  };
};

const clamp = (bytes: number, entryBytes: number): number =>
  Math.max(1, Math.floor(Math.min(1024 * 1024, bytes) / entryBytes)) * entryBytes;
