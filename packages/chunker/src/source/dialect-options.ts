import { type CsvDialect, PipelineConfigError } from '@pipeline/core';

/** What a caller may say of the dialect; its newline is read from the file. */
export type DialectOptions = Partial<Omit<CsvDialect, 'newline'>>;

/** csv-parse moves a token of more bytes than 20 in front of a field, and throws where that field is short. */
const mostTokenBytes = 16;

/** Whether a token can be told from what stands beside it, whatever that is. */
const isToken = (token: string): boolean =>
  token !== '' && Buffer.byteLength(token) <= mostTokenBytes && token.isWellFormed() && !/[\r\n\0]/.test(token);

/** Whether a token ends like it begins: doubled, its halves would be read as another one (`''''` of `''`). */
const overlapsItself = (token: string): boolean =>
  Array.from({ length: token.length - 1 }, (_, i) => i + 1).some((length) => token.startsWith(token.slice(-length)));

/**
 * Completes and checks a dialect: comma and double quote unless given. Characters that are not ASCII, and texts of several
 * characters, are read by csv-parse instead of the scanner, many times as slowly.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * checkDialect({ delimiter: ';' }); // { delimiter: ';', quote: '"' }
 */
export const checkDialect = ({
  delimiter = ',',
  quote = '"',
  escape: mark,
  loneCr,
  comment,
}: DialectOptions = {}): Omit<CsvDialect, 'newline'> => {
  const check = (option: string, token: string, expected: string, beside: readonly string[]): void => {
    const quoting = option === 'quote' || option === 'escape';
    const mixed = beside.some((other) => other.includes(token) || token.includes(other));
    if (!isToken(token) || mixed || (quoting && overlapsItself(token)))
      throw new PipelineConfigError('CONFIG_INVALID', { option, expected, got: JSON.stringify(token) });
  };
  const others = quote === '' ? [delimiter] : [delimiter, quote];
  const text = `a character, or up to ${mostTokenBytes} bytes of them, without newline and NUL`;
  const once = 'that does not end as it begins';
  check('delimiter', delimiter, text, []);
  if (quote !== '') check('quote', quote, `${text}, ${once} and is no part of the delimiter, or nothing`, [delimiter]);
  if (mark !== undefined && mark !== quote)
    check('escape', mark, `the quote, or ${text}, ${once} and is no part of delimiter and quote`, others);
  if (comment !== undefined && comment !== '')
    check('comment', comment, `${text}, that is no part of delimiter, quote and escape`, [
      ...others,
      ...(mark === undefined || mark === quote ? [] : [mark]),
    ]);
  return {
    delimiter,
    quote,
    ...(mark === undefined || mark === quote ? {} : { escape: mark }),
    ...(loneCr === true ? { loneCr } : {}),
    ...(comment === undefined || comment === '' ? {} : { comment }),
  };
};
