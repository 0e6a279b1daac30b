export { compileRule, type RowOutcome, type RowRule, type RuleOptions } from './compile-rule.ts';
export { defineCheck, type RowCheck, type RowVerdict } from './row-check.ts';
export type { JsonSchema } from './schema-keywords.ts';
export { type UniqueRowsOptions, uniqueRows } from './unique/unique-rows.ts';
export { type Severity, type ValidateOptions, validate } from './validate.ts';
