import { isSchemaObject, type JsonSchema } from './schema-keywords.ts';

/** A JSON Schema type name. */
export type Kind = 'string' | 'integer' | 'number' | 'boolean' | 'null' | 'object' | 'array';
export type Kinds = ReadonlySet<Kind>;

const kindOfValue = (value: unknown): Kind => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as Kind; // JSON has no other types; whole numbers count as `number` so that `1.0` may match an enum of 1
};

/**
 * The kinds of value that a schema of one column lets pass: what `type`, `const` and `enum` say, narrowed by `allOf`,
 * widened over `anyOf` and `oneOf`; `undefined` when it says nothing. Expects a schema without `$ref`.
 */
export const valueKinds = (schema: unknown): Kinds | undefined => {
  if (!isSchemaObject(schema)) return undefined;
  let kinds: Kinds | undefined;
  if (schema.type !== undefined) kinds = new Set([schema.type].flat() as Kind[]);
  if ('const' in schema) kinds = intersect(kinds, new Set([kindOfValue(schema.const)]));
  if (Array.isArray(schema.enum)) kinds = intersect(kinds, new Set(schema.enum.map(kindOfValue)));
  for (const part of listOf(schema, 'allOf')) kinds = intersect(kinds, valueKinds(part));
  for (const keyword of ['anyOf', 'oneOf']) {
    const branches = listOf(schema, keyword);
    if (branches.length > 0) kinds = intersect(kinds, union(branches.map(valueKinds)));
  }
  return kinds;
};

/** Kinds in both; `integer` is a `number`. `undefined` is everything. */
export const intersect = (a: Kinds | undefined, b: Kinds | undefined): Kinds | undefined => {
  if (a === undefined || b === undefined) return a ?? b;
  const both = [...a].filter((kind) => b.has(kind) || (kind === 'integer' && b.has('number')));
  return new Set(b.has('integer') && a.has('number') ? [...both, 'integer'] : both);
};

/** Kinds in any; everything as soon as one is everything. */
const union = (parts: readonly (Kinds | undefined)[]): Kinds | undefined =>
  parts.includes(undefined) ? undefined : new Set(parts.flatMap((part) => [...part!]));

/** The texts that a schema of one column names as such, in `const` or `enum`. */
export const namedTexts = (schema: unknown): string[] => {
  if (!isSchemaObject(schema)) return [];
  const own = [...('const' in schema ? [schema.const] : []), ...(Array.isArray(schema.enum) ? schema.enum : [])];
  const parts = ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => listOf(schema, keyword));
  return [...own.filter((value) => typeof value === 'string'), ...parts.flatMap(namedTexts)];
};

const listOf = (schema: JsonSchema, keyword: string): readonly unknown[] =>
  Array.isArray(schema[keyword]) ? (schema[keyword] as unknown[]) : [];
