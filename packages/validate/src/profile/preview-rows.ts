import { type CsvRecord, PipelineConfigError, type RowIssue, type Rows } from '@pipeline/core';
import type { RowRule } from '../compile-rule.ts';

/** A row as a person looks at it. */
export interface PreviewedRow {
  /** 1-based data row in the source. */
  readonly rowNumber: number;
  /** Offset in the source of the record's first byte. */
  readonly byteOffset: number;
  /** Its fields as text, in file order; where it has too few, empty ones behind them. */
  readonly values: readonly string[];
  /** What the rule made of it; the text where there is no rule. Absent for a malformed record. */
  readonly typed?: Readonly<Record<string, unknown>>;
  /** All that is wrong with it, warnings included. */
  readonly issues: readonly RowIssue[];
}

/** What is looked at. */
export interface PreviewOptions {
  /** The rule that rows are held against. @default none */
  readonly rule?: RowRule<unknown>;
  /** Most rows, from 1. @default 20 */
  readonly rows?: number;
}

/**
 * The first rows with their typed values and issues, without a batch. It reads no further than it must: give it rows in
 * batches that are no larger than what you look at.
 *
 * @throws PipelineSourceError `CSV_BAD_HEADER` where the columns do not fit the rule; PipelineConfigError `CONFIG_INVALID`;
 * what `rows` throws
 * @example
 * const rows = readObjectRows({ bucket: 'inbox', key: 'orders.csv' }, { store, batchRows: 20 });
 * for (const { rowNumber, typed, issues } of await previewRows(rows, { rule })) console.log(rowNumber, typed, issues);
 */
export const previewRows = async (
  source: Rows<CsvRecord>,
  { rule, rows = 20 }: PreviewOptions = {},
): Promise<readonly PreviewedRow[]> => {
  if (!Number.isSafeInteger(rows) || rows < 1)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'rows',
      expected: 'a whole number from 1',
      got: String(rows),
    });
  const seen: PreviewedRow[] = [];
  for await (const { records, positions, rejects } of source) {
    if (seen.length === 0) rule?.checkHeader(records.columns);
    const first = records.length === 0 ? 0 : records.rowNumber(0);
    const malformed = new Map(rejects.map((reject) => [reject.rowNumber - first, reject]));
    const sound = new Set(positions);
    for (let position = 0; position < records.length && seen.length < rows; position++) {
      const place = { rowNumber: records.rowNumber(position), byteOffset: records.byteOffset(position) };
      const values = records.values(position);
      const reject = malformed.get(position);
      if (reject !== undefined) seen.push({ ...place, values, issues: reject.issues });
      else if (sound.has(position))
        seen.push({ ...place, values, ...check(rule, records.record(position), place.rowNumber) });
    }
    if (seen.length >= rows) break;
  }
  return seen;
};

const check = (rule: RowRule<unknown> | undefined, record: CsvRecord, rowNumber: number) => {
  if (rule === undefined) return { typed: record, issues: [] };
  const outcome = rule.check(record, rowNumber);
  return {
    typed: outcome.value as Readonly<Record<string, unknown>>,
    issues: outcome.ok ? outcome.warnings : outcome.issues,
  };
};
