import type { CheckField } from '../fast/column-code.ts';
import type { CheckFields, FastCode, ReadRow } from '../fast/fast-code.ts';
import { type FieldName, fieldNames } from '../fast/field-names.ts';
import type { CheckValue } from '../fast/judge.ts';
import type { ReadText } from '../read-text.ts';
import { loadTable, type StoredTable } from './stored-table.ts';

/** What a module holds of one column. */
export interface StoredColumn {
  readonly checkValue: CheckValue;
  /** Left out where values must be made. */
  readonly checkField?: (names: Readonly<Record<FieldName, unknown>>) => CheckField;
  /** Of its patterns; `null` where the code does without. */
  readonly tables?: readonly (StoredTable | null)[];
}

/** What a module holds for checks on bytes. */
export interface StoredFast {
  readonly columns: Readonly<Record<string, StoredColumn>>;
  /** For columns that the schema does not name. */
  readonly others: StoredColumn;
  /** Columns of the files that the code below is for. */
  readonly layout: readonly string[];
  readonly checkFields: (...checks: readonly CheckField[]) => CheckFields;
  readonly readRow: (...readers: readonly ReadText[]) => ReadRow;
}

/** Takes code out of a module. */
export const storedCode = ({ columns, others, layout, checkFields, readRow }: StoredFast): FastCode => {
  const columnOf = (name: string): StoredColumn => (Object.hasOwn(columns, name) ? columns[name]! : others);
  return {
    checkValue: ({ name }) => columnOf(name).checkValue,
    checkField: (plan, column, judge, quoting) => {
      const { checkField, tables = [] } = columnOf(plan.name);
      const loaded = tables.map((table) => (table === null ? undefined : loadTable(table)));
      return checkField?.(fieldNames(plan, column, judge, loaded, quoting));
    },
    // The code knows columns by their places alone, so files may have them in any order.
    checkFields: (checks) =>
      checks.length === layout.length ? checkFields(...checks.map((check) => check ?? passes)) : eachField(checks),
    readRow: (names, readerOf) =>
      names.length === layout.length && names.every((name, i) => name === layout[i])
        ? readRow(...names.map(readerOf))
        : undefined,
  };
};

const passes: CheckField = () => true;

/** For files with more or fewer columns than the code is for; nothing may be compiled where modules are loaded. */
const eachField = (checks: readonly (CheckField | undefined)[]): CheckFields => {
  const last = checks.length - 1;
  return (bytes, ends, at, field, failed) => {
    let count = 0;
    let s = at === 0 ? 0 : ends[at - 1]! + 1;
    for (let column = 0; column <= last; column++) {
      const end = ends[at + column]!;
      // The CR of a CRLF is not of the field, if it stands in it.
      const e = column === last && bytes[end] === 10 && end > s && bytes[end - 1] === 13 ? end - 1 : end;
      const check = checks[column];
      if (check !== undefined && !check(bytes, s, e, field)) failed[count++] = column;
      s = end + 1;
    }
    return count;
  };
};
