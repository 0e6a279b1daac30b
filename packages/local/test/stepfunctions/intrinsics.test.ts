import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, outputOf, startHarness } from './harness.ts';

const text = "it's a {brace} \\ slash";

type Row = readonly [expression: string, input: unknown, expected: unknown];

// The rows for Format with objects, MathAdd, StringSplit, StringToJson and JsonMerge are recorded answers of the service.
const rows: readonly Row[] = [
  ["States.Format('Hi {}, {}', $.name, 1.5)", { name: 'Ann' }, 'Hi Ann, 1.5'],
  ["States.Format('{}', $)", { Arg1: 1, Arg2: [] }, '{Arg1=1, Arg2=[]}'],
  ["States.Format('{} {} {}', null, true, $.l)", { l: [1, null] }, 'null true [1, null]'],
  ["States.Format('it\\'s \\{\\} {}', 1)", {}, "it's {} 1"],
  ['States.Format($.template, 7)', { template: '<{}>' }, '<7>'],
  ["States.Format('{}')", {}, 'States.IntrinsicFailure'],
  ['States.StringToJson($)', '{"a":[1]}', { a: [1] }],
  ['States.StringToJson($)', ' ', null],
  ['States.StringToJson($)', '{', 'States.IntrinsicFailure'],
  ['States.JsonToString($)', { a: [1, 'x'] }, '{"a":[1,"x"]}'],
  ["States.Array(1, 'two', $.x, null)", { x: [3] }, [1, 'two', [3], null]],
  ['States.Array()', {}, []],
  ['States.ArrayPartition($, 2)', [0, 1, 2], [[0, 1], [2]]],
  ['States.ArrayPartition($, 0)', [0], 'States.IntrinsicFailure'],
  ['States.ArrayContains($.l, $.v)', { l: [{ a: 1, b: [] }], v: { b: [], a: 1 } }, true],
  ['States.ArrayContains($, 1)', [], false],
  ['States.ArrayRange(1, 9, 2)', {}, [1, 3, 5, 7, 9]],
  ['States.ArrayRange(3, 0, -1)', {}, [3, 2, 1, 0]],
  ['States.ArrayRange(1, 1001, 1)', {}, 'States.IntrinsicFailure'],
  ['States.ArrayGetItem($, 5)', [1, 2, 3, 4, 5, 6], 6],
  ['States.ArrayGetItem($, 9)', [1], 'States.IntrinsicFailure'],
  ['States.ArrayLength($)', [1, 2], 2],
  ['States.ArrayUnique($)', [1, '1', 1, [null], [null], { a: 1 }, { a: 1 }], [1, '1', [null], { a: 1 }]],
  ["States.Base64Encode('Data to encode')", {}, 'RGF0YSB0byBlbmNvZGU='],
  ["States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", {}, 'Data to encode'],
  ['States.Base64Encode($)', 'x'.repeat(10_001), 'States.IntrinsicFailure'],
  ["States.Hash('abc', 'SHA-1')", {}, 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ["States.Hash('abc', 'MD5')", {}, '900150983cd24fb0d6963f7d28e17f72'],
  ["States.Hash('abc', 'SHA-256')", {}, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ["States.Hash('abc', 'CRC')", {}, 'States.IntrinsicFailure'],
  [
    'States.JsonMerge($.a, $.b, false)',
    { a: { x: { p: 1 }, y: 2 }, b: { x: { q: 1 }, z: 3 } },
    { x: { q: 1 }, y: 2, z: 3 },
  ],
  ['States.JsonMerge($.a, $.b, true)', { a: {}, b: {} }, 'States.IntrinsicFailure'],
  ['States.MathRandom(10, 20)', {}, 15],
  ['States.MathRandom(2, 1)', {}, 'States.IntrinsicFailure'],
  ['States.MathAdd(1.49, 1.5)', {}, 3],
  ['States.MathAdd(-1.5, -1.51)', {}, -3],
  ['States.MathAdd(-0.5, 0)', {}, 0],
  ['States.MathAdd($, 1)', 'x', 'States.IntrinsicFailure'],
  ["States.StringSplit($, '.+,=')", 'This.is+a,test=string', ['This', 'is', 'a', 'test', 'string']],
  ["States.StringSplit($, ',')", ',,,,', []],
  [
    "States.Format('{}-{}', States.ArrayGetItem(States.StringSplit($.s, '/'), 1), States.MathAdd($.n, 1))",
    { s: 'a/b', n: 1 },
    'b-2',
  ],
  ["States.Format('{}', $['a, (b)'].c)", { 'a, (b)': { c: 1 } }, '1'],
  ['States.JsonMerge(States.StringToJson(\'{"a": 1}\'), $$.Execution.Input.x, false)', { x: { b: 2 } }, { a: 1, b: 2 }],
  ["States.Array('it\\'s a \\{brace\\} \\\\ slash')", {}, [text]],
  ["States.Format('{}', $.none)", {}, 'States.IntrinsicFailure'],
];

const seeds = ['States.MathRandom(0, 1000000, 7)', 'States.MathRandom(0, 1000000, 8)', 'States.UUID()'];

let local: Harness;
let machine: string;
beforeAll(async () => {
  local = await startHarness();
  // One state machine for the whole table: each row has a state of its own, chosen by its expression.
  const expressions = [...new Set([...rows.map(([expression]) => expression), ...seeds])];
  const states = expressions.map((expression, i) => [
    `S${i}`,
    { Type: 'Pass', Parameters: { 'v.$': expression }, End: true },
  ]);
  const Choices = expressions.map((StringEquals, i) => ({ Variable: '$.expression', StringEquals, Next: `S${i}` }));
  machine = await local.create({
    StartAt: 'C',
    States: { C: { Type: 'Choice', Choices, OutputPath: '$.input' }, ...Object.fromEntries(states) },
  });
});
afterAll(() => local.close());

async function evaluate(expression: string, input: unknown = {}): Promise<unknown> {
  // The context object has the whole input, so what a row looks for there stands beside its own input.
  const beside = typeof input === 'object' && !Array.isArray(input) ? input : {};
  const execution = await local.ended(await local.start(machine, { ...beside, expression, input }));
  return execution.error ?? outputOf(execution).v;
}

it.each(rows)('%s on %j', async (expression, input, expected) => {
  expect(await evaluate(expression, input)).toEqual(expected);
});
it('gives the same number for the same seed, and another id each time', async () => {
  const [seven, eight, uuid] = seeds as [string, string, string];
  const seeded = await evaluate(seven);
  expect(await evaluate(seven)).toBe(seeded);
  expect(await evaluate(eight)).not.toBe(seeded);
  const id = await evaluate(uuid);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(await evaluate(uuid)).not.toBe(id);
});
