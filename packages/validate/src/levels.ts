import { PipelineConfigError, type RowIssue } from '@pipeline/core';
import { quote } from './rule-error.ts';
import { isSchemaObject, type JsonSchema } from './schema-keywords.ts';

/** How grave an issue is: an `error` rejects its row, a `warning` is counted. */
export type Severity = RowIssue['severity'];

/** Says how grave some issues are: those of a column, of a keyword, or of both. */
export interface RuleLevel {
  readonly level: Severity;
  /** @default all columns, and rows as a whole */
  readonly column?: string;
  /** What issues have as `rule`: a keyword of the schema, or a library's own code. @default all */
  readonly rule?: string;
}

/** How grave the issues of a rule are. */
export interface Levels {
  readonly of: (rule: string, column: string | undefined, schemaPath: string) => Severity;
  /** Whether any may be a warning. */
  readonly mixed: boolean;
}

/** The annotation of a schema that says how grave it is to fail it, or any schema inside it that does not say otherwise. */
export const levelKeyword = 'x-level';

/**
 * Levels out of options and annotations: the first option that fits decides, else the annotation of the column itself for what
 * is said of it from outside (`required`), else the innermost annotation around the keyword that failed.
 *
 * @param schema - without `$ref`
 * @throws PipelineConfigError `CONFIG_INVALID`
 */
export const createLevels = (options: readonly RuleLevel[], schema: JsonSchema, locale: string | undefined): Levels => {
  checkLevels(options, locale);
  if (options.every(({ level }) => level === 'error') && !hasLevel(schema)) return allErrors;
  const known = new Map<string, Severity | undefined>();
  const annotated = (schemaPath: string): Severity | undefined => {
    if (!known.has(schemaPath)) {
      if (known.size >= maxKnown) known.clear();
      known.set(schemaPath, levelAt(schema, schemaPath));
    }
    return known.get(schemaPath);
  };
  const { properties } = schema;
  const ofColumn = (column: string | undefined): unknown => {
    const named = column !== undefined && isSchemaObject(properties) && Object.hasOwn(properties, column);
    const own = named ? properties[column] : undefined;
    return isSchemaObject(own) ? own[levelKeyword] : undefined;
  };
  return {
    mixed: true,
    of: (rule, column, schemaPath) => {
      const asked = options.find((one) => (one.rule ?? rule) === rule && (one.column ?? column) === column);
      if (asked !== undefined) return asked.level;
      const outside = schemaPath.startsWith('#/properties/') ? undefined : (ofColumn(column) as Severity | undefined);
      return outside ?? annotated(schemaPath) ?? 'error';
    },
  };
};

const maxKnown = 10_000;

const allErrors: Levels = { of: () => 'error', mixed: false };

/** The level of the innermost schema around a place that has one. */
const levelAt = (schema: JsonSchema, schemaPath: string): Severity | undefined => {
  let level: unknown;
  let at: unknown = schema;
  // A step into `properties` leads to a map of names, which is no schema even if a column is called like the keyword.
  let inMap = false;
  for (const step of [undefined, ...stepsOf(schemaPath)]) {
    if (step !== undefined) {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) break;
      at = (at as Record<string, unknown>)[step];
      inMap = !inMap && maps.has(step);
    }
    if (!inMap && isSchemaObject(at) && isLevel(at[levelKeyword])) level = at[levelKeyword];
  }
  return level as Severity | undefined;
};

const maps: ReadonlySet<string> = new Set([
  ...[
    'properties',
    'patternProperties',
    'dependencies',
    'dependentSchemas',
    'dependentRequired',
    'definitions',
    '$defs',
  ],
]);

const stepsOf = (schemaPath: string): readonly string[] =>
  schemaPath
    .split('/')
    .slice(1)
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'));

/** Whether a schema says a level anywhere; a column of that name only makes it look closer than it need. */
const hasLevel = (schema: unknown): boolean =>
  typeof schema === 'object' &&
  schema !== null &&
  (Object.hasOwn(schema, levelKeyword) || Object.values(schema).some(hasLevel));

export const isLevel = (level: unknown): level is Severity => level === 'error' || level === 'warning';

const checkLevels = (options: unknown, locale: string | undefined): void => {
  const fail = (option: string, expected: string, got: unknown): never => {
    throw new PipelineConfigError(
      'CONFIG_INVALID',
      { option, expected, got: quote(got) },
      locale === undefined ? {} : { locale },
    );
  };
  if (!Array.isArray(options)) fail('levels', 'an array', options);
  for (const [index, one] of (options as readonly Partial<RuleLevel>[]).entries()) {
    const place = `levels[${index}]`;
    if (!isSchemaObject(one)) fail(place, '{ level, column, rule }', one);
    const { level, column, rule, ...strange } = one;
    if (Object.keys(strange).length > 0) fail(place, '{ level, column, rule }', Object.keys(strange)[0]);
    if (!isLevel(level)) fail(`${place}.level`, '"error" or "warning"', level);
    if (column !== undefined && typeof column !== 'string') fail(`${place}.column`, 'the name of a column', column);
    if (rule !== undefined && typeof rule !== 'string') fail(`${place}.rule`, 'the name of a rule', rule);
  }
};
