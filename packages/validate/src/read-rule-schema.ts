import type { Ajv } from 'ajv';
import { checkColumns } from './check-columns.ts';
import { createAjv } from './create-ajv.ts';
import type { CheckValue } from './fast/judge.ts';
import { inlineRefs } from './inline-refs.ts';
import { inspectSchema } from './inspect-schema.ts';
import { compileLinear } from './patterns/linear-pattern.ts';
import { readSchema } from './read-schema.ts';
import { type RowShape, rowShape } from './row-shape.ts';
import { quote, type Refuse, refuse } from './rule-error.ts';
import type { Dialect, JsonSchema } from './schema-keywords.ts';

/** The schema of a rule, looked through before anything is compiled. */
export interface RuleSchema {
  /** As it was given. */
  readonly source: JsonSchema;
  /** Without `$ref`. */
  readonly schema: JsonSchema;
  readonly shape: RowShape;
  readonly dialect: Dialect;
  /** An ajv of the schema's dialect. */
  readonly ajv: Ajv;
}

/** @throws PipelineConfigError `RULE_INVALID` with the place as a JSON pointer */
export const readRuleSchema = (input: unknown, locale: string | undefined): RuleSchema => {
  const fail: Refuse = (pointer, reason, cause) => refuse(pointer, reason, locale, cause);
  const { schema: source, dialect } = readSchema(input, fail);
  const ajv = createAjv(dialect);
  const anchors = inspectSchema(source, dialect, new Set(Object.keys(ajv.formats)), fail);
  const { $schema: _, ...body } = source;
  if (ajv.validateSchema(body) !== true) {
    const [error] = ajv.errors ?? [];
    const allowed =
      error?.keyword === 'enum' ? `: ${quote((error.params as { allowedValues: unknown }).allowedValues)}` : '';
    fail(
      error?.instancePath ?? '',
      `expected what JSON Schema ${dialect} allows; it ${error?.message ?? 'is invalid'}${allowed}`,
    );
  }
  const inlined = inlineRefs(source, dialect, anchors, fail);
  const shape = rowShape(inlined.schema, compileLinear);
  checkColumns(inlined, shape, fail);
  return { source, schema: inlined.schema, shape, dialect, ajv: ajv as Ajv };
};

/** @throws PipelineConfigError `RULE_INVALID` for what ajv does not compile */
export const compileChecks = (ajv: Ajv, schema: JsonSchema, locale: string | undefined): CheckValue => {
  try {
    return ajv.compile(schema);
  } catch (cause) {
    return refuse('', `expected a schema that compiles, got: ${(cause as Error).message}`, locale, cause);
  }
};
