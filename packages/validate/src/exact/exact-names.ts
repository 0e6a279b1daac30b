import type { ErrorObject } from 'ajv';

/** What keywords on the texts of numbers begin with: ajv's own look at doubles. */
export const exactPrefix = 'x-exact-';

/** Errors under the names that their keywords have in the schema as it was given. */
export const givenNames = (errors: readonly ErrorObject[]): readonly ErrorObject[] =>
  errors.some(({ keyword }) => keyword.startsWith(exactPrefix))
    ? errors.map((error) =>
        error.keyword.startsWith(exactPrefix) ? { ...error, keyword: error.keyword.slice(exactPrefix.length) } : error,
      )
    : errors;
