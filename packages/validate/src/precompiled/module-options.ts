import { PipelineConfigError } from '@pipeline/core';
import type { RuleOptions } from '../compile-rule.ts';
import { isReservedName } from '../reserved-name.ts';
import type { RowShape } from '../row-shape.ts';
import { quote, refuse } from '../rule-error.ts';
import { isStandardSchema } from '../standard/standard-rule.ts';

/** What a module of a rule is made for. */
export interface RuleModuleOptions extends Omit<RuleOptions<never>, 'checks'> {
  /**
   * Columns of the files, in their order, header names as the schema has them. Other files work as well; their typed rows are made
   * more slowly.
   * @default those that the schema names, in its order
   */
  readonly layout?: readonly string[];
}

/** @throws PipelineConfigError `CONFIG_INVALID`, and `RULE_INVALID` for a schema that is code */
export const checkModuleOptions = (input: unknown, options: object): void => {
  const { locale } = options as RuleModuleOptions;
  if (isStandardSchema(input))
    refuse('', 'expected a JSON Schema; a Standard Schema is code, which compileRule takes as it is', locale);
  if ('checks' in options)
    failOption('checks', 'given to createRule of the module, which holds no code of yours', options.checks, locale);
  const strange = Object.keys(options).find((name) => !known.has(name));
  if (strange !== undefined) failOption('options', `out of ${[...known].join(', ')}`, strange, locale);
};

/** @throws PipelineConfigError `CONFIG_INVALID` */
export const checkLayout = (layout: unknown, { required, accepts }: RowShape, locale: string | undefined): void => {
  if (!Array.isArray(layout) || layout.some((name) => typeof name !== 'string') || new Set(layout).size < layout.length)
    failOption('layout', 'an array of column names, each once', layout, locale);
  const names = layout as readonly string[];
  const missing = required.find((name) => !names.includes(name));
  if (missing !== undefined)
    failOption('layout', `columns with ${quote(missing)} among them, which the rule requires`, layout, locale);
  const strange = names.find((name) => isReservedName(name) || !accepts(name));
  if (strange !== undefined) failOption('layout', 'columns that the rule allows', strange, locale);
};

const failOption = (option: string, expected: string, got: unknown, locale: string | undefined): never => {
  throw new PipelineConfigError(
    'CONFIG_INVALID',
    { option, expected, got: quote(got) },
    locale === undefined ? {} : { locale },
  );
};

/** Named one by one, so that an option of rules that is new cannot be forgotten here. */
const known: ReadonlySet<string> = new Set(
  Object.keys({
    coerce: true,
    nullTokens: true,
    trim: true,
    columns: true,
    levels: true,
    maxIssuesPerRow: true,
    maxValueChars: true,
    locale: true,
    layout: true,
  } satisfies Record<keyof RuleModuleOptions, true>),
);
