import type { CsvRecord } from '@pipeline/core';
import fc from 'fast-check';
import type { ColumnOptions, JsonSchema, RowRule, RuleLevel, RuleModuleOptions } from '../../src/index.ts';
import * as runtime from '../../src/precompiled/index.ts';
import type { LoadOptions } from '../../src/precompiled/stored-rule.ts';

/** A module as it is once it is loaded. Properties load thousands, which as files would take minutes. */
export interface LoadedModule {
  readonly rule: RowRule<CsvRecord>;
  readonly createRule: (options?: LoadOptions<CsvRecord>) => RowRule<CsvRecord>;
}

export const loadModule = (code: string): LoadedModule => {
  const body = code
    .replace(/^import \{ (.*) \} from '@pipeline\/validate\/precompiled';$/m, 'const { $1 } = runtime;')
    .replace(/^export default rule;$/m, 'return { rule, createRule };')
    .replaceAll(/^export const /gm, 'const ');
  return new Function('runtime', `'use strict'; ${body}`)(runtime) as LoadedModule;
};

/** Texts at and around the edges of what the schemas below allow. */
export const texts: readonly string[] = [
  ...[
    '',
    'a',
    'ab',
    'abcd',
    'AB-12',
    'ab-12',
    'é',
    'éé',
    '😀',
    '😀😀😀',
    'a"b',
    '"',
    'a,b',
    'a\nb',
    'red',
    'RED',
    'Grün',
  ],
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '007',
    '10',
    '10.0',
    '10.005',
    '.5',
    '1e3',
    '+1',
    ' 1',
    '0.30',
    '19.99',
    '9007199254740993',
  ],
  ...[
    'true',
    'FALSE',
    'yes',
    'NULL',
    'n/a',
    '2024-02-29',
    '2023-02-29',
    '2/29/24',
    '12:34:56Z',
    '2024-02-29T12:34:56Z',
  ],
  ...['a@example.com', 'a@b', '192.168.0.1', 'https://example.com/', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa!', '__proto__'],
];

const column: fc.Arbitrary<JsonSchema | boolean> = fc.constantFrom<JsonSchema | boolean>(
  ...[true, {}, { type: 'string' }, { type: ['string', 'null'], minLength: 2 }, { type: 'string', maxLength: 2 }],
  ...[{ pattern: '^[A-Z]{2}-\\d{2}$' }, { type: 'string', pattern: '^(a+)+$' }, { pattern: '\\p{L}|^.{3}$' }],
  ...[{ pattern: '"\\u2028|\\b1' }, { type: 'string', pattern: '^(?:[a-z]{2,4}|NULL)?$', maxLength: 3 }],
  ...[
    { enum: ['red', 'Grün', 'a"b'] },
    { enum: ['red', null, 1, { __proto__: null, a: 1 }], type: ['string', 'null'] },
  ],
  ...[
    { const: 'a' },
    { type: 'string', format: 'date' },
    { format: 'date-time' },
    { format: 'email' },
    { format: 'uri' },
  ],
  ...[{ format: 'ipv4', type: ['string', 'null'] }, { format: 'time' }, { format: 'hostname' }, { format: 'regex' }],
  ...[{ type: 'integer', minimum: 0 }, { type: 'integer', exclusiveMaximum: 10, multipleOf: 5 }, { type: 'boolean' }],
  ...[{ type: 'number', multipleOf: 0.01 }, { type: 'number', maximum: 10.5, enum: [1, 0.3, 10] }, { type: 'null' }],
  ...[{ type: ['number', 'null'], minimum: -1e-7 }, { type: ['string', 'integer'] }, { type: ['boolean', 'integer'] }],
  ...[
    { anyOf: [{ type: 'integer' }, { const: 'NULL' }] },
    { not: { const: 'a' } },
    { oneOf: [{ minLength: 2 }, { const: 'a' }] },
  ],
  ...[{ type: 'integer', format: 'int32' }, { allOf: [{ minLength: 1 }, { pattern: '^[^0-9]' }] }, false],
);

export const columns: readonly string[] = ['first', 'to /~the% end', 'last'];

/** What a schema can say of rows as a whole. */
const across: fc.Arbitrary<JsonSchema> = fc.constantFrom<JsonSchema>(
  ...[{ dependencies: { first: ['last'] } }, { minProperties: 2 }],
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  { if: { properties: { first: { const: 'a' } }, required: ['first'] }, then: { required: ['last'] } },
  { anyOf: [{ required: ['first'] }, { properties: { last: { enum: ['red', '1'] } }, required: ['last'] }] },
  { patternProperties: { '^[fl]': { maxLength: 4 } } },
  { propertyNames: { pattern: '^[a-z]+$' } },
  { allOf: [{ $ref: '#/definitions/strict' }], definitions: { strict: { properties: { last: { minLength: 1 } } } } },
  { not: { required: ['first', 'last'] } },
);
const across2020: fc.Arbitrary<JsonSchema> = fc.constantFrom<JsonSchema>(
  ...[{ dependentRequired: { first: ['last'] } }, { unevaluatedProperties: false }],
  { dependentSchemas: { last: { properties: { first: { pattern: '^a' } } } } },
  { $defs: { named: { $anchor: 'named', maxLength: 3 } }, allOf: [{ properties: { first: { $ref: '#named' } } }] },
);

/** A column with how it is read, where the schema's types do not say that. */
interface Column {
  readonly own: JsonSchema | boolean;
  readonly way?: ColumnOptions;
}

const read = fc.constantFrom<Column>(
  { own: { type: 'string', format: 'date' }, way: { date: 'M/D/YY' } },
  { own: { type: ['string', 'null'] }, way: { date: 'YYYY-MM-DD', as: 'Date' } },
  { own: { type: 'string' }, way: { dateTime: 'YYYY-MM-DDTHH:mm:ssZ' } },
  { own: { type: 'boolean' }, way: { boolean: { true: ['yes', '1'], false: ['0', 'RED'] } } },
);
const anyColumn: fc.Arbitrary<Column> = fc.oneof(
  { weight: 3, arbitrary: column.map((own) => ({ own })) },
  fc.record({ own: column, way: fc.constantFrom({ trim: true }, { nullTokens: ['NULL', '-'] }) }),
  read,
);
const level = fc.constantFrom(undefined, undefined, undefined, 'warning', 'error');
const annotated = fc.tuple(anyColumn, level).map(([{ own, ...rest }, grave]) => ({
  ...rest,
  own: grave === undefined || typeof own === 'boolean' ? own : { ...own, 'x-level': grave },
}));

const settings: fc.Arbitrary<Omit<RuleModuleOptions, 'columns' | 'layout'>> = fc.record(
  {
    coerce: fc.constantFrom(true, true, false),
    nullTokens: fc.constantFrom([''], [], ['', 'NULL'], ['n/a', '']),
    trim: fc.boolean(),
    maxValueChars: fc.constantFrom(0, 3),
    maxIssuesPerRow: fc.constantFrom(1, 2),
    levels: fc.constantFrom<readonly RuleLevel[]>(
      [{ level: 'warning', rule: 'type' }],
      [{ level: 'warning', column: 'first' }],
      [{ level: 'error', column: 'last', rule: 'required' }, { level: 'warning' }],
    ),
  },
  { requiredKeys: [] },
);

/** Rules of draft-07 and 2020-12 with all options that a module can hold; some are refused. */
export const rules: fc.Arbitrary<{ readonly schema: JsonSchema; readonly options: RuleModuleOptions }> = fc
  .record({
    recent: fc.boolean(),
    named: fc.dictionary(fc.constantFrom(...columns), annotated, { noNullPrototype: true }),
    required: fc.subarray([...columns], { maxLength: 2 }),
    others: fc.oneof(fc.constantFrom<JsonSchema | boolean>(true, true, false), column),
    isObject: fc.boolean(),
    old: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, across),
    new: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, across2020),
    settings,
  })
  .map(({ recent, named, required, others, isObject, old, new: added, settings: given }) => {
    const ways = Object.entries(named).flatMap(([name, { way }]) => (way === undefined ? [] : [[name, way] as const]));
    return {
      schema: {
        ...(recent ? { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: 'urn:row' } : {}),
        ...(isObject ? { type: 'object' } : {}),
        properties: Object.fromEntries(Object.entries(named).map(([name, { own }]) => [name, own])),
        required,
        ...(others === true ? {} : { additionalProperties: others }),
        ...(recent ? added : old),
      },
      options: { ...given, ...(ways.length === 0 ? {} : { columns: Object.fromEntries(ways) }) },
    };
  });

/** Rows of which some pass: mostly texts that a rule finds nothing wrong with in their columns. */
export const tables = (
  rule: RowRule<CsvRecord>,
  names: readonly string[],
): fc.Arbitrary<readonly (readonly string[])[]> => {
  const fields = names.map((name) => {
    const fitting = texts.filter((text) => {
      const said = rule.check({ [name]: text });
      return said.ok || !said.issues.some(({ column }) => column === name);
    });
    const any = fc.constantFrom(...texts);
    return fc.oneof({ weight: 5, arbitrary: fitting.length > 0 ? fc.constantFrom(...fitting) : any }, any);
  });
  return fc.array(fc.tuple(...fields), { minLength: 15, maxLength: 30 });
};
