import { type CsvDialect, PipelineConfigError } from '@pipeline/core';
import { knownToScanner } from './known-to-scanner.ts';

/** The bytes that mean something, as numbers; -1 where the dialect has none. */
export interface DialectBytes {
  readonly delimiter: number;
  readonly quote: number;
  /** -1 where a doubled quote is a quote. */
  readonly escape: number;
  readonly comment: number;
  readonly loneCr: boolean;
}

/** What the scanner needs to know of a dialect: its newline is read from the file. */
export type ScanDialect = Omit<CsvDialect, 'newline'>;

const byteOf = (text: string | undefined): number => (text === undefined || text === '' ? -1 : text.charCodeAt(0));

/** @throws PipelineConfigError `CONFIG_INVALID` for a dialect whose bytes the scanner would misread */
export const dialectBytes = (dialect: ScanDialect): DialectBytes => {
  if (!knownToScanner(dialect))
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'dialect',
      expected: 'delimiter, quote, escape and comment of one ASCII character each, where a source is scanned',
      got: JSON.stringify(dialect),
    });
  const { delimiter, quote, escape: mark = quote, comment, loneCr = false } = dialect;
  return {
    delimiter: byteOf(delimiter),
    quote: byteOf(quote),
    escape: quote === '' || mark === quote ? -1 : byteOf(mark),
    comment: byteOf(comment),
    loneCr,
  };
};
