/** Characters of a value that are told. */
const mostChars = 64;

/** The smallest and the largest value, in the order of their bytes, which is that of their code points. */
export interface TextRange {
  add(bytes: Uint8Array, start: number, end: number, ascii: boolean): void;
  ends(): { readonly min: string; readonly max: string };
  /** A value as text, cut. */
  cut(bytes: Buffer): string;
}

export const createTextRange = (): TextRange => {
  let min: Uint8Array | undefined;
  let max: Uint8Array | undefined;
  const text = (bytes: Uint8Array = new Uint8Array()): string => Buffer.from(bytes).toString('utf8');
  return {
    add(bytes, start, end, ascii) {
      if (min !== undefined && max !== undefined) {
        // The first byte decides for most values.
        const first = bytes[start]!;
        if (first > min[0]! && first < max[0]!) return;
      }
      const to = ascii ? Math.min(end, start + mostChars) : cutAt(bytes, start, end);
      if (min === undefined || compare(bytes, start, to, min) < 0) min = bytes.slice(start, to);
      if (max === undefined || compare(bytes, start, to, max) > 0) max = bytes.slice(start, to);
    },
    ends: () => ({ min: text(min), max: text(max) }),
    cut: (bytes) => bytes.toString('utf8', 0, cutAt(bytes, 0, bytes.length)),
  };
};

/** Behind so many characters. */
const cutAt = (bytes: Uint8Array, start: number, end: number): number => {
  let chars = 0;
  for (let at = start; at < end; at++) {
    if ((bytes[at]! & 0xc0) !== 0x80) chars++;
    if (chars > mostChars) return at;
  }
  return end;
};

const compare = (bytes: Uint8Array, start: number, end: number, other: Uint8Array): number => {
  const length = Math.min(end - start, other.length);
  for (let at = 0; at < length; at++) {
    const difference = bytes[start + at]! - other[at]!;
    if (difference !== 0) return difference;
  }
  return end - start - other.length;
};
