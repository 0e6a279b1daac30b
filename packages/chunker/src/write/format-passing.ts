import { escapeOf, type FieldDialect } from './format-field.ts';
import { formulaBytes } from './formula-guard.ts';
import type { Quoting } from './output-format.ts';

/** What decides whether bytes of the source may leave as they are. */
export interface Passing {
  /** How the source is written. */
  readonly source: FieldDialect;
  /** How the output is. */
  readonly target: FieldDialect;
  readonly quoting: Quoting;
  readonly formulaGuard: boolean;
}

/** A question about `[start, end)` of the bytes. */
export type RangeTest = (bytes: Uint8Array, start: number, end: number) => boolean;

const CR = 13;
const LF = 10;

/** From here on, a search by native code beats a loop. */
const searchedBytes = 1024;

/** The character as a number, -1 where there is none. */
export const byteOf = (character: string | undefined): number =>
  character === undefined || character === '' ? -1 : character.charCodeAt(0);

/** A table of 256 in which the entries of these bytes are 1; `undefined` where there are none. */
export const tableOf = (bytes: readonly number[]): Uint8Array | undefined => {
  if (bytes.every((byte) => byte < 0)) return undefined;
  const table = new Uint8Array(256);
  for (const byte of bytes) if (byte >= 0) table[byte] = 1;
  return table;
};

/** Whether quoted fields of the source mean the same in the output. */
export const sameQuotes = ({ source, target }: Passing): boolean =>
  source.quote === target.quote && escapeOf(source) === escapeOf(target);

/** Whether all fields of the source do. */
export const sameDialect = (passing: Passing): boolean =>
  sameQuotes(passing) && passing.source.delimiter === passing.target.delimiter;

/** Bytes with which an unquoted field of the source cannot leave as it is, or in quotes where all fields are quoted. */
export const stopBytes = (passing: Passing): readonly number[] => {
  const { source, target, quoting } = passing;
  const special = [byteOf(target.delimiter), byteOf(target.quote), byteOf(escapeOf(target))];
  if (quoting === 'always') return special.slice(1);
  if (quoting === 'minimal') return [...special, LF, CR];
  const known = [byteOf(source.delimiter), ...(sameQuotes(passing) ? special.slice(1) : [])];
  return special.filter((byte) => !known.includes(byte));
};

/**
 * Makes the test whether an unquoted value would mean something else at the beginning of a record, where its first byte may
 * begin a comment, and its first three be a byte order mark.
 */
export const createLineTest = ({ target }: Passing): RangeTest => {
  const comment = byteOf(target.comment);
  return (bytes, start, end) =>
    start < end &&
    (bytes[start] === comment || (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf));
};

// What a byte means to the test of whole records.
const NEVER = 1;
const BEFORE_LF_ONLY = 2;
const NOT_FIRST = 4;
const FIRST_FOLLOWS = 8;

/**
 * Makes the test whether records `[start, end)` may leave whole, one or many with their newlines; `undefined` where they always
 * may. It may say no too often: their fields are then looked at one by one.
 */
export const createRecordTest = (passing: Passing): RangeTest | undefined => {
  const { source, quoting, formulaGuard } = passing;
  if (quoting === 'always' || !sameDialect(passing)) return () => false;
  if (quoting === 'as-source' && !formulaGuard) return undefined;
  const meanings = new Uint8Array(256);
  const add = (meaning: number, bytes: readonly number[]): void => {
    for (const byte of bytes) if (byte >= 0) meanings[byte]! |= meaning;
  };
  add(FIRST_FOLLOWS, [byteOf(source.delimiter), byteOf(source.quote), LF, CR]);
  if (formulaGuard) add(NOT_FIRST, formulaBytes);
  if (quoting === 'minimal') {
    add(NEVER, [byteOf(source.quote), byteOf(escapeOf(source))]);
    add(BEFORE_LF_ONLY, [CR]);
  }
  const test: RangeTest = (bytes, start, end) => {
    let first = NOT_FIRST;
    for (let i = start; i < end; i++) {
      const meaning = meanings[bytes[i]!]!;
      if ((meaning & (NEVER | first)) !== 0) return false;
      if ((meaning & BEFORE_LF_ONLY) !== 0 && bytes[i + 1] !== LF) return false;
      first = (meaning & FIRST_FOLLOWS) !== 0 ? NOT_FIRST : 0;
    }
    return true;
  };
  if (formulaGuard) return test;
  // Most files quote nothing: a search for the few bytes that matter is several times as fast as a look at each.
  const searched = [source.quote, escapeOf(source), '\r'].map(byteOf).filter((byte) => byte >= 0);
  return (bytes, start, end) => {
    const many = end - start > searchedBytes ? bytes.subarray(start, end) : undefined;
    return (many !== undefined && !searched.some((byte) => many.includes(byte))) || test(bytes, start, end);
  };
};
