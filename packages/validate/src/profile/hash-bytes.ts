/** What `hashBytes` saw beside the hash: all bytes ORed, four at a time. */
let seenBits = 0;

/**
 * 32 bits that stand for a stretch of bytes, spread evenly: MurmurHash3 (x86, 32 bits), the length as its seed.
 * https://github.com/aappleby/smhasher/wiki/MurmurHash3
 */
export const hashBytes = (bytes: Uint8Array, start: number, end: number): number => {
  let hash = end - start;
  let seen = 0;
  let at = start;
  for (const whole = end - 3; at < whole; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    seen |= word;
    hash ^= scrambled(word);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let shift = 0; at < end; at++, shift += 8) rest |= bytes[at]! << shift;
  seenBits = seen | rest;
  hash ^= scrambled(rest);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
};

const scrambled = (word: number): number => {
  const spread = Math.imul(word, 0xcc9e2d51);
  return Math.imul((spread << 15) | (spread >>> 17), 0x1b873593);
};

/** Whether the bytes that were hashed last are all ASCII. */
export const lastWasAscii = (): boolean => (seenBits & 0x80808080) === 0;
