import type { InlinedSchema } from './inline-refs.ts';
import type { RowShape } from './row-shape.ts';
import { quote, type Refuse } from './rule-error.ts';
import {
  containerKeywords,
  isSchemaObject,
  type JsonSchema,
  numberFormats,
  numberKeywords,
  textKeywords,
} from './schema-keywords.ts';
import { type Kinds, valueKinds } from './value-kinds.ts';

/**
 * Refuses what can never hold, or would never be checked, because a field of a file is one text: `minimum` without a
 * number type looks like a check and is none.
 */
export const checkColumns = ({ schema, pointerOf }: InlinedSchema, shape: RowShape, refuse: Refuse): void => {
  const types = [schema.type].flat();
  if (schema.type !== undefined && !types.includes('object'))
    refuse('/type', `expected "object", since the schema describes a row, got ${quote(schema.type)}`);
  for (const name of shape.columns) {
    const column = shape.column(name);
    const place = pointerOf(column.schemas.find(isSchemaObject));
    if (column.ambiguous)
      refuse(
        place,
        `expected one type of column ${quote(name)} in all branches, got text and others; declare it in the top-level properties`,
      );
    if (column.kinds !== undefined && ![...column.kinds].some((kind) => kind !== 'object' && kind !== 'array'))
      refuse(
        place,
        `expected types that a field of a file can have (string, integer, number, boolean, null) for column ${quote(name)}, got ${[...column.kinds].join(', ') || 'types that exclude one another'}`,
      );
    for (const inner of column.schemas)
      checkKeywords(inner, column.kinds ?? textOnly, `column ${quote(name)}`, pointerOf, refuse);
  }
  for (const inner of shape.unnamed)
    checkKeywords(inner, valueKinds(inner) ?? textOnly, 'these columns', pointerOf, refuse);
};

const textOnly: Kinds = new Set(['string']);

const checkKeywords = (
  schema: unknown,
  kinds: Kinds,
  column: string,
  pointerOf: InlinedSchema['pointerOf'],
  refuse: Refuse,
): void => {
  if (!isSchemaObject(schema)) return;
  const dead = deadKeyword(schema, kinds);
  if (dead !== undefined)
    refuse(
      `${pointerOf(schema)}/${dead.keyword}`,
      `expected a type that ${dead.keyword} applies to (${dead.needs}) for ${column}, whose values are ${[...kinds].join(', ')}; it would never be checked`,
    );
  for (const inner of [
    schema.allOf,
    schema.anyOf,
    schema.oneOf,
    schema.if,
    schema.then,
    schema.else,
    schema.not,
  ].flat())
    checkKeywords(inner, kinds, column, pointerOf, refuse);
};

const deadKeyword = (schema: JsonSchema, kinds: Kinds): { keyword: string; needs: string } | undefined => {
  const find = (keywords: readonly string[]): string | undefined => keywords.find((keyword) => keyword in schema);
  const numeric = numberFormats.has(schema.format);
  const number = find(numeric ? [...numberKeywords, 'format'] : numberKeywords);
  if (number !== undefined && !kinds.has('number') && !kinds.has('integer'))
    return { keyword: number, needs: 'number or integer' };
  const text = find(numeric ? textKeywords.filter((keyword) => keyword !== 'format') : textKeywords);
  if (text !== undefined && !kinds.has('string')) return { keyword: text, needs: 'string' };
  const container = find(containerKeywords);
  if (container !== undefined && !kinds.has('object') && !kinds.has('array'))
    return { keyword: container, needs: 'object or array' };
  return undefined;
};
