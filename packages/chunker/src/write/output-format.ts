import { type CsvDialect, PipelineConfigError } from '@pipeline/core';
import { checkDialect } from '../source/dialect-options.ts';
import type { ColumnChoice } from './column-choice.ts';
import type { FieldDialect, FieldQuoting } from './format-field.ts';

/** Which fields of a CSV file are quoted: those that are in the source, those that must be, or all. */
export type Quoting = 'as-source' | FieldQuoting;

/** How CSV is written. */
export interface CsvFormat {
  /**
   * `as-source` lets every field that no stage assigned leave byte for byte, as far as its bytes mean the same in the output;
   * the others are quoted where they must be. `minimal` quotes where it must be, `always` everywhere.
   * @default 'as-source'
   */
  readonly quoting?: Quoting;
  /** What stands between fields: one ASCII character. @default the source's */
  readonly delimiter?: string;
  /** What quotes a field: one ASCII character, or `''` for nothing. @default the source's */
  readonly quote?: string;
  /** What makes a quote inside quotes text: the quote itself or another ASCII character. @default the source's, if the quote is too */
  readonly escape?: string;
  /** What ends every record, the last one too. @default each record's own, and none behind a last one that has none */
  readonly newline?: 'lf' | 'crlf';
  /** Begin with the names of the columns. @default when the source does */
  readonly headerRecord?: boolean;
  /**
   * Put an apostrophe before values, and names, that a spreadsheet would run as formulas, and quotes around them: those that
   * begin with `=`, `+`, `-`, `@`, tab, CR, LF, NUL or a full-width sign. Signed numbers stay. It changes values, so it is off
   * unless asked for: https://owasp.org/www-community/attacks/CSV_Injection
   * @default false
   */
  readonly formulaGuard?: boolean;
}

/** How JSON Lines are written: one object a row, its members in the order of the columns. https://jsonlines.org */
export interface JsonLinesFormat {
  /**
   * Values that a stage assigned keep their type. All others are strings, the text of the source (`text`), or what the typed
   * view of the rows has for them (`typed`).
   * @default 'text'
   */
  readonly types?: 'text' | 'typed';
}

/** What the output looks like. */
export interface OutputFormat extends CsvFormat, JsonLinesFormat {
  /** @default 'csv' */
  readonly format?: 'csv' | 'jsonl';
  /** Packs the output; members of chunks laid end to end are one valid file. @default not packed */
  readonly compression?: 'gzip' | 'zstd';
  /** Columns of the output, in order; a name, or a name and the one that it goes out under. @default those of the rows */
  readonly columns?: readonly ColumnChoice[];
}

const csvOnly = ['quoting', 'delimiter', 'quote', 'escape', 'newline', 'headerRecord', 'formulaGuard'] as const;

/**
 * Checks what can be checked without a source, so that a wrong setting fails before any file comes.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * checkOutputFormat({ format: 'jsonl', compression: 'gzip' });
 */
export const checkOutputFormat = <F extends OutputFormat>(format: F): F => {
  const oneOf = (option: keyof OutputFormat, allowed: readonly unknown[]): void => {
    const got = format[option];
    if (got !== undefined && !allowed.includes(got))
      fail(option, allowed.map((one) => JSON.stringify(one)).join(' or '), got);
  };
  oneOf('format', ['csv', 'jsonl']);
  oneOf('compression', ['gzip', 'zstd']);
  oneOf('quoting', ['as-source', 'minimal', 'always']);
  oneOf('newline', ['lf', 'crlf']);
  oneOf('types', ['text', 'typed']);
  oneOf('headerRecord', [true, false]);
  oneOf('formulaGuard', [true, false]);
  const idle = format.format === 'jsonl' ? csvOnly.find((option) => format[option] !== undefined) : undefined;
  if (idle !== undefined) fail(idle, 'left out when the format is "jsonl"', format[idle]);
  if (format.format !== 'jsonl' && format.types !== undefined)
    fail('types', 'left out when the format is "csv"', format.types);
  return format;
};

const fail = (option: string, expected: string, got: unknown): never => {
  throw new PipelineConfigError('CONFIG_INVALID', { option, expected, got: JSON.stringify(got) ?? String(got) });
};

/**
 * The dialect of the output: the source's, with what was asked for in its place.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * outputDialect({ delimiter: ',', quote: '"' }, { delimiter: '\t' }); // { delimiter: '\t', quote: '"' }
 */
export const outputDialect = (source: FieldDialect, format: CsvFormat = {}): FieldDialect => {
  const { newline, escape: sourceEscape, ...rest } = source;
  const { delimiter = source.delimiter, quote = source.quote, quoting } = format;
  // A doubled quote goes with its quote, another escape stays.
  const kept = quote === source.quote || sourceEscape !== source.quote ? sourceEscape : undefined;
  const mark = format.escape ?? kept;
  if (quoting === 'always' && quote === '')
    fail('quote', 'a quote character, since every field is to be quoted', quote);
  return {
    ...checkDialect({ ...rest, delimiter, quote, ...(mark === undefined ? {} : { escape: mark }) }),
    ...(newline === undefined ? {} : { newline }),
  };
};

/** What ends a record where the source does not say, or where the output is to differ. */
export const newlineText = (newline: CsvDialect['newline'] | undefined): string =>
  newline === 'crlf' ? '\r\n' : newline === 'cr' ? '\r' : '\n';

/**
 * `Content-Type` of an output. A packed one has that of its packing: with a `Content-Encoding` browsers would unpack it
 * under a name that says it is packed. https://www.rfc-editor.org/rfc/rfc6713, https://www.rfc-editor.org/rfc/rfc8878
 *
 * @example
 * contentTypeOf({ format: 'jsonl' }); // 'application/x-ndjson'
 */
export const contentTypeOf = ({ format = 'csv', compression }: Pick<OutputFormat, 'format' | 'compression'>): string =>
  compression !== undefined ? `application/${compression}` : format === 'csv' ? 'text/csv' : 'application/x-ndjson';

/**
 * File name of an output: that of the source, its endings changed where format or packing change.
 *
 * @param packed - how the source is packed. @default not at all
 * @example
 * outputName('orders.csv', { format: 'jsonl', compression: 'gzip' }); // 'orders.jsonl.gz'
 * outputName('orders.csv.gz', {}, 'gzip'); // 'orders.csv'
 */
export const outputName = (
  sourceName: string,
  { format = 'csv', compression }: Pick<OutputFormat, 'format' | 'compression'>,
  packed?: 'gzip' | 'zstd',
): string => {
  const unpacked = packed === undefined ? sourceName : sourceName.replace(/\.(?:gz|gzip|zst|zstd)$/i, '');
  const named = format === 'csv' ? unpacked : `${unpacked.replace(/\.(?:csv|tsv|tab|psv|txt|jsonl)$/i, '')}.jsonl`;
  return named + packedExtension(compression);
};

const packedExtension = (compression: OutputFormat['compression']): string =>
  compression === undefined ? '' : compression === 'gzip' ? '.gz' : '.zst';

/** The ending of a file in this format, with its dot. */
export const extensionOf = ({ format = 'csv', compression }: Pick<OutputFormat, 'format' | 'compression'>): string =>
  `.${format}${packedExtension(compression)}`;
