import type { Ajv } from 'ajv';
import type { ColumnReadings } from '../columns/column-options.ts';
import { compileLinear } from '../patterns/linear-pattern.ts';
import { PatternRefusal } from '../patterns/program.ts';
import type { PatternTable } from '../patterns/run-program.ts';
import type { ReadSettings } from '../read-row.ts';
import type { RowShape } from '../row-shape.ts';
import type { ColumnParts } from './column-code.ts';
import type { ColumnJudge } from './judge.ts';
import type { ColumnChecks, ColumnPlan } from './plan-columns.ts';

/** What the code of columns depends on besides their schemas. */
export interface CodeSettings extends ReadSettings {
  readonly shape: RowShape;
  /** Columns that are read otherwise than by their types; their texts are made. */
  readonly readings: ColumnReadings;
  readonly formats: Ajv['formats'];
}

/** What the code of a column is made of; `undefined` where its values must be made. */
export const columnParts = (
  plan: ColumnPlan,
  judge: ColumnJudge,
  settings: CodeSettings,
): (ColumnParts & { readonly checks: ColumnChecks }) | undefined => {
  const { shape, nullTokens, coerce, readings, formats } = settings;
  const { checks } = plan;
  const reading = readings.get(plan.name);
  const byType = reading === undefined || (reading.read === undefined && reading.nullTokens === undefined);
  if (checks === undefined || !byType || (checks.kind !== 'text' && !coerce)) return undefined;
  const tests = checks.kind === 'text' ? textTests(checks, formats) : { tables: [] };
  if (tests === undefined) return undefined;
  const { texts } = shape.column(plan.name);
  const tokens = [...nullTokens].filter((token) => !texts.has(token));
  return {
    ...tests,
    checks,
    nullTokens: tokens,
    emptyPasses: tokens[0] !== undefined && judge.passes(tokens[0]),
    trim: reading?.trim ?? settings.trim,
  };
};

/** Tables beyond this do not stay in the processor's cache. */
const maxStates = 256;

const bytesOfFormat = { date: 'isDate', time: 'isTime', 'date-time': 'isDateTime' } as const;

/** How patterns and formats are tested on bytes; `undefined` where they are not. */
const textTests = (
  { pattern, format }: { readonly pattern?: string; readonly format?: string },
  formats: Ajv['formats'],
): Pick<ColumnParts, 'tables' | 'format'> | undefined => {
  const tables: PatternTable[] = [];
  const add = (source: string, flags: string): boolean => {
    const table = tableOf(source, flags);
    if (table !== undefined) tables.push(table);
    return table !== undefined;
  };
  if (pattern !== undefined && !add(pattern, 'u')) return undefined;
  if (format === undefined) return { tables };
  if (Object.hasOwn(bytesOfFormat, format))
    return { tables, format: bytesOfFormat[format as keyof typeof bytesOfFormat] };
  const known = formats[format];
  if (known === true) return { tables };
  const test = typeof known === 'object' && !(known instanceof RegExp) ? known.validate : known;
  if (test instanceof RegExp && /^[iu]*$/.test(test.flags) && add(test.source, test.flags)) return { tables };
  return undefined;
};

const tableOf = (source: string, flags: string): PatternTable | undefined => {
  try {
    return compileLinear(source, flags).table(maxStates);
  } catch (error) {
    if (error instanceof PatternRefusal) return undefined;
    throw error;
  }
};
