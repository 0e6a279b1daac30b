import { PipelineSourceError } from '@pipeline/core';
import { reservedPrefix } from './reserved-columns.ts';

/** Makes the error of a header. */
export type BadHeader = (
  reason: string,
  expected: string,
  /** Of what is wrong, where it is told. */
  place?: { readonly column?: string; readonly offset?: number },
) => PipelineSourceError;

/** Every column has a name of its own that rows can have. */
export const checkNames = (columns: readonly string[], bad: BadHeader): void => {
  const seen = new Set<string>();
  for (const [index, name] of columns.entries()) {
    if (visible(name) === '') throw bad(`has no name for column ${index + 1}`, 'a name for every column');
    if (name.startsWith(reservedPrefix))
      throw bad(`uses the reserved prefix ${reservedPrefix}`, 'another name', { column: name });
    // Rows are plain objects and rules are run by ajv, which cannot tell these from inherited properties.
    if (name in Object.prototype)
      throw bad('has a name that JavaScript objects reserve', 'another name', { column: name });
    if (name.startsWith('\uFEFF')) throw bad('has a second byte order mark', 'one at most', { column: name });
    // Nobody could tell two columns apart whose names are the same letters in another composition.
    const composed = name.normalize('NFC');
    if (seen.has(composed)) throw bad('has the same name twice', 'each name once', { column: name });
    seen.add(composed);
  }
};

/** What is left of a name without spaces and characters that nobody sees. */
const visible = (name: string): string => name.replace(/\p{Default_Ignorable_Code_Point}/gu, '').trim();

/**
 * Holds a header against the columns that are expected, by name and in any order.
 *
 * @throws PipelineSourceError `CSV_BAD_HEADER` naming the first missing or extra column
 * @example
 * checkColumns(header, { required: ['id', 'units'], extra: 'allow', object: 'orders.csv', delimiter: ',' });
 */
export const checkColumns = (
  header: { readonly columns: readonly string[] },
  expected: {
    readonly required: readonly string[];
    readonly extra: 'allow' | 'refuse';
    readonly object: string;
    readonly delimiter: string;
  },
): void => {
  const { object, required, delimiter } = expected;
  const missing = required.find((name) => !header.columns.includes(name));
  if (missing !== undefined) {
    const other =
      header.columns.length === 1
        ? [',', ';', '\t', '|'].find((d) => d !== delimiter && header.columns[0]!.includes(d))
        : undefined;
    const hint = other === undefined ? '' : ` (the file has one column; its delimiter may be ${JSON.stringify(other)})`;
    throw new PipelineSourceError('CSV_BAD_HEADER', {
      object,
      reason: 'lacks a column',
      column: missing,
      expected: `${required.join(', ')}${hint}`,
    });
  }
  const extra = expected.extra === 'refuse' ? header.columns.find((name) => !required.includes(name)) : undefined;
  if (extra !== undefined)
    throw new PipelineSourceError('CSV_BAD_HEADER', {
      object,
      reason: 'has a column too many',
      column: extra,
      expected: required.join(', '),
    });
};
