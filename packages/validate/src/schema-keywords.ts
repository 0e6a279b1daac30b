/** A JSON Schema document, as parsed JSON. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** A schema position: an object, or `true`/`false`. */
export type Subschema = JsonSchema | boolean;

/** The two dialects a rule can be written in; `$schema` chooses, draft-07 without it. */
export type Dialect = 'draft-07' | '2020-12';

/** What stands behind a keyword: one schema, a list or a map of them, or plain data. */
type Position = 'schema' | 'list' | 'map' | 'schema or list' | 'map or names' | 'data';

const shared: Readonly<Record<string, Position>> = {
  ...keywords(
    'data',
    '$schema $id $ref $comment title description default examples readOnly writeOnly deprecated x-level',
  ),
  ...keywords('data', 'type const enum format pattern minLength maxLength contentEncoding contentMediaType'),
  ...keywords('data', 'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf'),
  ...keywords('data', 'required minProperties maxProperties minItems maxItems uniqueItems'),
  ...keywords('schema', 'not if then else additionalProperties propertyNames contains'),
  ...keywords('list', 'allOf anyOf oneOf'),
  ...keywords('map', 'properties patternProperties definitions $defs'),
  ...keywords('map or names', 'dependencies'),
};

const positions: Readonly<Record<Dialect, ReadonlyMap<string, Position>>> = {
  'draft-07': new Map(
    Object.entries({ ...shared, ...keywords('schema', 'additionalItems'), ...keywords('schema or list', 'items') }),
  ),
  '2020-12': new Map(
    Object.entries({
      ...shared,
      ...keywords('data', '$anchor dependentRequired minContains maxContains'),
      ...keywords('schema', 'items unevaluatedProperties unevaluatedItems contentSchema'),
      ...keywords('list', 'prefixItems'),
      ...keywords('map', 'dependentSchemas'),
    }),
  ),
};

function keywords(position: Position, names: string): Record<string, Position> {
  return Object.fromEntries(names.split(' ').map((name) => [name, position]));
}

/** Whether a dialect has a keyword. */
export const isKeyword = (dialect: Dialect, name: string): boolean => positions[dialect].has(name);

/** Keywords that only say something about one kind of value. */
export const numberKeywords: readonly string[] = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
];
export const textKeywords: readonly string[] = ['minLength', 'maxLength', 'pattern', 'format'];
export const containerKeywords: readonly string[] = [
  ...['properties', 'patternProperties', 'additionalProperties', 'unevaluatedProperties', 'propertyNames', 'required'],
  ...['minProperties', 'maxProperties', 'dependencies', 'dependentRequired', 'dependentSchemas', 'items', 'contains'],
  ...['prefixItems', 'additionalItems', 'unevaluatedItems', 'minItems', 'maxItems', 'uniqueItems'],
  ...['minContains', 'maxContains'],
];
/** Formats of ajv-formats that are about numbers. */
export const numberFormats: ReadonlySet<unknown> = new Set(['int32', 'int64', 'float', 'double']);

/** One step of a JSON pointer, escaped. */
export const pointerStep = (name: string | number): string =>
  `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** A schema position with the keyword it stands under and its pointer below the parent. */
export interface Child {
  readonly keyword: string;
  readonly name: string | undefined;
  readonly step: string;
  readonly schema: unknown;
}

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schemas directly below a schema. Values of the wrong kind are handed out too; the meta-schema refuses them. */
export const childrenOf = (dialect: Dialect, schema: JsonSchema): Child[] => {
  const children: Child[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    const position = positions[dialect].get(keyword);
    const step = pointerStep(keyword);
    const list = Array.isArray(value);
    if (position === 'schema' || (position === 'schema or list' && !list)) {
      children.push({ keyword, name: undefined, step, schema: value });
    } else if ((position === 'list' || position === 'schema or list') && list) {
      value.forEach((item, index) => {
        children.push({ keyword, name: undefined, step: step + pointerStep(index), schema: item });
      });
    } else if ((position === 'map' || position === 'map or names') && isObject(value)) {
      for (const [name, item] of Object.entries(value)) {
        if (position === 'map or names' && Array.isArray(item)) continue;
        children.push({ keyword, name, step: step + pointerStep(name), schema: item });
      }
    }
  }
  return children;
};

/**
 * A copy of a schema with every direct subschema replaced. Maps are made from entries, so that a name like
 * `__proto__` stays a name.
 */
export const mapChildren = (
  dialect: Dialect,
  schema: JsonSchema,
  replace: (child: unknown, step: string) => unknown,
): JsonSchema => {
  const copy: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    const position = positions[dialect].get(keyword);
    const step = pointerStep(keyword);
    const list = Array.isArray(value);
    if (position === 'schema' || (position === 'schema or list' && !list)) copy[keyword] = replace(value, step);
    else if ((position === 'list' || position === 'schema or list') && list)
      copy[keyword] = value.map((item, index) => replace(item, step + pointerStep(index)));
    else if ((position === 'map' || position === 'map or names') && isObject(value))
      copy[keyword] = Object.fromEntries(
        Object.entries(value).map(([name, item]) => [
          name,
          Array.isArray(item) ? item : replace(item, step + pointerStep(name)),
        ]),
      );
    else copy[keyword] = value;
  }
  return copy;
};

export { isObject as isSchemaObject };
