// Each of these writes into a buffer that has room, from `at` on, and answers where it came to.

/** Up to it, a loop over bytes or char codes is faster than a call that does the same. */
const shortBytes = 32;
/** Up to it, a loop that also looks for what JSON escapes is faster than to let others look. */
const shortText = 100;

/** Copies `[start, end)` of the bytes. */
export const putBytes = (into: Buffer, at: number, bytes: Uint8Array, start: number, end: number): number => {
  if (end - start > shortBytes) into.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), at);
  else for (let i = start; i < end; i++) into[at + i - start] = bytes[i]!;
  return at + end - start;
};

/** The same as long as it meets no byte whose entry in the table of 256 is 1; answers -1 then. */
export const putUnless = (
  table: Uint8Array,
  into: Buffer,
  at: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number => {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (table[byte] === 1) return -1;
    into[at + i - start] = byte;
  }
  return at + end - start;
};

/** Writes text as UTF-8, which takes at most three bytes for each unit. */
export const putText = (into: Buffer, at: number, text: string): number => {
  const { length } = text;
  if (length > shortBytes) return at + into.write(text, at);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return at + into.write(text, at);
    into[at + i] = code;
  }
  return at + length;
};

/** Writes a whole number from 0 to 2^53 - 1 in digits: 16 at most. */
export const putNumber = (into: Buffer, at: number, value: number): number => {
  if (value > 0x7fffffff) {
    const high = Math.floor(value / 1e9);
    const to = putNumber(into, at, high);
    putDigits(into, to, value - high * 1e9, 9);
    return to + 9;
  }
  let digits = 1;
  for (let next = value | 0; next >= 10; next = (next / 10) | 0) digits++;
  putDigits(into, at, value, digits);
  return at + digits;
};

const putDigits = (into: Buffer, at: number, value: number, digits: number): void => {
  for (let k = at + digits - 1, rest = value | 0; k >= at; k--) {
    const tenth = (rest / 10) | 0;
    into[k] = rest - tenth * 10 + 48;
    rest = tenth;
  }
};

/** How JSON writes what it does not allow in strings: https://www.rfc-editor.org/rfc/rfc8259#section-7 */
const jsonEscapes: readonly (Buffer | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const written = JSON.stringify(String.fromCharCode(byte)).slice(1, -1);
  return byte < 0x80 && written.length > 1 ? Buffer.from(written) : undefined;
});
/** 1 for bytes that have one. */
const isEscaped = Uint8Array.from(jsonEscapes, (escaped) => Number(escaped !== undefined));
const quotationMark = 0x22;

/** Most bytes that `putJson` makes of one, `\u0001`; and two for the quotation marks. */
export const longestJson = (bytes: number): number => bytes * 6 + 2;

/** Writes text as a JSON string, which takes at most six bytes for each unit and two. */
export const putJsonText = (into: Buffer, at: number, text: string): number => {
  const { length } = text;
  into[at] = quotationMark;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || isEscaped[code] === 1 || length > shortText) return putText(into, at, JSON.stringify(text));
    into[at + 1 + i] = code;
  }
  into[at + 1 + length] = quotationMark;
  return at + length + 2;
};

/**
 * Writes `[start, end)` of UTF-8 as a JSON string. The byte `mark`, -1 where there is none, is left out before `quote` and
 * before itself.
 */
export const putJson = (
  into: Buffer,
  at: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  quote: number,
  mark: number,
): number => {
  let to = at;
  into[to++] = quotationMark;
  if (mark < 0) {
    // Most bytes are copied as they are: what lies between two that are not goes in one piece.
    for (let from = start; from < end; ) {
      let next = from;
      while (next < end && isEscaped[bytes[next]!] === 0) next++;
      to = putBytes(into, to, bytes, from, next);
      if (next < end) {
        const escaped = jsonEscapes[bytes[next]!]!;
        to = putBytes(into, to, escaped, 0, escaped.length);
      }
      from = next + 1;
    }
    into[to++] = quotationMark;
    return to;
  }
  for (let i = start; i < end; i++) {
    const next = bytes[i + 1];
    if (bytes[i] === mark && i + 1 < end && (next === quote || next === mark)) i++;
    const byte = bytes[i]!;
    const escaped = jsonEscapes[byte];
    if (escaped === undefined) into[to++] = byte;
    else for (let k = 0; k < escaped.length; k++) into[to++] = escaped[k]!;
  }
  into[to++] = quotationMark;
  return to;
};
