import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalS3, startS3 } from '../../src/s3/index.ts';
import { openPlace, type Place } from './support.ts';

const lines = Array.from(
  { length: 60 },
  (_, i) => `${i + 1},${i % 9},${i % 2 === 0 ? 'open' : 'closed'},"Müller, ${i}"`,
);
const orders = `Order ID,units,state,name\n${lines.join('\n')}\nshort,row\n`;
const rule = {
  type: 'object',
  required: ['id', 'units'],
  properties: { id: { type: 'integer' }, units: { type: 'integer', minimum: 1 }, state: { enum: ['open', 'closed'] } },
};
const as = ['--aliases', 'id=Order ID'];

let s3: LocalS3;
let place: Place;
const file = (name: string): string => path.join(place.folder, name);
const read = (name: string): Promise<string> => readFile(file(name), 'utf8');

beforeAll(async () => {
  s3 = await startS3();
  place = await openPlace({
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  });
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    credentials: s3.credentials,
    forcePathStyle: true,
  });
  await client.send(new CreateBucketCommand({ Bucket: 'inbox' }));
  for (const [Key, Body] of [
    ['in/orders.csv.gz', gzipSync(orders)],
    ['rule.json', JSON.stringify(rule)],
  ] as const)
    await client.send(new PutObjectCommand({ Bucket: 'inbox', Key, Body }));
  client.destroy();
  await writeFile(file('orders.csv'), orders);
  await writeFile(file('rule.json'), JSON.stringify(rule));
  await writeFile(file('good.csv'), 'id,units\n1,2\n');
  await writeFile(file('torn.csv'), 'id,units\n1,2\n3,"4\n');
  await writeFile(file('text.json'), '{');
});
afterAll(async () => {
  await place.remove();
  await s3.close();
});

describe('pipeline validate', () => {
  const table = [
    '  column       rule     code             rows',
    '  units        minimum  RULE_FAILED         7',
    '  (whole row)  fields   ROW_FIELD_COUNT     1',
  ].join('\n');

  test('says what was found by column and rule, with the first rows, and leaves rejects that can be mended', async () => {
    const { code, stdout, stderr } = await place.run(
      'validate',
      'orders.csv',
      '--schema',
      'rule.json',
      ...as,
      '--rejects',
      'bad/rejects.csv',
    );
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain('Columns by their aliases: "Order ID" is id.');
    expect(stdout).toContain('61 rows read = 53 passed + 8 failed');
    expect(stdout).toContain(table);
    expect(stdout).toContain('  row 1, byte 26: units must be at least 1, got "0" – correct the value,');
    expect(stdout).toContain('has 2 fields, the header has 4');
    const rejects = (await read('bad/rejects.csv')).split('\n');
    expect(rejects[0]).toMatch(/^Order ID,units,state,name,__pipeline_row,/);
    expect(rejects[1]).toBe('1,0,open,"Müller, 0",1,26,units,minimum,units must be at least 1,');
    expect(rejects).toHaveLength(1 + 8 + 1);

    await writeFile(
      file('mended.csv'),
      rejects
        .slice(0, -2)
        .join('\n')
        .replaceAll(/^(\d+),0,/gm, '$1,5,'),
    );
    const again = await place.run(
      'validate',
      'mended.csv',
      '--schema',
      'rule.json',
      ...as,
      '--rejects',
      'bad/rejects.csv',
    );
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('7 rows read = 7 passed + 0 failed');
    expect(await readdir(file('bad'))).toEqual([]);
  });

  test('reads a packed object and a rule from S3, and prints JSON without values where they are hidden', async () => {
    const { code, stdout } = await place.run(
      'validate',
      's3://inbox/in/orders.csv.gz',
      '--schema',
      's3://inbox/rule.json',
      ...as,
      '--json',
      '--hide-values',
    );
    expect(code).toBe(1);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ rowsRead: 61, rowsPassed: 53, rowsRejected: 8 });
    expect(found.issues[0]).toEqual({
      code: 'RULE_FAILED',
      rule: 'minimum',
      column: 'units',
      severity: 'error',
      rows: 7,
      examples: [1, 10, 19].map((rowNumber) => ({
        rowNumber,
        byteOffset: orders
          .split('\n')
          .slice(0, rowNumber)
          .reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0),
        message: 'must be at least 1',
        hint: expect.stringContaining('correct the value'),
      })),
    });
  });

  test('answers 0 where every row passes, and 1 where the file is broken', async () => {
    const good = await place.run('validate', 'good.csv', '--schema', 'rule.json');
    expect(good).toMatchObject({ code: 0, stderr: '' });
    const torn = await place.run('validate', 'torn.csv', '--schema', 'rule.json', '--rejects', 'torn/rejects.csv');
    expect(torn).toMatchObject({ code: 1, stdout: '' });
    expect(torn.stderr).toMatch(/^pipeline: CSV_UNCLOSED_QUOTE: .*\n$/);
    expect(existsSync(file('torn'))).toBe(false);
  });
});

describe('pipeline preview', () => {
  test('shows typed values and issues in a table that fits', async () => {
    const { code, stdout } = await place.run('preview', 'orders.csv', '--rows', '2', '--schema', 'rule.json', ...as);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(3)).toEqual([
      'row  id  units  state   name',
      '  1   1      0  open    Müller, 0',
      '     ✗ units must be at least 1',
      '  2   2      1  closed  Müller, 1',
      '',
      '2 rows, 1 with errors',
      '',
    ]);
  });

  test('does not mind what is broken behind the rows that it shows', async () => {
    const one = await place.run('preview', 'torn.csv', '--rows', '1');
    expect(one).toMatchObject({ code: 0, stdout: expect.stringContaining('\n  1  1   2\n') });
    const all = await place.run('preview', 'torn.csv');
    expect(all).toMatchObject({ code: 1, stderr: expect.stringContaining('data row 2, byte offset 15') });
  });

  test('takes chosen columns, packed objects and JSON', async () => {
    const some = await place.run('preview', 'orders.csv', '--rows', '1', '--columns', 'state,units');
    expect(some.stdout).toContain('row  state  units\n  1  open   0\n');
    const { stdout } = await place.run('preview', 's3://inbox/in/orders.csv.gz', '--rows', '61', '--json');
    const { columns, rows } = JSON.parse(stdout);
    expect(columns).toEqual(['Order ID', 'units', 'state', 'name']);
    expect(rows).toHaveLength(61);
    expect(rows[60]).toMatchObject({ rowNumber: 61, values: ['short', 'row', '', ''], issues: [{ rule: 'fields' }] });
  });
});

describe('pipeline infer', () => {
  test('makes a rule that the rows pass, and says beside it what speaks for it', async () => {
    const { code, stdout, stderr } = await place.run('infer', 's3://inbox/in/orders.csv.gz');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      $comment: expect.stringContaining('all 60 rows'),
      required: ['Order ID', 'units', 'state', 'name'],
      properties: { units: { type: 'integer' }, state: { enum: ['closed', 'open'] } },
    });
    expect(stderr).toContain('From 60 rows, and 1 malformed left out');
    expect(stderr).toContain('  state     one of 2      60          2  98.3 %\n');
  });

  test('looks at as many rows as it is told, and writes the rule where it is told', async () => {
    const some = await place.run('infer', 'orders.csv', '--rows', '5', '--ranges', '--out', 'rules/five.json');
    expect(some).toMatchObject({ code: 0, stderr: '' });
    expect(some.stdout).toContain('The schema: rules/five.json');
    expect(JSON.parse(await read('rules/five.json'))).toMatchObject({
      $comment: expect.stringContaining('the first 5 rows'),
      properties: { units: { minimum: 0, maximum: 4 } },
    });
    const { stdout } = await place.run('infer', 'orders.csv', '--all', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ rows: 60, rejected: 1, columns: [{ name: 'Order ID' }, {}, {}, {}] });
  });
});

describe('a wrong call is answered in one line, with 2', () => {
  test.concurrent.each<readonly [args: readonly string[], line: string]>([
    [['validate'], 'which file? pipeline validate <input> --schema <rule.json>'],
    [['validate', 'good.csv'], '--schema is missing: the rule that rows are held against'],
    [['validate', 'good.csv', 'torn.csv', '--schema', 'rule.json'], 'one file at a time, got good.csv, torn.csv'],
    [['validate', 'none.csv', '--schema', 'rule.json'], 'none.csv does not exist'],
    [['validate', 'good.csv', '--schema', 'none.json'], 'none.json does not exist'],
    [
      ['validate', 'good.csv', '--schema', 'rule.json', '--rejects', 'good.csv'],
      '--rejects good.csv would overwrite good.csv; choose another file',
    ],
    [
      ['validate', 'good.csv', '--schema', 'rule.json', '--rejects', 'good.csv/r.csv'],
      '--rejects good.csv is not a folder',
    ],
    [['preview', 's3://inbox'], 'an object in S3 is named s3://bucket/key, got s3://inbox'],
    [['preview', 'good.csv', '--rows', '0'], '--rows must be a whole number from 1 to 1000, got "0"'],
    [['preview', 'good.csv', '--columns', 'zip'], '--columns: good.csv has no column "zip"; it has id, units'],
    [['preview', 'good.csv', '--loose-names'], '--loose-names needs --aliases, the names that are compared'],
    [['preview', 'good.csv', '--aliases', 'id'], '--aliases must be pairs such as id="Order ID", got "id"'],
    [
      ['preview', 'good.csv', '--aliases', 'id=units'],
      'CSV_BAD_HEADER: the header of good.csv has two columns that are both declared as "id": "id" and this one (column "units"); expected one of them',
    ],
    [['infer', 'good.csv', '--rows', '5', '--all'], '--rows and --all exclude each other'],
    [['infer', 'good.csv', '--max-enum', '11'], '--max-enum must be a whole number from 0 to 10, got "11"'],
    [['infer', 'good.csv', '--out', 'good.csv'], '--out good.csv would overwrite good.csv; choose another file'],
  ])('%j', async (args, line) => {
    await expect(place.run(...args)).resolves.toEqual({ code: 2, stdout: '', stderr: `pipeline: ${line}\n` });
  });

  test.concurrent.each<readonly [args: readonly string[], line: RegExp]>([
    [['preview', 's3://inbox/none.csv'], /^pipeline: SOURCE_NOT_FOUND: .*s3:\/\/inbox\/none\.csv.*\n$/],
    [['validate', 'good.csv', '--schema', 'text.json'], /^pipeline: --schema text\.json is not JSON: .*\n$/],
    [
      ['validate', 'orders.csv', '--schema', 'rule.json'],
      /^pipeline: orders\.csv does not fit --schema rule\.json: CSV_BAD_HEADER: .*"id".*\n$/,
    ],
  ])('%j', async (args, line) => {
    const { code, stdout, stderr } = await place.run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(line);
  });

  test.concurrent.each(['validate', 'preview', 'infer'])('%s has a help that fits a terminal', async (command) => {
    const { code, stdout } = await place.run(command, '--help');
    expect(code).toBe(0);
    expect(stdout.startsWith(`Usage: pipeline ${command} <input>`)).toBe(true);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});
