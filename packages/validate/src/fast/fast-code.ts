import type { CsvRecord } from '@pipeline/core';
import type { ReadText } from '../read-text.ts';
import type { CheckField, Quoting } from './column-code.ts';
import type { CheckValue, ColumnJudge } from './judge.ts';
import type { ColumnPlan } from './plan-columns.ts';

/**
 * Checks a record where its fields lie: its first field ends at `ends[at]`; `field` makes the text of one where the bytes
 * do not settle it. Writes down which columns fail, in file order, and answers how many: none of a record that passes.
 */
export type CheckFields = (
  bytes: Uint8Array,
  ends: Uint32Array,
  at: number,
  field: (column: number) => string,
  failed: Uint16Array,
) => number;

/** Makes the typed row of a record that has exactly the columns that this was made for. */
export type ReadRow = (record: CsvRecord) => Record<string, unknown>;

/** Where the code of checks on bytes comes from: it is made when a file of new columns comes, or lies in a module. */
export interface FastCode {
  /** Checks the values of a column by its schema. */
  readonly checkValue: (plan: ColumnPlan) => CheckValue;
  /** Checks the fields of a column; `undefined` where their values must be made. */
  readonly checkField: (
    plan: ColumnPlan,
    column: number,
    judge: ColumnJudge,
    quoting: Quoting,
  ) => CheckField | undefined;
  /** Puts the checks of columns together; `undefined` stands for a column that lets everything pass. */
  readonly checkFields: (checks: readonly (CheckField | undefined)[]) => CheckFields;
  /** `undefined` where rows are made column by column. */
  readonly readRow: (columns: readonly string[], readerOf: (name: string) => ReadText) => ReadRow | undefined;
}

/** Above this, the code of all columns would be too long for the engine to optimise. */
export const mostUnrolled = 256;
