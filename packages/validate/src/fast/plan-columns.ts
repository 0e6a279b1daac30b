import type { RowShape } from '../row-shape.ts';
import { isSchemaObject, type JsonSchema } from '../schema-keywords.ts';
import type { Kind } from '../value-kinds.ts';

/** What the text of a field must be. */
export interface TextChecks {
  readonly kind: 'text';
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly oneOf?: readonly string[];
}

/** What the number that a field writes must be. */
export interface NumberChecks {
  readonly kind: 'integer' | 'number';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly oneOf?: readonly number[];
}

export interface BooleanChecks {
  readonly kind: 'boolean';
}

/** What is checked without making the value. */
export type ColumnChecks = TextChecks | NumberChecks | BooleanChecks;

/** What a rule says about one column of a file, as far as it can be checked without making the value. */
export interface ColumnPlan {
  readonly name: string;
  readonly required: boolean;
  /** The schema of the column. */
  readonly schema: JsonSchema | boolean;
  /** Absent where a keyword is not covered: the column's value is made and checked by its schema. */
  readonly checks?: ColumnChecks;
}

const annotations = [
  'title',
  'description',
  '$comment',
  'examples',
  'default',
  'readOnly',
  'writeOnly',
  'deprecated',
  'x-level',
];
const rowKeywords = new Set([...annotations, 'type', 'required', 'properties', 'additionalProperties']);
const textKeywords = new Set([...annotations, 'type', 'minLength', 'maxLength', 'pattern', 'format', 'enum', 'const']);
const numberKeywords = new Set([
  ...[...annotations, 'type', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['enum', 'const'],
]);
const booleanKeywords = new Set([...annotations, 'type']);

/**
 * Plans how the fields of a file are checked one by one; `undefined` where the rule speaks of rows as a whole.
 *
 * @param schema - without `$ref`
 */
export const planColumns = (
  schema: JsonSchema,
  shape: RowShape,
  columns: readonly string[],
): readonly ColumnPlan[] | undefined => {
  if (!onlyHas(schema, rowKeywords)) return undefined;
  const required = new Set(shape.required);
  // What the file lacks cannot be told from its fields.
  if (shape.required.some((name) => !columns.includes(name))) return undefined;
  return columns.map((name): ColumnPlan => {
    const own = schemaOf(schema, name);
    const checks = isSchemaObject(own) ? checksOf(own, shape.column(name).kinds) : undefined;
    return { name, required: required.has(name), schema: own, ...(checks === undefined ? {} : { checks }) };
  });
};

/** Whether every field of a column passes. */
export const passesAll = ({ schema, required }: ColumnPlan): boolean => schema === true && !required;

const schemaOf = ({ properties, additionalProperties = true }: JsonSchema, name: string): JsonSchema | boolean => {
  const named = isSchemaObject(properties) && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
  return named as JsonSchema | boolean;
};

const onlyHas = (schema: JsonSchema, keywords: ReadonlySet<string>): boolean =>
  Object.keys(schema).every((keyword) => keywords.has(keyword));

const checksOf = (schema: JsonSchema, kinds: ReadonlySet<Kind> | undefined): ColumnChecks | undefined => {
  const values = [...(kinds ?? ['string'])].filter((kind) => kind !== 'null');
  const [kind] = values.includes('number') ? ['number'] : values;
  if (values.length === 0 || values.some((other) => other !== kind && !(other === 'integer' && kind === 'number')))
    return undefined;
  if (kind === 'string') return onlyHas(schema, textKeywords) ? textChecks(schema) : undefined;
  if (kind === 'boolean') return onlyHas(schema, booleanKeywords) ? { kind } : undefined;
  if (kind === 'integer' || kind === 'number')
    return onlyHas(schema, numberKeywords) ? numberChecks(kind, schema) : undefined;
  return undefined;
};

const textChecks = (schema: JsonSchema): TextChecks => ({
  kind: 'text',
  ...pick(schema, ['minLength', 'maxLength', 'pattern', 'format']),
  ...listed(schema, (value) => typeof value === 'string'),
});

const numberChecks = (kind: 'integer' | 'number', schema: JsonSchema): NumberChecks => ({
  kind,
  ...pick(schema, ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']),
  ...listed(schema, (value) => typeof value === 'number'),
});

const pick = (schema: JsonSchema, names: readonly string[]): object =>
  Object.fromEntries(names.filter((name) => name in schema).map((name) => [name, schema[name]]));

/** The values that `enum` and `const` both allow, of the kind that a field can have. */
const listed = <T>(schema: JsonSchema, isOfKind: (value: unknown) => boolean): { oneOf?: readonly T[] } => {
  if (!('const' in schema) && !Array.isArray(schema.enum)) return {};
  const values = Array.isArray(schema.enum) ? (schema.enum as unknown[]) : [schema.const];
  const allowed = 'const' in schema ? values.filter((value) => value === schema.const) : values;
  return { oneOf: allowed.filter(isOfKind) as T[] };
};
