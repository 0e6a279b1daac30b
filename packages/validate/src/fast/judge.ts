import type { ErrorObject } from 'ajv';
import type { ReadText } from '../read-text.ts';

/** A compiled schema: says whether a value fits and keeps what it found wrong. */
export interface CheckValue {
  (value: unknown): boolean;
  errors?: readonly ErrorObject[] | null;
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

export const createJudge = (read: ReadText, check: CheckValue, required: boolean): ColumnJudge => {
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
      return check(value) || fails(text, check.errors ?? []);
    },
    failure,
  };
};
