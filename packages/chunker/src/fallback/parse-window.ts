import { CsvError, type Options, parse } from 'csv-parse/sync';
import type { Tokens } from './tokens.ts';

const CR = 13;

/** A line of comment, its newline excluded. */
export interface Comment {
  readonly start: number;
  readonly end: number;
}

/** What csv-parse says of a text that begins where a record or a comment does. Places count its bytes. */
export interface ParsedWindow {
  /** The text in Latin-1, one character for each byte. */
  readonly text: string;
  /** Where each record begins, behind the comments in front of it. */
  readonly starts: readonly number[];
  /** Behind the newline of each. */
  readonly nexts: readonly number[];
  /** Where each field ends, in front of its delimiter or newline; those of the record that has not ended are the last. */
  readonly ends: readonly number[];
  /** The value of each field, in Latin-1. */
  readonly values: readonly string[];
  /** How many entries of `ends` there are up to each record's own. */
  readonly counts: readonly number[];
  readonly comments: readonly Comment[];
  /** Behind the last record or comment that has ended. */
  readonly done: number;
  /** The text ends in a quoted field. */
  readonly unclosed: boolean;
}

/**
 * What is passed to csv-parse. Nothing but the tokens decides about records and fields: ragged rows and odd quotes are let
 * pass here, and found by those who read the window. https://csv.js.org/parse/options/
 */
const optionsOf = ({ delimiter, quote, escape: mark, comment, loneCr }: Tokens): Options => ({
  encoding: 'latin1',
  delimiter,
  quote: quote === '' ? null : quote,
  escape: quote === '' ? null : mark,
  record_delimiter: loneCr ? ['\r\n', '\n', '\r'] : ['\r\n', '\n'],
  relax_quotes: true,
  relax_column_count: true,
  ...(comment === '' ? {} : { comment, comment_no_infix: true }),
});

/**
 * Lets csv-parse cut a text into records and fields.
 *
 * A text is parsed whole and not as a stream: then what csv-parse decides never hangs on where its pieces were cut. As a
 * stream it looks ahead by the longest token, which is too little behind a quote of several bytes (measured with 7.0.3: a
 * delimiter there that was cut is not seen).
 *
 * @param final - nothing follows: a record that no newline ends has ended too
 * @param most - stop behind so many records
 */
export const parseWindow = (
  bytes: Buffer,
  tokens: Tokens,
  { final, most }: { readonly final: boolean; readonly most?: number },
): ParsedWindow => {
  const ends: number[] = [];
  const values: string[] = [];
  const counts: number[] = [];
  const nexts: number[] = [];
  let unclosed = false;
  try {
    parse(bytes, {
      ...optionsOf(tokens),
      ...(most === undefined ? {} : { to: most }),
      cast: (value, context) => {
        ends.push(context.bytes);
        values.push(value);
        return value;
      },
      on_record: (_, context) => {
        counts.push(ends.length);
        nexts.push(context.bytes);
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError) || error.code !== 'CSV_QUOTE_NOT_CLOSED') throw error;
    unclosed = true;
  }
  const last = nexts.at(-1);
  // csv-parse ends the last record where the text ends. A CR there may yet turn out to be half of a newline.
  if (
    !final &&
    last === bytes.length &&
    (ends[counts.at(-1)! - 1] === last || (tokens.loneCr && bytes[last - 1] === CR))
  ) {
    counts.pop();
    nexts.pop();
  }
  const text = bytes.toString('latin1');
  const comments: Comment[] = [];
  const behind = (at: number, whole: boolean): number => behindComments(text, at, tokens, comments, whole);
  const starts = nexts.map((_, record) => behind(nexts[record - 1] ?? 0, true));
  const done = behind(nexts.at(-1) ?? 0, final);
  return { text, starts, nexts, ends, values, counts, comments, done, unclosed };
};

/** Passes over lines of comment where a record could begin. */
const behindComments = (
  text: string,
  from: number,
  { comment, loneCr }: Tokens,
  comments: Comment[],
  final: boolean,
): number => {
  let at = from;
  while (comment !== '' && text.startsWith(comment, at)) {
    const newline = loneCr ? /\r\n?|\n/g : /\r?\n/g;
    newline.lastIndex = at;
    const found = newline.exec(text);
    const next = found === null ? text.length : newline.lastIndex;
    if (!final && (found === null || (found[0] === '\r' && next === text.length))) return at;
    comments.push({ start: at, end: found?.index ?? next });
    at = next;
  }
  return at;
};
