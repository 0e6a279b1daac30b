import type { ErrorObject, ValidateFunction } from 'ajv';
import type { ReadText } from '../read-text.ts';
import { type CheckField, type ColumnParts, columnCode, type Quoting } from './column-code.ts';
import { isDate, isDateTime, isTime } from './date-bytes.ts';
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

/** A column with all that its code needs. */
export interface CompiledColumn {
  readonly plan: ColumnPlan;
  /** Of a plan with checks. */
  readonly parts?: ColumnParts;
  readonly judge: ColumnJudge;
}

/** Reads the text of a column's fields and checks the values by the column's schema. */
export interface ColumnJudge {
  readonly passes: (text: string) => boolean;
  /** What was wrong with the text that failed last. */
  readonly failure: ColumnFailure;
}

export interface ColumnFailure {
  text: string;
  /** `missing` where the text is no value and the column must have one, else what ajv found. */
  errors: readonly ErrorObject[] | 'missing';
}

export const createJudge = (read: ReadText, validate: ValidateFunction, required: boolean): ColumnJudge => {
  const failure: ColumnFailure = { text: '', errors: [] };
  const fails = (text: string, errors: ColumnFailure['errors']): boolean => {
    failure.text = text;
    failure.errors = errors;
    return false;
  };
  return {
    passes: (text) => {
      const value = read(text);
      if (value === undefined) return !required || fails(text, 'missing');
      return validate(value) || fails(text, validate.errors ?? []);
    },
    failure,
  };
};

/** Above this, the code that is made would be too long for the engine to optimise. */
const mostUnrolled = 256;

/**
 * Makes the code that checks records of a file. Only numbers, keywords and texts as JSON stand in it.
 *
 * @returns `undefined` for files with too many columns
 */
export const compileCheckFields = (columns: readonly CompiledColumn[], quoting: Quoting): CheckFields | undefined => {
  if (columns.length > mostUnrolled) return undefined;
  const checks = columns.map((column, i) => fieldCheck(column, i, quoting));
  const lines = checks.map((check, i) => (check === undefined ? '' : fieldCode(i, columns.length)));
  return new Function(
    ...checks.map((_, i) => `c${i}`),
    `return (bytes, ends, at, field, failed) => {
      let s = 0, e = 0, count = 0;
      ${lines.join('\n')}
      return count;
    };`,
  )(...checks) as CheckFields;
};

const fieldCode = (column: number, columnCount: number): string => {
  const start = column === 0 ? 'at === 0 ? 0 : ends[at - 1] + 1' : `ends[at + ${column - 1}] + 1`;
  // The CR of a CRLF is not of the field, if it stands in it.
  const cr = column === columnCount - 1 ? 'if (bytes[e] === 10 && e > s && bytes[e - 1] === 13) e--;' : '';
  return `s = ${start}; e = ends[at + ${column}]; ${cr}
    if (!c${column}(bytes, s, e, field)) failed[count++] = ${column};`;
};

const powers = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
const helpers = { isDate, isTime, isDateTime, powers };

/** `undefined` for a column that lets everything pass. */
const fieldCheck = (
  { plan, parts, judge }: CompiledColumn,
  column: number,
  quoting: Quoting,
): CheckField | undefined => {
  if (plan.schema === true && !plan.required) return undefined;
  if (plan.checks === undefined || parts === undefined) return (_bytes, _s, _e, field) => judge.passes(field(column));
  const given = {
    ...helpers,
    column,
    slow: judge.passes,
    isMultiple: parts.isMultiple,
    tables: parts.tables.map(({ steps }) => steps),
    matches: parts.tables.map(({ matches: ends }) => ends),
  };
  const code = columnCode({ ...plan, checks: plan.checks }, parts, quoting);
  return new Function(...Object.keys(given), `return (bytes, s, e, field) => {${code}\n};`)(
    ...Object.values(given),
  ) as CheckField;
};
