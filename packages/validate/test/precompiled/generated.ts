import { parseRows } from '@pipeline/chunker';
import { type CsvRecord, createRunContext, type RowReject, type Rows } from '@pipeline/core';
import fc from 'fast-check';
import { type JsonSchema, type RowRule, type RuleOptions, validate } from '../../src/index.ts';
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
  ...[{}, {}, {}, {}, { dependencies: { first: ['last'] } }, { minProperties: 2 }],
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  { if: { properties: { first: { const: 'a' } }, required: ['first'] }, then: { required: ['last'] } },
  { anyOf: [{ required: ['first'] }, { properties: { last: { enum: ['red', '1'] } }, required: ['last'] }] },
  { patternProperties: { '^[fl]': { maxLength: 4 } } },
  { propertyNames: { pattern: '^[a-z]+$' } },
  { allOf: [{ $ref: '#/definitions/strict' }], definitions: { strict: { properties: { last: { minLength: 1 } } } } },
  { not: { required: ['first', 'last'] } },
);
const across2020: fc.Arbitrary<JsonSchema> = fc.constantFrom<JsonSchema>(
  ...[{}, { dependentRequired: { first: ['last'] } }, { unevaluatedProperties: false }],
  { dependentSchemas: { last: { properties: { first: { pattern: '^a' } } } } },
  { $defs: { named: { $anchor: 'named', maxLength: 3 } }, allOf: [{ properties: { first: { $ref: '#named' } } }] },
);

const annotated = fc
  .tuple(column, fc.constantFrom(undefined, undefined, 'warning', 'error'))
  .map(([own, level]) => (level === undefined || typeof own === 'boolean' ? own : { ...own, 'x-level': level }));

/** Of draft-07 and 2020-12; some are refused. */
export const schemas: fc.Arbitrary<JsonSchema> = fc
  .record({
    draft: fc.constantFrom('draft-07', 'draft-07', '2020-12'),
    named: fc.dictionary(fc.constantFrom(...columns), annotated, { noNullPrototype: true }),
    required: fc.subarray([...columns], { maxLength: 2 }),
    others: fc.oneof(fc.constantFrom<JsonSchema | boolean>(true, true, false), column),
    isObject: fc.boolean(),
    old: across,
    recent: across2020,
  })
  .map(({ draft, named, required, others, isObject, old, recent }) => ({
    ...(draft === '2020-12' ? { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: 'urn:row' } : {}),
    ...(isObject ? { type: 'object' } : {}),
    properties: named,
    required,
    ...(others === true ? {} : { additionalProperties: others }),
    ...(draft === '2020-12' ? recent : old),
  }));

/** All that a module can hold. */
export const options: fc.Arbitrary<Omit<RuleOptions<never>, 'checks'>> = fc.record(
  {
    coerce: fc.boolean(),
    nullTokens: fc.constantFrom([''], [], ['', 'NULL'], ['n/a', '']),
    trim: fc.boolean(),
    maxValueChars: fc.constantFrom(0, 3),
    maxIssuesPerRow: fc.constantFrom(1, 2),
    levels: fc.constantFrom(
      [{ level: 'warning' as const, rule: 'type' }],
      [{ level: 'warning' as const, column: 'first' }],
      [{ level: 'error' as const, column: 'last', rule: 'required' }, { level: 'warning' as const }],
    ),
    columns: fc.dictionary(
      fc.constantFrom(...columns, 'strange'),
      fc.constantFrom(
        ...[
          { trim: true },
          { nullTokens: ['NULL', '-'] },
          { date: 'M/D/YY' },
          { date: 'YYYY-MM-DD', as: 'Date' as const },
        ],
        ...[{ boolean: { true: ['yes', '1'], false: ['0', 'RED'] } }, { dateTime: 'YYYY-MM-DDTHH:mm:ssZ' }],
      ),
      { noNullPrototype: true },
    ),
  },
  { requiredKeys: [] },
);

export const tables = (names: readonly string[]): fc.Arbitrary<readonly (readonly string[])[]> =>
  fc.array(fc.array(fc.constantFrom(...texts), { minLength: names.length, maxLength: names.length }), {
    minLength: 1,
    maxLength: 30,
  });

/** What the validate stage makes of a file whose fields stand in it as bytes. */
export const outcome = async (
  rule: RowRule<unknown>,
  names: readonly string[],
  rows: readonly (readonly string[])[],
  escaped?: string,
) => {
  const fieldText = (text: string, at: number): string => {
    if (!/[",\r\n\\]/.test(text) && at % 3 > 0) return text;
    return escaped === undefined
      ? `"${text.replaceAll('"', '""')}"`
      : `"${text.replaceAll(escaped, escaped + escaped).replaceAll('"', `${escaped}"`)}"`;
  };
  const bytes = Buffer.from(
    rows.map((row, i) => `${row.map((text, at) => fieldText(text, at + i)).join(',')}\r\n`).join(''),
  );
  const dialect = { delimiter: ',', quote: '"', ...(escaped === undefined ? {} : { escape: escaped }) };
  const input = parseRows(
    (async function* () {
      yield bytes;
    })(),
    { columns: names, dialect },
  ) as Rows<CsvRecord>;
  const made = {
    rows: [] as unknown[],
    warnings: [] as unknown[],
    rejects: [] as unknown[],
    error: undefined as unknown,
  };
  try {
    for await (const batch of validate(rule)(input, createRunContext())) {
      // The keys in their order, since columns of a row have one.
      made.rows.push(...batch.rows.map((row) => Object.entries(row as object)));
      made.warnings.push(batch.warnings);
      made.rejects.push(
        ...batch.rejects.map(({ raw, ...rest }: RowReject) => ({ ...rest, raw: Buffer.from(raw).toString() })),
      );
    }
  } catch (error) {
    made.error = error;
  }
  return made;
};
