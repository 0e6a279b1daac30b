import { formatMessage, PipelineConfigError, type RowIssue } from '@pipeline/core';
import type { ErrorObject } from 'ajv';
import { createAjv } from './create-ajv.ts';
import { readSchema } from './read-schema.ts';
import { reasonOf } from './reasons.ts';
import { quote, type Refuse, refuse } from './rule-error.ts';
import { type Dialect, isSchemaObject, type JsonSchema, mapChildren } from './schema-keywords.ts';

/** What a schema needs besides itself. */
export interface SchemaOptions {
  /** Schemas that it refers to, by their URI. Nothing is fetched. @default {} */
  readonly schemas?: Readonly<Record<string, JsonSchema | boolean>>;
  /** What a schema is written in that does not say it by `$schema`. @default 'draft-07' */
  readonly dialect?: Dialect;
  /**
   * Whether `format` is checked. The specifications let it be an annotation, and 2020-12 makes it one.
   * @default true
   */
  readonly formats?: boolean;
  /**
   * Most levels of a value, from 1 to 1,000: an array of numbers has two. A deeper one is not looked at further, as that could
   * take more stack than there is.
   * @default 100
   */
  readonly maxDepth?: number;
  /** A BCP 47 tag for messages. @default 'en' */
  readonly locale?: string;
}

/** What is wrong with a value, and where. */
export interface ValueIssue extends Pick<RowIssue, 'rule' | 'message'> {
  /** Where it stands in the value, a JSON pointer; `''` is the value itself. */
  readonly pointer: string;
}

/** A compiled schema for values of any kind. */
export interface ValueRule {
  /** All that is wrong with a value; none of one that is valid. Of one with too many levels that alone, as rule `maxDepth`. */
  readonly check: (value: unknown) => readonly ValueIssue[];
}

/**
 * Compiles a JSON Schema (draft-07, or 2020-12 by its `$schema`) for values of any kind, such as items of JSON Lines; rows of
 * a file, which are flat and made of text, have `compileRule`. It keeps to the specification where rules are stricter: unknown
 * keywords are annotations, and `$ref` in draft-07 hides what stands beside it.
 *
 * @throws PipelineConfigError `RULE_INVALID`, also for patterns that cannot be run in linear time and for schemas beyond 1 MiB
 * or 100 levels; `CONFIG_INVALID` for a wrong option
 *
 * @example
 * const order = compileSchema({ type: 'object', required: ['items'], properties: { items: { type: 'array', minItems: 1 } } });
 * order.check({ items: [] }); // [{ pointer: '/items', rule: 'minItems', message: 'must NOT have fewer than 1 items' }]
 */
export const compileSchema = (input: JsonSchema | boolean, options: SchemaOptions = {}): ValueRule => {
  const { schemas = {}, dialect: unnamed = 'draft-07', formats = true, maxDepth = 100, locale } = options;
  checkDepth(maxDepth, locale);
  const fail: Refuse = (pointer, reason, cause) => refuse(pointer, reason, locale, cause);
  const { schema, dialect: named } = readSchema(typeof input === 'boolean' ? { allOf: [input] } : input, fail);
  const dialect = schema.$schema === undefined ? unnamed : named;
  const ajv = createAjv(dialect, {
    strict: false,
    validateFormats: formats,
    ownProperties: true,
    ignoreKeywordsWithRef: dialect === 'draft-07',
  });
  try {
    for (const [uri, other] of Object.entries(schemas))
      ajv.addSchema(withoutEmptyEnums(dialect, other) as JsonSchema, uri);
    const validate = ajv.compile(withoutEmptyEnums(dialect, schema) as JsonSchema);
    return {
      check: (value) => {
        if (isDeeper(value, maxDepth)) return [tooDeep(maxDepth, locale)];
        return validate(value) ? [] : (validate.errors ?? []).map((error) => issueOf(error, locale));
      },
    };
  } catch (cause) {
    return fail('', `expected a schema that compiles, got: ${(cause as Error).message}`, cause);
  }
};

/** ajv refuses an empty `enum`, which the specification lets be: nothing is valid then. */
const withoutEmptyEnums = (dialect: Dialect, schema: unknown): unknown => {
  if (!isSchemaObject(schema)) return schema;
  const inner = mapChildren(dialect, schema, (child) => withoutEmptyEnums(dialect, child));
  if (!Array.isArray(inner.enum) || inner.enum.length > 0) return inner;
  const { enum: _, allOf, ...rest } = inner;
  return { ...rest, allOf: [...(Array.isArray(allOf) ? allOf : []), false] };
};

const checkDepth = (maxDepth: unknown, locale: string | undefined): void => {
  if (Number.isSafeInteger(maxDepth) && Number(maxDepth) >= 1 && Number(maxDepth) <= 1_000) return;
  throw new PipelineConfigError(
    'CONFIG_INVALID',
    { option: 'maxDepth', expected: 'a whole number from 1 to 1,000', got: quote(maxDepth) },
    locale === undefined ? {} : { locale },
  );
};

const isDeeper = (value: unknown, levels: number): boolean => {
  if (levels === 0) return true;
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((item) => isDeeper(item, levels - 1));
  for (const name in value) if (isDeeper((value as Record<string, unknown>)[name], levels - 1)) return true;
  return false;
};

const tooDeep = (maxDepth: number, locale: string | undefined): ValueIssue => ({
  pointer: '',
  rule: 'maxDepth',
  message: formatMessage('RULE_FAILED', { reason: `has more than ${maxDepth} levels` }, locale),
});

const issueOf = (error: ErrorObject, locale: string | undefined): ValueIssue => ({
  pointer: error.instancePath,
  rule: error.keyword,
  message: formatMessage('RULE_FAILED', { reason: reasonOf(error, { present: false }) }, locale),
});
