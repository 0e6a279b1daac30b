import type { CsvRecord, RowBatch, RowIssue } from '@pipeline/core';
import type { RowOutcome, RowRule } from './compile-rule.ts';
import { isError } from './row-issues.ts';

/** What a rule says of a batch. */
export interface CheckedBatch<Out> {
  /** All issues of each row that failed, by its index in the batch; empty where all passed. */
  readonly failures: readonly (readonly RowIssue[] | undefined)[];
  /** Of rows that passed. */
  readonly warnings: readonly RowIssue[];
  /** Makes the typed view of the rows that passed. */
  readonly makeRows: () => readonly Out[];
}

/**
 * Checks the rows of a batch: on their bytes where those settle that a row passes or by which columns it fails, else as
 * objects. No object is made of a row that nobody looks at.
 *
 * @param weigh - says how grave issues are; without it they are as the rule has them
 */
export const checkBatch = <Out>(
  batch: RowBatch<CsvRecord>,
  rule: RowRule<Out>,
  weigh?: (outcome: RowOutcome<Out>) => RowOutcome<Out>,
): CheckedBatch<Out> => {
  const { records, positions, untouched } = batch;
  const onBytes = untouched ? bytesOf(batch, rule) : undefined;
  const rowAt = untouched
    ? (index: number) => records.record(positions[index]!)
    : (index: number) => batch.rows[index]!;
  const read = (onBytes?.read as ((row: CsvRecord) => Out) | undefined) ?? rule.read;
  const values = new Array<Out | undefined>(positions.length);
  const failures: (readonly RowIssue[] | undefined)[] = [];
  const fail = (index: number, issues: readonly RowIssue[]): void => {
    while (failures.length < index) failures.push(undefined);
    failures.push(issues);
  };
  const warnings: RowIssue[] = [];

  for (let index = 0; index < positions.length; index++) {
    const position = positions[index]!;
    const passed = onBytes?.passes(position) ?? false;
    if (passed && rule.checkRead === undefined) continue;
    const issues = passed || weigh !== undefined ? undefined : onBytes?.explain();
    if (issues !== undefined) {
      if (isError(issues[0]!)) {
        fail(index, issues);
        continue;
      }
      if (onBytes!.warnsOnBytes && rule.checkRead === undefined) {
        for (const warning of issues) warnings.push(warning);
        continue;
      }
    }
    const row = rowAt(index);
    const rowNumber = records.rowNumber(position);
    const said = passed ? rule.checkRead!(read(row), row, rowNumber) : rule.check(row, rowNumber);
    const outcome = weigh?.(said) ?? said;
    if (outcome.ok) {
      values[index] = outcome.value;
      for (const warning of outcome.warnings) warnings.push(warning);
    } else fail(index, outcome.issues);
  }

  const makeRows = (): readonly Out[] => {
    const rows: Out[] = [];
    for (let index = 0; index < positions.length; index++)
      if (failures[index] === undefined) rows.push(values[index] ?? read(rowAt(index)));
    return rows;
  };
  return { failures, warnings, makeRows };
};

/** A rule on the bytes of a batch. */
interface OnBytes {
  /** Whether the record at a position passes for sure. */
  passes(position: number): boolean;
  /** What is wrong with the record that was asked about last. */
  explain(): readonly RowIssue[] | undefined;
  /** Makes the typed row of a record. */
  readonly read: ((row: CsvRecord) => unknown) | undefined;
  /** Whether rows with nothing but warnings have the values that reading gives. */
  readonly warnsOnBytes: boolean;
}

/** `undefined` where bytes cannot be asked. */
const bytesOf = ({ records }: RowBatch<CsvRecord>, rule: RowRule<unknown>): OnBytes | undefined => {
  const table = records.table?.();
  if (table === undefined) return undefined;
  const { bytes, ends } = table;
  const fast = rule.compileFast(records.columns, { quote: table.quote, escape: table.escape });
  if (fast === undefined) return undefined;
  const failed = new Uint16Array(records.columns.length);
  let current = 0;
  let count = 0;
  const field = (column: number): string => records.field(current, column);
  return {
    passes(position) {
      current = position;
      const first = table.first(position);
      count = first < 0 ? -1 : fast.check(bytes, ends, first, field, failed);
      return count === 0;
    },
    read: fast.read,
    warnsOnBytes: fast.warnsOnBytes,
    explain: () => (count < 0 ? undefined : fast.explain(failed, count)),
  };
};
