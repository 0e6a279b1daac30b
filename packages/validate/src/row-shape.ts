import type { LinearPattern } from './patterns/run-program.ts';
import { isSchemaObject, type JsonSchema } from './schema-keywords.ts';
import { intersect, type Kinds, namedTexts, valueKinds } from './value-kinds.ts';

/** What a rule says about one column. */
export interface ColumnShape {
  /** Kinds of value, `undefined` when the schema names none: the column is text. */
  readonly kinds: Kinds | undefined;
  /** The kinds hold for every row, not only within a branch (`anyOf`, `then`, …). */
  readonly always: boolean;
  /** Texts that the schema names; they are never taken for something else. */
  readonly texts: ReadonlySet<string>;
  /** Every schema that may apply to the column. */
  readonly schemas: readonly unknown[];
  /** Branches disagree on whether the column is text. */
  readonly ambiguous: boolean;
}

/** What a rule says about rows as a whole. */
export interface RowShape {
  /** Columns that the schema names, in its order. */
  readonly columns: readonly string[];
  /** Columns that every row must have. */
  readonly required: readonly string[];
  readonly column: (name: string) => ColumnShape;
  /** Schemas of columns that are not named one by one (`patternProperties`, `additionalProperties`). */
  readonly unnamed: readonly unknown[];
  /** `false` when `additionalProperties: false` rules the column out for every row. */
  readonly accepts: (name: string) => boolean;
}

/** Columns asked about again and again: those of files, and of issues. */
const remembered = <T>(find: (name: string) => T, most = 10_000): ((name: string) => T) => {
  const known = new Map<string, T>();
  return (name) => {
    let found = known.get(name);
    if (found === undefined) {
      found = find(name);
      if (known.size >= most) known.clear();
      known.set(name, found);
    }
    return found;
  };
};

/** A schema that applies to the row itself, always or only for some rows. */
interface Layer {
  readonly schema: JsonSchema;
  readonly always: boolean;
  readonly patterns: readonly (readonly [NamePattern, unknown])[];
}

type NamePattern = Pick<LinearPattern, 'test'>;

/** Reads the shape of rows off a schema without `$ref`; `compile` makes the patterns of column names. */
export const rowShape = (root: JsonSchema, compile: (pattern: string) => NamePattern): RowShape => {
  const layers = layersOf(root, true, compile);
  const always = layers.filter((layer) => layer.always);
  const required = [...new Set(always.flatMap(({ schema }) => names(schema.required)))];
  const named = layers.flatMap(({ schema }) =>
    isSchemaObject(schema.properties) ? Object.keys(schema.properties) : [],
  );
  return {
    columns: [...new Set([...named, ...required])],
    required,
    column: remembered((name) => columnShape(name, layers)),
    unnamed: layers.flatMap((layer) => [...layer.patterns.map(([, inner]) => inner), ...restOf(layer)]),
    accepts: (name) =>
      always.every((layer) => layer.schema.additionalProperties !== false || direct(layer, name).length > 0),
  };
};

const layersOf = (schema: unknown, always: boolean, compile: (pattern: string) => NamePattern): Layer[] => {
  if (!isSchemaObject(schema)) return [];
  const patterns = isSchemaObject(schema.patternProperties) ? Object.entries(schema.patternProperties) : [];
  const own: Layer = {
    schema,
    always,
    patterns: patterns.map(([pattern, inner]) => [compile(pattern), inner] as const),
  };
  const maps = [schema.dependentSchemas, schema.dependencies].flatMap((map) =>
    isSchemaObject(map) ? Object.values(map) : [],
  );
  const branches = [schema.anyOf, schema.oneOf, schema.if, schema.then, schema.else, schema.not, ...maps].flat();
  return [
    own,
    ...[schema.allOf ?? []].flat().flatMap((part) => layersOf(part, always, compile)),
    ...branches.flatMap((branch) => layersOf(branch, false, compile)),
  ];
};

/** The schemas that `properties` and `patternProperties` of a layer have for a column. */
const direct = ({ schema, patterns }: Layer, name: string): unknown[] => {
  const found = patterns.filter(([pattern]) => pattern.test(name)).map(([, inner]) => inner);
  const { properties } = schema;
  return isSchemaObject(properties) && Object.hasOwn(properties, name) ? [properties[name], ...found] : found;
};

/** What a layer says about the columns that it does not name. */
const restOf = ({ schema }: Layer): unknown[] =>
  [schema.additionalProperties, schema.unevaluatedProperties].filter(isSchemaObject);

const schemasFor = (layer: Layer, name: string): unknown[] => {
  const found = direct(layer, name);
  return found.length > 0 ? found : restOf(layer);
};

const columnShape = (name: string, layers: readonly Layer[]): ColumnShape => {
  const sure = layers.filter((layer) => layer.always).flatMap((layer) => schemasFor(layer, name));
  const maybe = layers.filter((layer) => !layer.always).flatMap((layer) => schemasFor(layer, name));
  const schemas = [...sure, ...maybe];
  const texts = new Set(schemas.flatMap(namedTexts));
  const kinds = sure.map(valueKinds).reduce(intersect, undefined);
  if (kinds !== undefined) return { kinds, always: true, texts, schemas, ambiguous: false };
  const branches = maybe.map(valueKinds).filter((part) => part !== undefined);
  if (branches.length === 0) return { kinds: undefined, always: false, texts, schemas, ambiguous: false };
  const casting = branches.filter((part) => part.has('number') || part.has('integer') || part.has('boolean'));
  return {
    kinds: new Set(branches.flatMap((part) => [...part])),
    always: false,
    texts,
    schemas,
    ambiguous: casting.some((part) => !part.has('string')) && branches.some((part) => part.has('string')),
  };
};

const names = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
