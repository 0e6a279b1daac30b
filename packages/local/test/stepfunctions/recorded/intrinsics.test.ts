import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, outputOf, startHarness } from '../harness.ts';

// Answers of the service as recorded in github.com/localstack/localstack, tests/aws/services/stepfunctions/v2/intrinsic_functions,
// restated.

type Row = readonly [expression: string, input: unknown, expected: unknown];

const two = (name: string, rows: readonly (readonly [unknown, unknown, unknown])[]): Row[] =>
  rows.map(([fst, snd, expected]) => [`States.${name}($.x.fst, $.x.snd)`, { fst, snd }, expected]);
const one = (name: string, rows: readonly (readonly [unknown, unknown])[]): Row[] =>
  rows.map(([input, expected]) => [`States.${name}($.x)`, input, expected]);

const json = '{"Arg1": 1, "Arg2": []}';
const object = { Arg1: 1, Arg2: [] };
const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const cut = (list: readonly number[], size: number): number[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));

const rows: readonly Row[] = [
  // test_array
  ['States.Array()', 'HelloWorld', []],
  ...two(
    'Array',
    ['', ' ', 'HelloWorld', null, 1, 1.1, json, object].map((value) => [value, value, [value, value]]),
  ),
  ...two(
    'ArrayPartition',
    [[], [0], [0, 1], [0, 1, 2], [0, 1, 2, 3]].flatMap((list) =>
      [1, 2, 3, 4, 5].map((size) => [list, size, cut(list, size)] as const),
    ),
  ),
  ...two('ArrayContains', [
    [[], null, false],
    [[], [], false],
    [[], 1, false],
    [[[1, 2, 3], 2], null, false],
    [[[1, 2, 3], 2], [1, 2, 3], true],
    [[{ 1: 2, 2: [] }], [], false],
    [[{ 1: 2, 2: [] }], { 1: 2, 2: [] }, true],
    [[true, false], true, true],
    [[true, false], false, true],
  ]),
  ['States.ArrayRange($.x[0], $.x[1], $.x[2])', [0, 9, 3], [0, 3, 6, 9]],
  ...two('ArrayGetItem', [[numbers, 5, 6]]),
  ...one('ArrayLength', [[numbers, 9]]),
  // test_math_operations
  ...two('MathAdd', [
    [-9, 3, -6],
    [1.49, 1.5, 3],
    [1.5, 1.51, 4],
    [-1.49, -1.5, -2],
    [-1.5, -1.51, -3],
    [1.49, 0, 1],
    [1.49, -1.49, 0],
    [1.5, 0, 2],
    [1.51, 0, 2],
    [-1.49, 0, -1],
    [-1.5, 0, -1],
    [-1.51, 0, -2],
    [0.5, 0, 1],
    [2.5, 0, 3],
    [3.5, 0, 4],
    [-0.5, 0.5, 1],
    [-0.5, 0, 0],
    [-2.5, 0, -2],
    [-3.5, 0, -3],
  ]),
  // test_generic
  ...(
    [
      ['', ''],
      [' ', ' '],
      ['HelloWorld', 'HelloWorld'],
      [null, 'null'],
      [1, '1'],
      [1.1, '1.1'],
      [json, json],
    ] as const
  ).flatMap(([value, text]): Row[] => [
    ["States.Format('Formatting argument {}.', $.x)", value, `Formatting argument ${text}.`],
    [
      "States.Format('fst={} and snd={}.', $.x.fst, $.x.snd)",
      { fst: value, snd: value },
      `fst=${text} and snd=${text}.`,
    ],
  ]),
  ["States.Format('{}', $.x)", object, '{Arg1=1, Arg2=[]}'],
  ["States.StringSplit('Hello\nWorld', '\n')", null, ['Hello', 'World']],
  // test_json_manipulation
  ...one('StringToJson', [
    ['', null],
    [' ', null],
    ['null', null],
    ['-0', 0],
    ['1', 1],
    ['1.1', 1.1],
    ['true', true],
    ['"HelloWorld"', 'HelloWorld'],
    ['[1, 2, "HelloWorld"]', [1, 2, 'HelloWorld']],
    [json, object],
  ]),
  ...one('JsonToString', [
    [null, 'null'],
    [0, '0'],
    [1, '1'],
    [1.1, '1.1'],
    [true, 'true'],
    ['HelloWorld', '"HelloWorld"'],
    [[1, 2, 'HelloWorld'], '[1,2,"HelloWorld"]'],
    [object, '{"Arg1":1,"Arg2":[]}'],
  ]),
  [
    'States.JsonMerge($.x.fst, $.x.snd, false)',
    { fst: { a: { a1: 1, a2: 2 }, b: 2, d: 3 }, snd: { a: { a3: 1, a4: 2 }, c: 3, d: 4 } },
    { a: { a3: 1, a4: 2 }, b: 2, c: 3, d: 4 },
  ],
  // test_encode_decode, test_hash_calculations
  ...one('Base64Encode', [
    ['', ''],
    ['Data to encode', 'RGF0YSB0byBlbmNvZGU='],
  ]),
  ...one('Base64Decode', [
    ['', ''],
    ['RGF0YSB0byBlbmNvZGU=', 'Data to encode'],
  ]),
  ...two('Hash', [
    ['input data', 'MD5', '812f45842bc6d66ee14572ce20db8e86'],
    ['input data', 'SHA-1', 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    ['input data', 'SHA-256', 'b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3'],
    [
      'input data',
      'SHA-384',
      'd28a7d5cf25a74f11a50a18452b75e04bb3d70c9dd0510d6123aa008c756511b87525bdc835ebb27e1fb9e9374a15562',
    ],
    [
      'input data',
      'SHA-512',
      '6ce4adb348546d4f449c4d25aad9a7c9cb711d9e91982d3f0b29ca2f3f47d4ce2deba23bf2954f0f1d593fc50283731a533d30d425402d4f91316d871303aac4',
    ],
  ]),
  // test_string_operations
  ...two('StringSplit', [
    [' ', ',', [' ']],
    [' , ', ',', [' ', ' ']],
    [', , ,', ',', [' ', ' ']],
    [',,,,', ',', []],
    ['1,2,3,4,5', ',', ['1', '2', '3', '4', '5']],
    ['This.is+a,test=string', '.+,=', ['This', 'is', 'a', 'test', 'string']],
    ['split on T and \nnew line', 'T\n', ['split on ', ' and ', 'new line']],
  ]),
  [
    "States.StringSplit($$.Execution.Input.input.x, ',')",
    "a,b\nc,d\n,,,\ntrue,'e'\n",
    ['a', 'b\nc', 'd\n', '\ntrue', "'e'\n"],
  ],
];

let local: Harness;
let machine: string;
beforeAll(async () => {
  local = await startHarness();
  machine = await local.create({
    StartAt: 'C',
    States: {
      C: {
        Type: 'Choice',
        Choices: rows.map((_, row) => ({ Variable: '$.row', NumericEquals: row, Next: `S${row}` })),
        OutputPath: '$.input',
      },
      ...Object.fromEntries(
        rows.map(([expression], row) => [`S${row}`, { Type: 'Pass', Parameters: { 'v.$': expression }, End: true }]),
      ),
    },
  });
});
afterAll(() => local.close());

it.each(rows.map((row, index) => [...row, index] as const))('%s on %j', async (_, input, expected, row) => {
  const execution = await local.ended(await local.start(machine, { row, input: { x: input } }));
  expect(execution.error ?? outputOf(execution).v).toEqual(expected);
});
