import { PipelineSourceError } from '@pipeline/core';
import type { ParsedWindow } from './parse-window.ts';
import type { Tokens } from './tokens.ts';
import { closingQuote } from './unquote.ts';

export interface CapOptions {
  readonly maxRecordBytes: number;
  /** Data row of the first record of the window. */
  readonly row: number;
  readonly final: boolean;
  /** Least bytes of a character in the source. */
  readonly unitBytes: number;
  /** How many bytes of the source lie between two places of the window. */
  readonly distance: (from: number, to: number) => number;
  /** Offset in the source of a place of the window. */
  readonly offsetOf: (place: number) => number;
}

/**
 * Fails where a record or comment is longer than the cap, or its quote is never closed. The error does not depend on how
 * the source was sliced: a record that has not ended fails once it is so long that its rest could not change anything.
 *
 * @throws PipelineSourceError `CSV_UNCLOSED_QUOTE`, `CSV_ROW_TOO_LARGE`
 */
export const checkCaps = (parsed: ParsedWindow, tokens: Tokens, options: CapOptions): void => {
  const { text, starts, ends, counts, comments, done, unclosed } = parsed;
  const { maxRecordBytes, row, final, unitBytes, distance } = options;
  let comment = 0;
  const checkComments = (before: number, record: number): void => {
    for (; comment < comments.length && comments[comment]!.start < before; comment++) {
      const { start, end } = comments[comment]!;
      if (distance(start, end) > maxRecordBytes) throw rowTooLarge(start, row + record, options);
    }
  };
  for (const [record, start] of starts.entries()) {
    checkComments(start, record);
    if (distance(start, ends[counts[record]! - 1]!) <= maxRecordBytes) continue;
    const fields = ends.slice(counts[record - 1] ?? 0, counts[record]);
    throw tooLarge(text, start, fields, tokens, { ...options, row: row + record });
  }
  checkComments(text.length, starts.length);
  const known = final ? text.length : text.length - 4 * tokens.longest - 2 * unitBytes;
  if ((final && unclosed) || (known > done && distance(done, known) > maxRecordBytes + 2 * unitBytes))
    throw tooLarge(text, done, ends.slice(counts.at(-1) ?? 0), tokens, { ...options, row: row + starts.length });
};

/** It is a quote's fault if the cap, and a newline of two characters, fell between it and its closing one. */
const tooLarge = (
  text: string,
  start: number,
  ends: readonly number[],
  tokens: Tokens,
  options: CapOptions,
): PipelineSourceError => {
  const { maxRecordBytes, row, unitBytes, distance, offsetOf } = options;
  const cap = maxRecordBytes + 2 * unitBytes;
  for (let field = 0, at = start; field <= ends.length && at < text.length; field++) {
    if (distance(start, at) >= cap) break;
    if (tokens.quote !== '' && text.startsWith(tokens.quote, at)) {
      const close = closingQuote(text, at, text.length, tokens);
      if (close < 0 || distance(start, close) >= cap)
        return new PipelineSourceError('CSV_UNCLOSED_QUOTE', { row, offset: offsetOf(at), maxRecordBytes });
    }
    at = (ends[field] ?? text.length) + tokens.delimiter.length;
  }
  return rowTooLarge(start, row, options);
};

const rowTooLarge = (start: number, row: number, { maxRecordBytes, offsetOf }: CapOptions): PipelineSourceError =>
  new PipelineSourceError('CSV_ROW_TOO_LARGE', { row, offset: offsetOf(start), maxRecordBytes });
