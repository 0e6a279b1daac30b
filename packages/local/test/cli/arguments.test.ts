import { readArguments } from '@pipeline/local/terminal';
import { expect, test } from 'vitest';

const kinds = { parameter: 'list', out: 'text', json: 'flag' } as const;
const read = (...args: readonly string[]) => readArguments(args, kinds, 'pipeline');

test('an option that is a list has a value each time that it is given', () => {
  expect(read('--parameter', 'A=1', 'file', '--parameter=B=2', '--json')).toEqual({
    positionals: ['file'],
    options: { parameter: ['A=1', 'B=2'], json: true },
  });
  expect(read().options).toEqual({});
});

test.each([
  [['--out', 'a', '--out', 'b'], '--out is given twice'],
  [['--json', '--json'], '--json is given twice'],
  [['--parameter'], '--parameter needs a value; see pipeline --help'],
  [['--parameter', '--json'], '--parameter needs a value; see pipeline --help'],
  [['--parameter='], '--parameter needs a value; see pipeline --help'],
  [['--json=yes'], '--json takes no value'],
  [['--other'], 'unknown option --other; see pipeline --help'],
])('%j is a wrong call', (args, message) => {
  expect(() => read(...args)).toThrow(message);
});
