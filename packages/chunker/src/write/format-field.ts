import { type CsvDialect, PipelineConfigError } from '@pipeline/core';
import { textOf } from './format-value.ts';
import { isFormula } from './formula-guard.ts';

/** How fields are written; what is left out is as in RFC 4180. */
export type FieldDialect = Pick<CsvDialect, 'delimiter' | 'quote'> & Partial<CsvDialect>;

/** Which fields are quoted: those that must be, or all. */
export type FieldQuoting = 'minimal' | 'always';

/** Writes the text of a value as a field. `first` tells that it begins its record. */
export type FieldFormatter = (text: string, first: boolean) => string;

/**
 * What makes a quote inside quotes text.
 *
 * @example
 * escapeOf({ delimiter: ',', quote: '"' }); // '"'
 */
export const escapeOf = (dialect: FieldDialect): string =>
  dialect.quote === '' ? '' : (dialect.escape ?? dialect.quote);

/**
 * The characters for which a field is quoted. An escape is among them although it says nothing outside quotes here:
 * other readers give it a meaning there too.
 */
const specialIn = (dialect: FieldDialect): RegExp => {
  const units = new Set(`${dialect.delimiter}${dialect.quote}${escapeOf(dialect)}\r\n`.split(''));
  const hex = [...units].map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return new RegExp(`[${hex.join('')}]`);
};

const createQuoter = (dialect: FieldDialect): ((text: string) => string) => {
  const { quote } = dialect;
  const escapeMark = escapeOf(dialect);
  if (quote === '')
    return () => {
      throw new PipelineConfigError('CONFIG_INVALID', {
        option: 'quote',
        expected: 'a quote character, since a value holds the delimiter or a newline, or would begin a comment',
        got: 'none',
      });
    };
  const escaped = (text: string, character: string): string => text.replaceAll(character, () => escapeMark + character);
  return (text) => {
    const once = escapeMark === quote ? text : escaped(text, escapeMark);
    return quote + escaped(once, quote) + quote;
  };
};

/**
 * Makes the function that writes fields.
 *
 * @throws from the function made: PipelineConfigError `CONFIG_INVALID` when a value must be quoted and the dialect has no quote
 */
export const createFieldFormatter = (
  dialect: FieldDialect,
  { quoting = 'minimal', formulaGuard = false }: { quoting?: FieldQuoting; formulaGuard?: boolean } = {},
): FieldFormatter => {
  const special = specialIn(dialect);
  const quoted = createQuoter(dialect);
  const { comment, quote } = dialect;
  const mustQuote = (text: string, first: boolean): boolean =>
    special.test(text) ||
    (first && ((comment !== undefined && text.startsWith(comment)) || (quote !== '' && text[0] === '\uFEFF')));
  return (text, first) => {
    if (formulaGuard && isFormula(text)) {
      const guarded = `'${text}`;
      return quote !== '' || mustQuote(guarded, first) ? quoted(guarded) : guarded;
    }
    return quoting === 'always' || mustQuote(text, first) ? quoted(text) : text;
  };
};

/** Making a formatter costs twenty times what one field does. */
const formatters: Readonly<Record<FieldQuoting, WeakMap<FieldDialect, FieldFormatter>>> = {
  minimal: new WeakMap(),
  always: new WeakMap(),
};

/**
 * Formats a value as one field: quoted only where it must be, unless told otherwise.
 * Quoting: https://www.rfc-editor.org/rfc/rfc4180
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when it must be quoted and the dialect has no quote, and for an invalid date
 * @example
 * formatField('a,b', { delimiter: ',', quote: '"' }); // '"a,b"'
 */
export const formatField = (
  value: unknown,
  dialect: FieldDialect,
  {
    quoting = 'minimal',
    first = false,
  }: {
    /** @default 'minimal' */
    readonly quoting?: FieldQuoting;
    /** It begins its record, where the dialect's comment character means something. @default false */
    readonly first?: boolean;
  } = {},
): string => {
  let format = formatters[quoting].get(dialect);
  if (format === undefined) {
    format = createFieldFormatter(dialect, { quoting });
    formatters[quoting].set(dialect, format);
  }
  return format(textOf(value), first);
};
