import type { CsvEncoding } from '@pipeline/core';
import type { SplitOptions } from '../../src/index.ts';

/**
 * A file that is not as it should be, and what must become of it.
 *
 * In `file`, `▸` stands in front of each record that is rejected, and `▾` in front of the byte at fault: of a reject the one
 * that its message names, of a file that fails the one that its error names. They are no part of the file. `‹c0 af›` are
 * these very bytes.
 */
export interface Malformed {
  readonly name: string;
  readonly file: string;
  /** What the text is written in. @default 'utf-8' */
  readonly writtenIn?: CsvEncoding;
  /** Packs the bytes. @default they stay as they are */
  readonly packed?: (bytes: Buffer) => Buffer;
  /** How the caller says it is to be read. */
  readonly options: Partial<SplitOptions>;
  /** Every row that survives: its values with `·` between them. */
  readonly rows: readonly string[];
  /** Every reject: data row, codes with `+` between them, and the column where one is named. */
  readonly rejects: readonly string[];
  /** Code of the error that the file fails with, behind the data row where it names one, before the column where it does. */
  readonly fails?: string;
  /** Rows that survive with a quote inside an unquoted field. */
  readonly strayQuotes: number;
}

type More = Partial<Pick<Malformed, 'writtenIn' | 'packed' | 'strayQuotes'>> & Malformed['options'];

const caseOf = (name: string, file: string, more: More): Malformed => {
  const { writtenIn, packed, strayQuotes = 0, ...options } = more;
  const form = { ...(writtenIn === undefined ? {} : { writtenIn }), ...(packed === undefined ? {} : { packed }) };
  return { name, file, ...form, options, rows: [], rejects: [], strayQuotes };
};

/** Some records are rejects, all others are rows. */
export const rejects = (
  name: string,
  file: string,
  rejected: readonly string[],
  rows: readonly string[],
  more: More = {},
): Malformed => ({ ...caseOf(name, file, more), rejects: rejected, rows });

/** Odd, but every record is a row. */
export const passes = (name: string, file: string, rows: readonly string[], more: More = {}): Malformed => ({
  ...caseOf(name, file, more),
  rows,
});

/** The whole file is refused. */
export const fails = (name: string, file: string, error: string, more: More = {}): Malformed => ({
  ...caseOf(name, file, more),
  fails: error,
});

/** Where the marks of a file stand, in bytes. */
interface Marks {
  readonly records: readonly number[];
  readonly faults: readonly number[];
}

/** The bytes of a file, unpacked, and where its marks stood. */
export const bytesOf = ({ file, writtenIn = 'utf-8' }: Malformed): Marks & { readonly bytes: Buffer } => {
  const pieces: Buffer[] = [];
  const marks = { records: [] as number[], faults: [] as number[] };
  let length = 0;
  for (const part of file.split(/(▸|▾|‹[^›]*›)/)) {
    if (part === '▸') marks.records.push(length);
    else if (part === '▾') marks.faults.push(length);
    else {
      const piece = part.startsWith('‹') ? Buffer.from(part.replace(/[‹› ]/g, ''), 'hex') : written(part, writtenIn);
      pieces.push(piece);
      length += piece.length;
    }
  }
  return { ...marks, bytes: Buffer.concat(pieces) };
};

const written = (text: string, encoding: CsvEncoding): Buffer => {
  if (encoding === 'utf-8') return Buffer.from(text);
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le');
  if (encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16();
  return Buffer.from(text, 'latin1');
};
