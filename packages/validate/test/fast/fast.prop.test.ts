import { parseRows } from '@pipeline/chunker';
import { type CsvRecord, createRunContext, type RowReject, type Rows } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRule, type JsonSchema, type RowRule, type RuleOptions, validate } from '../../src/index.ts';

/** Texts at and around the edges of what the schemas below allow, one in each line. */
const texts = `
a|ab|abc|abcd|AB-12|ab-12|AB-123|é|éé|ééé|😀|😀😀😀|a"b|""|"|a,b|a\nb|red|green|Grün|RED|r"d
0|-0|1|-1|007|10|10.0|10.00|10.005|.5|5.|1e3|+1| 1|1 |0x1|-|1.2.3|0.1|0.30|19.99|0.000|-0.00
 ab |	ab| ab|ab | 10|10 | true|red | |  
999999999999999|9999999999999999|9007199254740991|9007199254740993
true|TRUE|True|tRuE|false|yes|NULL|n/a|null
2024-02-29|2023-02-29|2000-02-29|1900-02-29|2024-04-31|2024-13-01|2024-1-01|2024-02-29T|0000-01-01
2024-02-29T12:34:56Z|2024-02-29t12:34:56.7z|2024-02-29 12:34:56+01:00|2024-02-29T23:59:60Z|2024-02-29T24:00:00Z
2024-02-29T12:34:56|2024-02-29T12:34:56+0100|2024-02-29T12:34:56-23:59|2024-02-29T12:34:56.Z|12:34:56Z|12:34:56.1-00:30
a@example.com|A.b+c@ex-ample.co|a@b|@example.com|é@example.com|192.168.0.1|256.1.1.1
123e4567-e89b-12d3-a456-426614174000|123E4567-E89B-12D3-A456-426614174000
`.split(/\||(?<=[^a])\n/);

/** At most two keywords, so that some texts pass. */
const keywords = (values: Readonly<Record<string, readonly unknown[]>>): fc.Arbitrary<JsonSchema> =>
  fc
    .subarray(Object.keys(values), { maxLength: 2 })
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, fc.constantFrom(...values[name]!)]))));
const numberKeywords = keywords({
  minimum: [-1, 0, 1, 10],
  maximum: [0, 10, 1e9, 9e15],
  exclusiveMinimum: [-1, 0],
  exclusiveMaximum: [10, 10.5, 20],
  multipleOf: [1, 0.01, 0.1, 2, 0.5, 0.05, 10],
  enum: [[1, 10], [0.3, 19.99, -0], [7]],
});
const textKeywords = keywords({
  minLength: [0, 1, 2, 3],
  maxLength: [0, 1, 2, 3, 5],
  pattern: ['^[A-Z]{2}-\\d{2}$', '^[a-z]+$', '[0-9]', '^.{2}$', '^\\p{L}+$', 'b|é', '^[^"]*$', '\\bb', ''],
  format: ['date', 'date-time', 'time', 'email', 'uuid', 'ipv4', 'uri', 'hostname', 'duration'],
  enum: [
    ['red', 'green', 'Grün'],
    ['a', '', 'r"d'],
    ['NULL', '10'],
  ],
  const: ['red', 'a', '', '😀'],
});
const column: fc.Arbitrary<JsonSchema | boolean> = fc.oneof(
  textKeywords.map((all) => ({ type: 'string', ...all })),
  textKeywords.map((all) => ({ type: ['string', 'null'], ...all })),
  textKeywords,
  numberKeywords.map((all) => ({ type: 'integer', ...all })),
  numberKeywords.map((all) => ({ type: 'number', ...all })),
  numberKeywords.map((all) => ({ type: ['number', 'null'], ...all })),
  fc.constantFrom<JsonSchema | boolean>(
    ...[
      { type: 'boolean' },
      { type: ['boolean', 'null'] },
      { type: ['string', 'integer'] },
      true,
      {},
      { type: 'null' },
    ],
    ...[
      { anyOf: [{ type: 'integer' }, { const: 'NULL' }] },
      { not: { const: 'a' } },
      { type: 'string', title: 'A title' },
    ],
  ),
);

const columns = ['first', 'middle', 'last'];

/** How a column is read, where a rule says so. */
const ways = [
  { trim: true },
  { nullTokens: ['NULL', '-'] },
  { date: 'YYYY-MM-DD' },
  { date: 'YYYY-M-D', trim: true },
  { trim: false },
  { date: 'YYYY-MM-DD', as: 'Date' as const },
  { dateTime: 'YYYY-MM-DDTHH:mm:ssZ', as: 'Date' as const },
  { boolean: { true: ['yes', '1'], false: ['0', 'RED'] } },
];

/** Which of the issues are warnings. */
const levels: fc.Arbitrary<NonNullable<RuleOptions['levels']>> = fc.array(
  fc.record(
    {
      level: fc.constantFrom('warning', 'error'),
      column: fc.constantFrom(...columns),
      rule: fc.constantFrom('type', 'required', 'pattern', 'maximum', 'minLength', 'enum', 'anyOf'),
    },
    { requiredKeys: ['level'] },
  ),
  { maxLength: 3 },
);
const annotated = (own: JsonSchema | boolean, level: string | undefined): JsonSchema | boolean =>
  level === undefined || typeof own === 'boolean' ? own : { ...own, 'x-level': level };
const annotation = fc.constantFrom(undefined, undefined, 'warning', 'error');

/** A rule about one column, the others being free: every text is then tried in it. */
const schemas = fc.record({
  name: fc.constantFrom(...columns),
  own: column,
  way: fc.option(fc.constantFrom(...ways)),
  level: annotation,
  isRequired: fc.boolean(),
  additionalProperties: fc.boolean(),
});

const options: fc.Arbitrary<RuleOptions> = fc.record(
  {
    coerce: fc.boolean(),
    nullTokens: fc.constantFrom([''], [], ['', 'NULL'], ['n/a', 'NULL']),
    levels,
    trim: fc.boolean(),
    maxValueChars: fc.constantFrom(0, 1, 3, 200),
  },
  { requiredKeys: [] },
);

const quoted = (text: string, mark: string): string =>
  `"${text.replaceAll(mark, mark + mark).replaceAll('"', `${mark}"`)}"`;
const fieldText = (text: string, always: boolean, escaped: string | undefined): string => {
  if (!always && !/[",\r\n]/.test(text)) return text;
  return escaped === undefined ? `"${text.replaceAll('"', '""')}"` : quoted(text, escaped);
};

const outcome = async (bytes: Buffer, rule: RowRule<CsvRecord>, escaped: string | undefined) => {
  const dialect = { delimiter: ',', quote: '"', ...(escaped === undefined ? {} : { escape: escaped }) };
  const input = parseRows(
    (async function* () {
      yield bytes;
    })(),
    { columns, dialect },
  ) as Rows<CsvRecord>;
  const rows: unknown[] = [];
  const rejects: RowReject[] = [];
  const kept: number[] = [];
  const warnings: unknown[] = [];
  for await (const batch of validate(rule)(input, createRunContext())) {
    kept.push(...batch.positions.map((position) => batch.records.rowNumber(position)));
    rows.push(...batch.rows);
    warnings.push(batch.warnings);
    rejects.push(...batch.rejects);
  }
  return {
    kept,
    rows,
    warnings,
    rejects: rejects.map((reject) => ({ ...reject, raw: Buffer.from(reject.raw).toString() })),
  };
};

/** How many rows passed by their bytes alone. */
let settled = 0;
/** How many were rejected by the columns that failed. */
let explained = 0;
const counted = (rule: RowRule<CsvRecord>): RowRule<CsvRecord> => ({
  ...rule,
  compileFast: (...given) => {
    const fast = rule.compileFast(...given);
    return (
      fast && {
        ...fast,
        check: (...record) => {
          const count = fast.check(...record);
          if (count === 0) settled++;
          return count;
        },
        explain: (...record) => {
          const issues = fast.explain(...record);
          if (issues !== undefined) explained++;
          return issues;
        },
      }
    );
  },
});

describe('checks on bytes', () => {
  it('accept and reject what ajv does on values, with the same issues and the same typed rows', async () => {
    await fc.assert(
      fc.asyncProperty(
        schemas,
        options,
        fc.shuffledSubarray(texts, { minLength: texts.length }),
        fc.constantFrom(undefined, '\\'),
        fc.constantFrom('\n', '\r\n'),
        async ({ name, own, way, level, isRequired, additionalProperties }, given, all, escaped, newline) => {
          const schema = {
            properties: Object.fromEntries(
              columns.map((other) => [other, other === name ? annotated(own, level) : true]),
            ),
            required: isRequired ? [name] : [],
            additionalProperties,
          };
          let rule: RowRule<CsvRecord>;
          try {
            rule = compileRule(schema, { ...given, columns: way === null ? {} : { [name]: way } });
          } catch {
            return; // a combination that no field could pass
          }
          const row = (text: string, always: boolean): string =>
            columns.map((other) => (other === name ? fieldText(text, always, escaped) : 'x')).join(',') + newline;
          const bytes = Buffer.from(all.map((text) => row(text, false) + row(text, true)).join(''));
          const slow = { ...rule, compileFast: () => undefined };
          expect(await outcome(bytes, counted(rule), escaped)).toEqual(await outcome(bytes, slow, escaped));
        },
      ),
      { numRuns: 300 },
    );
    expect(settled).toBeGreaterThan(1000);
    expect(explained).toBeGreaterThan(1000);
  });

  it('say of several columns what ajv says of the row, in its order and up to the cap', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(column, column, column),
        fc.shuffledSubarray(columns),
        fc.shuffledSubarray(columns, { minLength: 3 }),
        fc.oneof(fc.boolean(), column),
        fc.constantFrom(100, 1, 2, 3),
        fc.record({ levels, level: annotation }),
        fc.array(fc.array(fc.constantFrom('', ...texts), { minLength: 3, maxLength: 3 }), {
          minLength: 1,
          maxLength: 20,
        }),
        async (three, required, order, additionalProperties, maxIssuesPerRow, { levels, level }, rows) => {
          const named = order.filter((name) => name !== 'middle' || additionalProperties === false);
          const schema = {
            required,
            properties: Object.fromEntries(
              named.map((name) => [name, annotated(three[columns.indexOf(name)]!, level)]),
            ),
            additionalProperties,
          };
          let rule: RowRule<CsvRecord>;
          try {
            rule = compileRule(schema, { maxIssuesPerRow, levels });
          } catch {
            return;
          }
          const lines = rows.map((row) => `${row.map((text) => fieldText(text, false, undefined)).join(',')}\n`);
          const slow = { ...rule, compileFast: () => undefined };
          const bytes = Buffer.from(lines.join(''));
          expect(await outcome(bytes, rule, undefined)).toEqual(await outcome(bytes, slow, undefined));
        },
      ),
      { numRuns: 300 },
    );
  });
});
