export type { RowOutcome, RowRule } from '../compile-rule.ts';
export { exactNumber } from '../exact/exact-number.ts';
export type { RuleLevel, Severity } from '../levels.ts';
export { createMultipleOf as multipleOf } from '../multiple-of.ts';
export { defineCheck, type RowCheck, type RowProblem, type RowVerdict } from '../row-check.ts';
export type { JsonSchema } from '../schema-keywords.ts';
export { type UniqueRowsOptions, uniqueRows } from '../unique/unique-rows.ts';
export { type ValidateOptions, validate } from '../validate.ts';
// What compiled schemas call of ajv, a file each so that a bundle has only those that are called.
export { equal } from './ajv/equal.ts';
export { formats } from './ajv/formats.ts';
export { ucs2length } from './ajv/ucs2length.ts';
export { linearPatterns } from './linear-patterns.ts';
export { type LoadOptions, storedRule } from './stored-rule.ts';
