import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';

// Answers of the service as recorded in github.com/localstack/localstack, tests/aws/services/stepfunctions/v2/choice_operators,
// restated: test_is_operators, test_boolean_equals, test_numeric, test_string_operators, test_timestamp_operators.

type Row = readonly [operator: string, variable: unknown, value: unknown, holds: boolean];

const noon = '2012-10-09T19:00:55Z';
const later = '2012-10-09T19:00:56Z';

/** What the operators were asked about. */
const variables: readonly unknown[] = [
  null,
  0,
  1,
  1.1,
  '',
  ' ',
  'HelloWorld',
  '2012-10-09T19:00:55',
  noon,
  '2012-10-09T19:00:55+01:00',
  '2023-02-24',
  [],
  [''],
  {},
  { A: 0 },
  true,
  false,
];
const others = variables.filter((variable) => typeof variable !== 'string' || variable.trim() === '');

const kinds: readonly [string, (variable: unknown) => boolean][] = [
  ['IsNull', (variable) => variable === null],
  ['IsBoolean', (variable) => typeof variable === 'boolean'],
  ['IsNumeric', (variable) => typeof variable === 'number'],
  ['IsString', (variable) => typeof variable === 'string'],
  ['IsPresent', () => true],
];

/** An order of two values, and what each comparison says of it. */
const compared = (type: string, less: unknown, more: unknown): Row[] =>
  [
    [less, less, false, true, false, true],
    [less, more, true, true, false, false],
    [more, less, false, false, true, true],
  ].flatMap(([a, b, lt, le, gt, ge]): Row[] => [
    [`${type}LessThan`, a, b, lt as boolean],
    [`${type}LessThanEquals`, a, b, le as boolean],
    [`${type}GreaterThan`, a, b, gt as boolean],
    [`${type}GreaterThanEquals`, a, b, ge as boolean],
  ]);

const rows: readonly Row[] = [
  ...kinds.flatMap(([operator, is]) =>
    variables.flatMap((variable): Row[] => [
      [operator, variable, true, is(variable)],
      [operator, variable, false, !is(variable)],
    ]),
  ),
  ...variables.flatMap((variable): Row[] => [
    ['BooleanEquals', variable, true, variable === true],
    ['BooleanEquals', variable, false, variable === false],
    ['NumericEquals', variable, 0, variable === 0],
    ['NumericEquals', variable, 1, variable === 1],
  ]),
  ['NumericEquals', 2.22, 2.22, true],
  ...others.flatMap((variable): Row[] => [
    ['StringEquals', variable, 'HelloWorld', false],
    ['TimestampEquals', variable, noon, false],
  ]),
  ['StringEquals', ' ', '     ', false],
  ['StringEquals', '\t\n', '\t\r\n', false],
  ['StringEquals', 'Hello', 'Hello', true],
  ['StringGreaterThan', 'A', 'A ', false],
  ['StringGreaterThan', 'A', 'A\t\n\r', false],
  ['StringGreaterThan', 'AB', 'ABC', false],
  ['TimestampEquals', '2023-02-24 12:15:56.832957', noon, false],
  ['TimestampEquals', noon, noon, true],
  ['TimestampEquals', noon, later, false],
  ...compared('Numeric', 0, 1),
  ...compared('String', 'A', 'AB'),
  ...compared('Timestamp', noon, later),
];

/** The operators that take their value from a path too. */
const byPath = rows.filter(([operator]) => !operator.startsWith('Is'));

let local: Harness;
let machine: string;
beforeAll(async () => {
  local = await startHarness();
  const rules = [
    ...rows.map(([operator, , value]) => ({ Variable: '$.variable', [operator]: value })),
    ...byPath.map(([operator]) => ({ Variable: '$.variable', [`${operator}Path`]: '$.value' })),
  ];
  machine = await local.create({
    StartAt: 'C',
    States: {
      C: {
        Type: 'Choice',
        Choices: rules.map((_, row) => ({ Variable: '$.row', NumericEquals: row, Next: `C${row}` })),
      },
      ...Object.fromEntries(
        rules.map((rule, row) => [`C${row}`, { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' }]),
      ),
      Yes: { Type: 'Pass', Result: true, End: true },
      No: { Type: 'Pass', Result: false, End: true },
    },
  });
});
afterAll(() => local.close());

const holds = async (row: number, variable: unknown, value: unknown): Promise<unknown> => {
  const { error, output } = await local.ended(await local.start(machine, { row, variable, value }));
  return error ?? JSON.parse(output!);
};

it.each(rows.map((row, index) => [...row, index] as const))(
  '%s: %j and %j: %j',
  async (_, variable, value, expected, row) => {
    expect(await holds(row, variable, value)).toBe(expected);
  },
);

it.each(byPath.map((row, index) => [...row, rows.length + index] as const))(
  '%sPath: %j and %j: %j',
  async (_, variable, value, expected, row) => {
    expect(await holds(row, variable, value)).toBe(expected);
  },
);
