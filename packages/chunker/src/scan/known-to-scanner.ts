import type { CsvDialect } from '@pipeline/core';

/** The texts of a dialect that mean something. */
export type DialectTokens = Pick<CsvDialect, 'delimiter' | 'quote' | 'escape' | 'comment'>;

/** The scanner looks at one byte at a time; where every token is one, it reads the file, and csv-parse does otherwise. */
export const knownToScanner = ({ delimiter, quote, escape: mark = quote, comment = '' }: DialectTokens): boolean =>
  [delimiter, quote, mark, comment].every((token) => token === '' || (token.length === 1 && token.charCodeAt(0) < 128));
