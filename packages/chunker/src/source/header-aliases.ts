import { PipelineConfigError, type RenamedColumn } from '@pipeline/core';
import type { BadHeader } from './check-columns.ts';
import { reservedPrefix } from './reserved-columns.ts';

/** What may differ between a name in a header and one that was declared. */
export type NameDifference = 'case' | 'spaces' | 'punctuation';

/** Names that columns may have in a file, beside the ones that rows know them by. Nothing is guessed. */
export interface HeaderAliases {
  /** By the name of a column, other names that a header may give it. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  /** What does not count when names are compared, those of the columns included. @default [], which is byte for byte */
  readonly ignore?: readonly NameDifference[];
}

/** Columns under the names that rows know them by. */
export interface MappedColumns {
  readonly columns: readonly string[];
  /** Those that the header calls otherwise, in file order. */
  readonly renamed: readonly RenamedColumn[];
}

const differences: readonly NameDifference[] = ['case', 'spaces', 'punctuation'];

/** Makes the text by which two names are compared. */
const comparer = (ignore: readonly NameDifference[] = []): ((name: string) => string) => {
  const ignored = new Set(ignore);
  return (name) => {
    let text = ignored.size === 0 ? name : name.normalize('NFC');
    if (ignored.has('case')) text = text.toUpperCase().toLowerCase();
    if (ignored.has('spaces')) text = text.replace(/[\s\p{Z}]+/gu, '');
    if (ignored.has('punctuation')) text = text.replace(/[\p{P}\p{S}]+/gu, '');
    return text;
  };
};

/**
 * Checks declared aliases before any file.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` where a name says nothing, or could mean two columns
 * @example
 * checkAliases({ columns: { customerId: ['Customer ID', 'cust_id'] }, ignore: ['case'] });
 */
export const checkAliases = (aliases: HeaderAliases): HeaderAliases => {
  const fail = (option: string, expected: string, got: unknown): never => {
    throw new PipelineConfigError('CONFIG_INVALID', { option, expected, got: JSON.stringify(got) ?? String(got) });
  };
  const { columns, ignore = [] } = aliases;
  if (!Array.isArray(ignore) || ignore.some((what) => !differences.includes(what)))
    fail('aliases.ignore', `a list of ${differences.join(', ')}`, ignore);
  if (typeof columns !== 'object' || columns === null || Array.isArray(columns))
    fail('aliases.columns', 'an object of lists of names', columns);
  const keyOf = comparer(ignore);
  const owners = new Map<string, string>();
  for (const [to, names] of Object.entries(columns)) {
    if (!Array.isArray(names)) fail(`aliases.columns.${to}`, 'a list of names', names);
    if (to in Object.prototype || to.startsWith(reservedPrefix) || to.trim() === '')
      fail('aliases.columns', 'names that a column can have', to);
    for (const name of [to, ...names]) {
      if (typeof name !== 'string' || keyOf(name).trim() === '')
        fail(`aliases.columns.${to}`, 'names with something in them that counts when names are compared', name);
      const owner = owners.get(keyOf(name));
      if (owner !== undefined && owner !== to)
        fail(`aliases.columns.${to}`, `names that no other column has, as ${JSON.stringify(owner)} does`, name);
      owners.set(keyOf(name), to);
    }
  }
  return aliases;
};

/**
 * Gives the columns of a header the names that they were declared under. Columns of which nothing was declared keep theirs.
 *
 * @throws PipelineSourceError `CSV_BAD_HEADER` where two columns of the header would get the same name
 */
export const mapColumns = (
  names: readonly string[],
  { columns: declared, ignore }: HeaderAliases,
  bad: BadHeader,
): MappedColumns => {
  const keyOf = comparer(ignore);
  const owners = new Map(
    Object.entries(declared).flatMap(([to, aliases]) => [to, ...aliases].map((name) => [keyOf(name), to] as const)),
  );
  const taken = new Map<string, string>();
  const renamed: RenamedColumn[] = [];
  const columns = names.map((from) => {
    const to = owners.get(keyOf(from));
    if (to === undefined) return from;
    const other = taken.get(to);
    if (other !== undefined)
      throw bad(
        `has two columns that are both declared as ${JSON.stringify(to)}: ${JSON.stringify(other)} and this one`,
        'one of them',
        { column: from },
      );
    taken.set(to, from);
    if (to !== from) renamed.push({ from, to });
    return to;
  });
  return { columns, renamed };
};
