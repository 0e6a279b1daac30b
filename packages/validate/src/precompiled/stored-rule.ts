import { PipelineConfigError } from '@pipeline/core';
import type { RowRule, RuleOptions } from '../compile-rule.ts';
import type { CheckValue } from '../fast/judge.ts';
import type { LinearPattern } from '../patterns/run-program.ts';
import { rowShape } from '../row-shape.ts';
import { ruleOfParts } from '../rule-of-parts.ts';
import { ruleSettings } from '../rule-options.ts';
import type { JsonSchema } from '../schema-keywords.ts';
import { type StoredFast, storedCode } from './stored-code.ts';

/** Options of a rule that its code does not depend on: they can be given, or given anew, where a module is loaded. */
export type LoadOptions<Row> = Pick<
  RuleOptions<Row>,
  'checks' | 'levels' | 'maxIssuesPerRow' | 'maxValueChars' | 'locale'
>;

/** Options that a module can hold: all that are data. */
export type StoredOptions = Omit<RuleOptions<never>, 'checks'>;

/** Raised when modules made before cannot be read any more. */
export const storedFormat = 1;

/** What a module of a rule holds. */
export interface StoredRule {
  readonly format: number;
  readonly source: JsonSchema;
  /** Without `$ref`; left out where it is the source without `$schema` and `$id`. */
  readonly schema?: JsonSchema;
  readonly options: StoredOptions;
  readonly checkRow: CheckValue;
  readonly fast?: StoredFast;
  readonly linear: (source: string, flags: string) => Pick<LinearPattern, 'test'>;
}

/**
 * Makes the rule that a module of `pipeline compile-rule` holds. The module calls it.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` for an option that is wrong or was settled when the module was made, and
 * for a module of another format
 */
export const storedRule = <Out>(stored: StoredRule, options: LoadOptions<Out> = {}): RowRule<Out> => {
  checkStored(stored, options);
  const { source, options: held, checkRow, fast, linear } = stored;
  const schema = stored.schema ?? unnamed(source);
  return ruleOfParts<Out>(
    {
      ...{ source, schema },
      shape: rowShape(schema, (pattern) => linear(pattern, 'u')),
      checkOf: () => checkRow,
      codeOf: () => (fast === undefined ? undefined : storedCode(fast)),
    },
    ruleSettings({ ...held, ...options }),
  );
};

/** A schema as it is compiled, where nothing refers to its parts. */
export const unnamed = ({ $schema: _, $id: __, ...rest }: JsonSchema): JsonSchema => rest;

const changeable: ReadonlySet<string> = new Set<keyof LoadOptions<never>>([
  ...(['checks', 'levels', 'maxIssuesPerRow', 'maxValueChars', 'locale'] as const),
]);

const checkStored = ({ format }: StoredRule, options: LoadOptions<never>): void => {
  const fail = (option: string, expected: string, got: unknown): never => {
    throw new PipelineConfigError('CONFIG_INVALID', { option, expected, got: JSON.stringify(got) });
  };
  if (format !== storedFormat)
    fail('the module of the rule', `format ${storedFormat}; make it anew with pipeline compile-rule`, format);
  const settled = Object.keys(options).find((name) => !changeable.has(name));
  if (settled !== undefined)
    fail('createRule', `options out of ${[...changeable].join(', ')}; others are settled by the module`, settled);
};
