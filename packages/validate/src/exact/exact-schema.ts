import { PipelineConfigError } from '@pipeline/core';
import type { ColumnReadings } from '../columns/column-options.ts';
import type { RowShape } from '../row-shape.ts';
import { isSchemaObject, type JsonSchema } from '../schema-keywords.ts';
import { exactPrefix } from './exact-names.ts';

const onNumbers: ReadonlySet<string> = new Set([
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'enum', 'const'],
]);
const others: ReadonlySet<string> = new Set([
  ...['type', 'allOf', 'x-level'],
  ...['title', 'description', '$comment', 'examples', 'default', 'readOnly', 'writeOnly', 'deprecated'],
]);

/**
 * The schema by which rows are checked whose exact columns hold the text of their numbers: there, `number` and `integer` are
 * texts that were found to write one, and keywords on numbers are those that ajv learned for such texts.
 *
 * @param schema - without `$ref`
 * @throws PipelineConfigError `CONFIG_INVALID` where a column's schema says what cannot be held against such a text
 */
export const exactSchema = (schema: JsonSchema, shape: RowShape, readings: ColumnReadings): JsonSchema => {
  const names = new Set([...readings].filter(([, { exact }]) => exact === true).map(([name]) => name));
  if (names.size === 0) return schema;
  const properties = isSchemaObject(schema.properties) ? schema.properties : {};
  for (const name of names) {
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const { schemas } = shape.column(name);
    const strange = schemas.length === 1 && schemas[0] === own ? strangeKeyword(own) : 'several schemas';
    if (strange !== undefined || !isSchemaObject(own) || own.type === undefined)
      throw new PipelineConfigError('CONFIG_INVALID', {
        option: `columns[${JSON.stringify(name)}].as`,
        expected:
          'a column of which `properties` alone speaks, by type, bounds, multipleOf, enum, const and allOf of these',
        got: strange ?? 'no type',
      });
  }
  return {
    ...schema,
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, own]) => [name, names.has(name) ? exactColumn(own) : own]),
    ),
  };
};

const strangeKeyword = (schema: unknown): string | undefined =>
  isSchemaObject(schema)
    ? (Object.keys(schema).find((keyword) => !onNumbers.has(keyword) && !others.has(keyword)) ??
      partsOf(schema)
        .map(strangeKeyword)
        .find((found) => found !== undefined))
    : undefined;

const partsOf = ({ allOf }: JsonSchema): readonly unknown[] => (Array.isArray(allOf) ? allOf : []);

const exactColumn = (schema: unknown): unknown =>
  isSchemaObject(schema)
    ? Object.fromEntries(
        Object.entries(schema).map(([keyword, value]) => {
          if (keyword === 'type') return [keyword, textType(value as string | readonly string[])];
          if (keyword === 'allOf') return [keyword, partsOf(schema).map(exactColumn)];
          return [onNumbers.has(keyword) ? `${exactPrefix}${keyword}` : keyword, value];
        }),
      )
    : schema;

const textType = (type: string | readonly string[]): readonly string[] => [
  ...new Set([type].flat().map((kind) => (kind === 'null' ? kind : 'string'))),
];
