import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { compileRule } from '@pipeline/validate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPlace, type Place } from './support.ts';

const schema = {
  type: 'object',
  required: ['id', 'units'],
  properties: {
    id: { type: 'string', pattern: '^[A-Z]{2}-(\\d+)*$' },
    units: { type: 'integer', multipleOf: 5 },
    site: { type: 'string', format: 'uri', maxLength: 40 },
    day: { type: 'string', format: 'date' },
  },
} as const;
const options = { trim: true, columns: { day: { date: 'D.M.YY' } } };
const rows: readonly Record<string, string>[] = [
  { id: 'DE-7', units: ' 10', site: '', day: '1.2.24' },
  { id: 'DE 7', units: '7', site: 'example', day: '31.2.24' },
  { units: 'ten' },
];

let place: Place;
const file = (name: string): string => path.join(place.folder, name);

beforeAll(async () => {
  place = await openPlace();
  await writeFile(file('rule.json'), JSON.stringify(schema));
  await writeFile(file('options.json'), JSON.stringify(options));
  await writeFile(file('list.json'), '[]');
  await writeFile(file('array.json'), '{"type":"array"}');
});
afterAll(() => place.remove());

const script = (module: string): string => `
  import * as made from './${module}';
  const even = { name: 'even', columns: ['units'], check: ({ units }) => units % 2 === 0 || 'must be even' };
  const rows = ${JSON.stringify(rows)};
  const of = (rule) => rows.map((row) => rule.check(row));
  console.log(JSON.stringify([of(made.rule), of(made.createRule({ checks: [even] })), made.default === made.rule]));`;

describe('pipeline compile-rule', () => {
  test('writes a module that needs nothing, not even code made of strings, and says what compileRule says', async () => {
    const { code, stdout, stderr } = await place.run(
      ...['compile-rule', 'rule.json', '--options', 'options.json', '--out', 'made/order.rule.mjs'],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^made\/order\.rule\.mjs: the rule, \d+ kB\nmade\/order\.rule\.d\.mts: its types\n\n {2}import \{ rule \} from "\.\/order\.rule\.mjs";\n$/,
    );
    expect((await readdir(file('made'))).sort()).toEqual(['order.rule.d.mts', 'order.rule.mjs']);
    const text = await readFile(file('made/order.rule.mjs'), 'utf8');
    expect(text.match(/\bimport\b|new Function|\beval\(/)).toBeNull();
    expect(await readFile(file('made/order.rule.d.mts'), 'utf8')).toContain('readonly "units": number;');

    await writeFile(file('made/main.mjs'), script('order.rule.mjs'));
    const node = [process.execPath, ['--disallow-code-generation-from-strings', file('made/main.mjs')]] as const;
    const answer = await promisify(execFile)(...node);
    const even = { name: 'even', columns: ['units'], check: ({ units }: { units: number }) => units % 2 === 0 };
    const rule = compileRule(schema, options);
    const [plain, checked, isDefault] = JSON.parse(answer.stdout) as unknown[];
    expect(plain).toEqual(JSON.parse(JSON.stringify(rows.map((row) => rule.check(row)))));
    expect(checked).toMatchObject([{ ok: even.check({ units: 10 }) }, { ok: false }, { ok: false }]);
    expect(isDefault).toBe(true);
  });

  test('without --out the module goes to the standard output; --linked leaves its import to be found', async () => {
    const [whole, linked] = await Promise.all([
      place.run('compile-rule', 'rule.json'),
      place.run('compile-rule', 'rule.json', '--linked', '--columns', 'units,id'),
    ]);
    expect({ code: whole.code, stderr: whole.stderr }).toEqual({ code: 0, stderr: '' });
    expect(linked.stdout.match(/^import .*$/gm)).toEqual([
      expect.stringMatching(/^import \{.*\} from '@pipeline\/validate\/precompiled';$/),
    ]);
    expect(linked.stdout).toContain('layout: ["units","id"]');
    expect(linked.stdout.length).toBeLessThan(whole.stdout.length / 2);
    // Made from one place or another, it is the same.
    expect(whole.stdout).not.toContain(place.folder);
    expect(whole.stdout).not.toMatch(/packages\/|node_modules/);
  });

  test.concurrent.each([
    [[], 'which schema? pipeline compile-rule <rule.json> [--out <rule.mjs>]'],
    [['rule.json', 'other.json'], 'one schema at a time, got rule.json, other.json'],
    [['none.json'], 'none.json does not exist'],
    [['rule.json', '--out', 'rule.ts'], '--out must be a module, .mjs or .js, got rule.ts'],
    [
      ['array.json'],
      'array.json: RULE_INVALID: the rule cannot be compiled: at #/type: expected "object", since the schema describes a row, got "array"',
    ],
    [
      ['rule.json', '--columns', 'id'],
      'rule.json: CONFIG_INVALID: --columns must be columns with "units" among them, which the rule requires, got ["id"]',
    ],
    [['rule.json', '--options', 'list.json'], '--options list.json is no object of options'],
  ])('%j is answered in one line, with 2', async (args, line) => {
    const answer = await place.run('compile-rule', ...args);
    expect(answer).toEqual({ code: 2, stdout: '', stderr: `pipeline: ${line}\n` });
  });
});
