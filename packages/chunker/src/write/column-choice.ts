import { PipelineConfigError } from '@pipeline/core';
import { reservedPrefix } from '../source/reserved-columns.ts';

/** A column of the output by its name in the rows, or under a new one. */
export type ColumnChoice = string | OutputColumn;

/** A column of the output. */
export interface OutputColumn {
  /** Its name in the source, or the one that a stage gave it. */
  readonly from: string;
  /** Its name in the output. */
  readonly to: string;
}

/**
 * A choice with both names.
 *
 * @example
 * outputColumn('id'); // { from: 'id', to: 'id' }
 */
export const outputColumn = (choice: ColumnChoice): OutputColumn =>
  typeof choice === 'string' ? { from: choice, to: choice } : choice;

/**
 * Checks a choice of output columns, in the order of the output: each taken from one that there is, no name of the output
 * twice, at least one. One column may go out under several names. New names are such as this package reads again: not
 * blank, not reserved, none that every JavaScript object has.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * checkChoice(['id', { from: 'total', to: 'amount' }], ['id', 'price', 'total']);
 * // [{ from: 'id', to: 'id' }, { from: 'total', to: 'amount' }]
 */
export const checkChoice = (chosen: readonly ColumnChoice[], available: readonly string[]): readonly OutputColumn[] => {
  const fail = (expected: string, got: string): never => {
    throw new PipelineConfigError('CONFIG_INVALID', { option: 'columns', expected, got });
  };
  const known = new Set(available);
  const taken = new Set<string>();
  const columns = chosen.map(outputColumn);
  for (const { from, to } of columns) {
    if (!known.has(from)) fail(`names out of ${available.join(', ')}, each once`, JSON.stringify(from));
    if (from !== to && !isReadable(to))
      fail(
        `new names that are not blank, do not begin with ${reservedPrefix} and are not reserved by JavaScript objects`,
        `${JSON.stringify(to)} for ${JSON.stringify(from)}`,
      );
    if (taken.has(to)) fail('names that differ in the output', `${JSON.stringify(to)} twice`);
    taken.add(to);
  }
  if (columns.length === 0) fail(`names out of ${available.join(', ')}, each once`, 'none');
  return columns;
};

const isReadable = (name: unknown): boolean =>
  typeof name === 'string' && name.trim() !== '' && !name.startsWith(reservedPrefix) && !(name in Object.prototype);
