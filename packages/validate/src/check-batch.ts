import type { CsvRecord, RowBatch, RowIssue } from '@pipeline/core';
import type { RowOutcome, RowRule } from './compile-rule.ts';

/** What a rule says of a batch. */
export interface CheckedBatch<Out> {
  /** All issues of each row that failed, by its index in the batch. */
  readonly failures: ReadonlyMap<number, readonly RowIssue[]>;
  /** Of rows that passed. */
  readonly warnings: readonly RowIssue[];
  /** Makes the typed view of the rows that passed. */
  readonly makeRows: () => readonly Out[];
}

/**
 * Checks the rows of a batch: on their bytes where those settle that a row passes, else as objects. No object is made of a
 * row that nobody looks at.
 *
 * @param weigh - called with what the rule says of a row whenever there is something to say
 */
export const checkBatch = <Out>(
  batch: RowBatch<CsvRecord>,
  rule: RowRule<Out>,
  weigh: (outcome: RowOutcome<Out>, rowNumber: number) => RowOutcome<Out>,
): CheckedBatch<Out> => {
  const { records, positions, untouched } = batch;
  const passes = untouched ? byteCheck(batch, rule) : undefined;
  const rowAt = untouched
    ? (index: number) => records.record(positions[index]!)
    : (index: number) => batch.rows[index]!;
  const values = new Array<Out | undefined>(positions.length);
  const failures = new Map<number, readonly RowIssue[]>();
  const warnings: RowIssue[] = [];

  for (let index = 0; index < positions.length; index++) {
    const passed = passes?.(positions[index]!) ?? false;
    if (passed && rule.checkRead === undefined) continue;
    const row = rowAt(index);
    const rowNumber = records.rowNumber(positions[index]!);
    const said = passed ? rule.checkRead!(rule.read(row), row, rowNumber) : rule.check(row, rowNumber);
    const outcome = said.ok && said.warnings.length === 0 ? said : weigh(said, rowNumber);
    if (outcome.ok) {
      values[index] = outcome.value;
      for (const warning of outcome.warnings) warnings.push(warning);
    } else failures.set(index, outcome.issues);
  }

  const makeRows = (): readonly Out[] => {
    const rows: Out[] = [];
    for (let index = 0; index < positions.length; index++)
      if (!failures.has(index)) rows.push(values[index] ?? rule.read(rowAt(index)));
    return rows;
  };
  return { failures, warnings, makeRows };
};

/** Whether the record at a position passes the schema for sure; `undefined` where bytes cannot be asked. */
const byteCheck = (
  { records }: RowBatch<CsvRecord>,
  rule: RowRule<unknown>,
): ((position: number) => boolean) | undefined => {
  const table = records.table?.();
  if (table === undefined) return undefined;
  const { bytes, ends } = table;
  const check = rule.compileFast(records.columns, { quote: table.quote, escape: table.escape });
  if (check === undefined) return undefined;
  let current = 0;
  const field = (column: number): string => records.field(current, column);
  return (position) => {
    current = position;
    const first = table.first(position);
    return first >= 0 && check(bytes, ends, first, field);
  };
};
