import { createMultipleOf } from '../multiple-of.ts';
import type { PatternTable } from '../patterns/run-program.ts';
import type { Quoting } from './column-code.ts';
import { isDate, isDateTime, isTime } from './date-bytes.ts';
import type { ColumnJudge } from './judge.ts';
import type { ColumnPlan } from './plan-columns.ts';

const powers = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

export const fieldNameList = [
  ...(['isDate', 'isTime', 'isDateTime', 'powers', 'column', 'slow', 'isMultiple', 'tables', 'matches'] as const),
  ...(['quote', 'escape'] as const),
] as const;

/** A name in the code of a column. */
export type FieldName = (typeof fieldNameList)[number];

/** What the names in the code of a column stand for. */
export const fieldNames = (
  { checks }: ColumnPlan,
  column: number,
  judge: ColumnJudge,
  tables: readonly (PatternTable | undefined)[],
  quoting: Quoting,
): Readonly<Record<FieldName, unknown>> => ({
  isDate,
  isTime,
  isDateTime,
  powers,
  column,
  slow: judge.passes,
  isMultiple:
    checks !== undefined && 'multipleOf' in checks && checks.multipleOf !== undefined
      ? createMultipleOf(checks.multipleOf)
      : undefined,
  tables: tables.map((table) => table?.steps),
  matches: tables.map((table) => table?.matches),
  quote: quoting.quote,
  escape: quoting.escape,
});
