export type { ColumnOptions } from './columns/column-options.ts';
export {
  compileRule,
  type RowOutcome,
  type RowRule,
  type RuleOptions,
  type StandardRuleOptions,
} from './compile-rule.ts';
export { compileSchema, type SchemaOptions, type ValueIssue, type ValueRule } from './compile-schema.ts';
export type { RuleLevel, Severity } from './levels.ts';
export type { RuleModuleOptions } from './precompiled/module-options.ts';
export { compileRuleModule, type RuleModule } from './precompiled/rule-module.ts';
export type { LoadOptions } from './precompiled/stored-rule.ts';
export { defineCheck, type RowCheck, type RowProblem, type RowVerdict } from './row-check.ts';
export type { JsonSchema } from './schema-keywords.ts';
export type { StandardSchema } from './standard/standard-rule.ts';
export { type UniqueRowsOptions, uniqueRows } from './unique/unique-rows.ts';
export { type ValidateOptions, validate } from './validate.ts';
