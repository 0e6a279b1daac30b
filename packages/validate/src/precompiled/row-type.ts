import type { ColumnReading, ColumnReadings } from '../columns/column-options.ts';
import type { Levels } from '../levels.ts';
import type { ColumnShape, RowShape } from '../row-shape.ts';
import { isSchemaObject, type JsonSchema } from '../schema-keywords.ts';
import type { StoredOptions } from './stored-rule.ts';

/** Lists of more texts are plain text. */
const mostTexts = 50;

/** Writes the type of rows that pass, as later stages get them. */
export const rowType = (
  schema: JsonSchema,
  shape: RowShape,
  {
    readings,
    levels,
    options,
  }: { readonly readings: ColumnReadings; readonly levels: Levels; readonly options: StoredOptions },
): string => {
  const surely = (rule: string, column: string): boolean =>
    levels.of(rule, column, rule === 'required' ? '#/required' : `${placeOf(column)}/${rule}`) === 'error';
  const members = shape.columns.map((name) => {
    const present = shape.required.includes(name) && surely('required', name);
    const reading = readings.get(name);
    const typed = typesOf(reading, shape.column(name), options.coerce !== false);
    const texts =
      reading === undefined && typed.includes('string') && surely('enum', name) ? textsOf(schema, name) : undefined;
    const types = texts === undefined ? typed : [...texts, ...typed.filter((type) => type !== 'string')];
    // What has another type stays text where that is but a warning.
    const all = surely('type', name) || types.includes('string') ? types : [...types, 'string'];
    return `  readonly ${JSON.stringify(name)}${present ? '' : '?'}: ${all.join(' | ')};`;
  });
  return members.length === 0 ? 'Record<string, string>' : `{\n${members.join('\n')}\n}`;
};

const placeOf = (column: string): string =>
  `#/properties/${encodeURIComponent(column.replaceAll('~', '~0').replaceAll('/', '~1'))}`;

const typeNames: ReadonlyMap<string, string> = new Map([
  ['string', 'string'],
  ['integer', 'number'],
  ['number', 'number'],
  ['boolean', 'boolean'],
  ['null', 'null'],
]);

/** A value that is made has the type of what makes it, beside `null`. */
const typesOf = (reading: ColumnReading | undefined, column: ColumnShape, coerce: boolean): readonly string[] => {
  const kinds = kindsOf(column, coerce);
  if (reading?.makes === undefined) return kinds;
  return [reading.makes, ...kinds.filter((type) => type === 'null')];
};

/** Types of a column's values; only where they hold for all rows is it no text. */
const kindsOf = ({ kinds, always }: ColumnShape, coerce: boolean): readonly string[] => {
  if (kinds === undefined) return ['string'];
  const named = [...kinds].map((kind) => typeNames.get(kind)).filter((type) => type !== undefined);
  const read = coerce ? named : named.map((type) => (type === 'null' ? type : 'string'));
  return [...new Set(always ? read : ['string', ...read])];
};

/** The texts that a column can have, where the schema lists them. */
const textsOf = ({ properties }: JsonSchema, name: string): readonly string[] | undefined => {
  const own = isSchemaObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (!isSchemaObject(own) || !Array.isArray(own.enum) || own.enum.length > mostTexts) return undefined;
  const texts = own.enum.filter((value) => typeof value === 'string');
  return texts.length === own.enum.filter((value) => value !== null).length && texts.length > 0
    ? texts.map((text) => JSON.stringify(text))
    : undefined;
};
