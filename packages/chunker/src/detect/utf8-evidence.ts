/** What speaks for UTF-8 in a sample and what against it. */
export interface Utf8Evidence {
  /** Well-formed sequences of two to four bytes. */
  readonly sequences: number;
  /** Bytes of `80`–`FF` that belong to none; a sequence that the sample's end cuts is not counted. */
  readonly badBytes: number;
}

/** How many bytes a lead byte announces, and the range of the second (Unicode 16, table 3-7). */
const lead = (byte: number): readonly [length: number, low: number, high: number] => {
  if (byte >= 0xc2 && byte <= 0xdf) return [2, 0x80, 0xbf];
  if (byte >= 0xe0 && byte <= 0xef) return [3, byte === 0xe0 ? 0xa0 : 0x80, byte === 0xed ? 0x9f : 0xbf];
  if (byte >= 0xf0 && byte <= 0xf4) return [4, byte === 0xf0 ? 0x90 : 0x80, byte === 0xf4 ? 0x8f : 0xbf];
  return [0, 0, 0];
};

/** Counts well-formed and ill-formed sequences. A cut one at the end is no fault unless the sample is the whole file. */
export const utf8Evidence = (sample: Uint8Array, complete: boolean): Utf8Evidence => {
  let sequences = 0;
  let badBytes = 0;
  let i = 0;
  while (i < sample.length) {
    const byte = sample[i]!;
    if (byte < 0x80) {
      i++;
      continue;
    }
    const [length, low, high] = lead(byte);
    let good = length === 0 ? 0 : 1;
    while (good > 0 && good < length && i + good < sample.length) {
      const next = sample[i + good]!;
      if (next < (good === 1 ? low : 0x80) || next > (good === 1 ? high : 0xbf)) break;
      good++;
    }
    if (good > 0 && good === length) sequences++;
    else if (complete || good === 0 || i + good < sample.length) badBytes += Math.max(1, good);
    i += Math.max(1, good);
  }
  return { sequences, badBytes };
};
