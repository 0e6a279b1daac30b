import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.ts';

const v = (operator: object) => ({ Variable: '$.v', ...operator });
const noon = '2026-01-01T12:00:00Z';

type Row = readonly [rule: object, value: unknown, expected: unknown];

const rows: readonly Row[] = [
  [v({ StringEquals: 'a' }), 'a', true],
  [v({ StringEquals: '1' }), 1, false],
  [v({ StringLessThan: 'b' }), 'a', true],
  [v({ StringLessThanEquals: 'a' }), 'a', true],
  [v({ StringGreaterThan: 'b' }), 'a', false],
  [v({ StringGreaterThanEquals: 'b' }), 'b', true],
  [v({ StringEqualsPath: '$.w' }), 'w', true],
  [v({ NumericEquals: 1 }), 1, true],
  [v({ NumericEquals: 1 }), '1', false],
  [v({ NumericLessThan: 1 }), 0.5, true],
  [v({ NumericLessThanEquals: 1 }), 1, true],
  [v({ NumericGreaterThan: 1 }), 1, false],
  [v({ NumericGreaterThanEqualsPath: '$.one' }), 1, true],
  [v({ NumericLessThanPath: '$.one' }), 1, false],
  [v({ BooleanEquals: false }), false, true],
  [v({ BooleanEquals: false }), null, false],
  [v({ BooleanEqualsPath: '$.yes' }), true, true],
  [v({ TimestampEquals: noon }), '2026-01-01T13:00:00+01:00', true],
  [v({ TimestampLessThan: noon }), '2026-01-01T11:59:59.999Z', true],
  [v({ TimestampGreaterThanPath: '$.noon' }), noon, false],
  [v({ TimestampLessThanEqualsPath: '$.noon' }), noon, true],
  [v({ TimestampEquals: noon }), 'noon', false],
  [v({ StringMatches: 'log-*.txt' }), 'log-2026.txt', true],
  [v({ StringMatches: 'log-*.txt' }), 'log-2026.csv', false],
  [v({ StringMatches: '*a*b*' }), 'xxaxxbxx', true],
  [v({ StringMatches: 'a*a' }), 'a', false],
  [v({ StringMatches: 'a\\*b' }), 'a*b', true],
  [v({ StringMatches: 'a\\*b' }), 'axb', false],
  [v({ IsNull: true }), null, true],
  [v({ IsNull: false }), 0, true],
  [v({ IsNumeric: true }), '1', false],
  [v({ IsString: true }), '', true],
  [v({ IsBoolean: true }), false, true],
  [v({ IsTimestamp: true }), noon, true],
  [v({ IsTimestamp: true }), '2026-01-01', false],
  [{ Variable: '$.v', IsPresent: true }, null, true],
  [{ Variable: '$.none', IsPresent: true }, 1, false],
  [{ Variable: '$.none.deeper', IsPresent: false }, 1, true],
  [{ Variable: '$$.Execution.Input.w', StringEquals: 'w' }, 1, true],
  [{ And: [v({ IsNumeric: true }), v({ NumericGreaterThan: 3 })] }, 4, true],
  [{ And: [v({ IsNumeric: true }), v({ NumericGreaterThan: 3 })] }, 'x', false],
  [{ Or: [v({ NumericEquals: 1 }), v({ NumericEquals: 2 })] }, 2, true],
  [{ Not: v({ NumericEquals: 1 }) }, 1, false],
  [{ Not: { Or: [v({ NumericEquals: 1 }), { And: [v({ NumericEquals: 2 })] }] } }, 3, true],
  [{ Variable: '$.none', StringEquals: 'a' }, 1, 'States.Runtime'],
  [v({ StringEqualsPath: '$.none' }), 'a', 'States.Runtime'],
];

let local: Harness;
let machine: string;
beforeAll(async () => {
  local = await startHarness();
  // One state machine for the whole table: the first choice leads to the row's own.
  const Choices = rows.map((_, row) => ({ Variable: '$.row', NumericEquals: row, Next: `C${row}` }));
  const states = rows.map(([rule], row) => [
    `C${row}`,
    { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' },
  ]);
  machine = await local.create({
    StartAt: 'C',
    States: {
      C: { Type: 'Choice', Choices },
      ...Object.fromEntries(states),
      Yes: { Type: 'Pass', Result: true, End: true },
      No: { Type: 'Pass', Result: false, End: true },
    },
  });
});
afterAll(() => local.close());

it.each(rows.map((row, i) => [...row, i] as const))('%j on %j is %j', async (_, value, expected, row) => {
  const { error, output } = await local.ended(
    await local.start(machine, { row, v: value, w: 'w', one: 1, yes: true, noon }),
  );
  expect(error ?? JSON.parse(output!)).toBe(expected);
});

it('takes the first rule that holds, and fails without any and without Default', async () => {
  const definition = {
    StartAt: 'C',
    States: {
      C: { Type: 'Choice', Choices: [1, 2].map((n) => ({ Variable: '$.n', NumericLessThanEquals: n, Next: `N${n}` })) },
      N1: { Type: 'Pass', Result: 1, End: true },
      N2: { Type: 'Pass', Result: 2, End: true },
    },
  };
  expect((await local.run(definition, { n: 1 })).output).toBe('1');
  expect((await local.run(definition, { n: 2 })).output).toBe('2');
  expect(await local.run(definition, { n: 3 })).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
});
