import { PipelineConfigError, usualValueChars } from '@pipeline/core';
import type { StandardRuleOptions } from './compile-rule.ts';
import { checkOptions } from './row-check.ts';
import { quote } from './rule-error.ts';

/** Options of a rule with their defaults. */
export type RuleSettings = Required<Omit<StandardRuleOptions<unknown>, 'locale'>> & {
  readonly locale: string | undefined;
};

const defaults: RuleSettings = {
  coerce: true,
  nullTokens: [''],
  trim: false,
  columns: {},
  checks: [],
  levels: [],
  maxIssuesPerRow: 100,
  maxValueChars: usualValueChars,
  requiredColumns: [],
  locale: undefined,
};

/** @throws PipelineConfigError `CONFIG_INVALID` */
export const ruleSettings = (options: StandardRuleOptions<never>): RuleSettings => {
  const settings: RuleSettings = { ...defaults, ...withoutUndefined(options) };
  checkSettings(settings);
  checkOptions(settings.checks, settings.locale);
  return settings;
};

const withoutUndefined = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

const checkSettings = (settings: RuleSettings): void => {
  const { nullTokens, trim, requiredColumns, maxIssuesPerRow, maxValueChars, locale } = settings;
  const fail = (option: string, expected: string, got: unknown): never => {
    throw new PipelineConfigError(
      'CONFIG_INVALID',
      { option, expected, got: quote(got) },
      locale === undefined ? {} : { locale },
    );
  };
  if (!areTexts(nullTokens)) fail('nullTokens', 'an array of texts', nullTokens);
  if (typeof trim !== 'boolean') fail('trim', 'true or false', trim);
  if (!areTexts(requiredColumns)) fail('requiredColumns', 'an array of column names', requiredColumns);
  if (!Number.isSafeInteger(maxIssuesPerRow) || maxIssuesPerRow < 1)
    fail('maxIssuesPerRow', 'a whole number from 1', maxIssuesPerRow);
  if (!Number.isSafeInteger(maxValueChars) || maxValueChars < 0 || maxValueChars > 10_000)
    fail('maxValueChars', 'a whole number from 0 to 10,000', maxValueChars);
};

const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every((text) => typeof text === 'string');
