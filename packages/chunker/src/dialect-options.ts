import { type CsvDialect, PipelineConfigError } from '@pipeline/core';

/** What a caller may say of the dialect; newline is read from the file. */
export type DialectOptions = Partial<Pick<CsvDialect, 'delimiter' | 'quote'>>;

/**
 * Completes and checks a dialect: comma and double quote unless given.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * checkDialect({ delimiter: ';' }); // { delimiter: ';', quote: '"' }
 */
export const checkDialect = ({
  delimiter = ',',
  quote = '"',
}: DialectOptions = {}): Pick<CsvDialect, 'delimiter' | 'quote'> => {
  const single = (text: string): boolean =>
    text.length === 1 && text.charCodeAt(0) < 128 && text !== '\n' && text !== '\r' && text !== '\0';
  if (!single(delimiter))
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'delimiter',
      expected: 'one ASCII character other than a newline',
      got: JSON.stringify(delimiter),
    });
  if (quote !== '' && (!single(quote) || quote === delimiter))
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'quote',
      expected: 'one ASCII character other than the delimiter, or nothing',
      got: JSON.stringify(quote),
    });
  return { delimiter, quote };
};
