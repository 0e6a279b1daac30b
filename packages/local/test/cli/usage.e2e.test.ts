import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import metadata from '../../package.json' with { type: 'json' };
import { openPlace, type Place } from './support.ts';

let place: Place;

const files: Readonly<Record<string, string | Uint8Array>> = {
  'in.csv': 'id,name\n1,a\n007,b\n',
  'semi.csv': 'id;name\n1;a\n',
  'empty.csv': '',
  'utf16.csv': Uint8Array.of(0xff, 0xfe, 0x00, 0xd8),
  'twice.csv': 'id,id\n1,2\n',
  'reference.csv': 'id,region\n1,EU\n',
  'doubled.csv': 'id,region\n1,EU\n1,US\n',
  'broken.csv': 'id,region\n1\n',
  'overlap.csv': 'id,name\n1,a\n',
  'only-key.csv': 'id\n1\n',
  'no-key.csv': 'code,region\n1,EU\n',
  'text.json': '{',
  'rule.json': '{"type":"object","properties":{"id":{"type":"whatever"}}}',
  'zip.json': '{"type":"object","required":["zip"],"properties":{"zip":{"type":"string"}}}',
  'results/output.csv': 'id\n1\n',
  'not-an-app.mjs': 'export const answer = 42;\n',
};

beforeAll(async () => {
  place = await openPlace();
  await mkdir(path.join(place.folder, 'results'));
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(place.folder, name), content);
});
afterAll(() => place.remove());

const run = ['run', 'in.csv', '--out', 'o'];

describe('a wrong call is answered in one line, with 2, and starts nothing', () => {
  type Case = readonly [args: readonly string[], line: string];
  const onLinux: readonly Case[] = [
    [['run', 'in.csv', '--out', '/proc/x'], '--out /proc/x is where no folder can be made'],
  ];
  const cases: readonly Case[] = [
    ...(process.platform === 'linux' ? onLinux : []),
    [['replay'], 'which file? pipeline replay <mended.csv> [--batch <place>]'],
    [['replay', 's3://b/k.csv'], '--batch is missing: the folder of the batch, such as s3://orders/batches/<batch id>'],
    [['trace', '--batch', 'x'], 'which row? one of --output-row, --source-row, --byte, --rejects-row'],
    [['fly'], 'unknown command "fly"; see pipeline --help'],
    [['--fly'], 'unknown option --fly; see pipeline --help'],
    [['report'], 'which report? pipeline report <report.json | folder>'],
    [['report', 'none'], 'none does not exist'],
    [['report', 'results'], 'results/report.json does not exist'],
    [['report', 'in.csv'], 'in.csv is no JSON'],
    [['report', 'rule.json'], 'rule.json is no report of a batch'],
    [['run'], 'which file? pipeline run <input.csv> --out <folder>'],
    [['run', 'in.csv'], '--out is missing: the folder for the results'],
    [['run', 'in.csv', 'semi.csv', '--out', 'o'], 'one file at a time, got in.csv, semi.csv'],
    [['run', 'none.csv', '--out', 'o'], 'none.csv does not exist'],
    [['run', 'results', '--out', 'o'], 'results is a folder, not a file'],
    [['run', 'empty.csv', '--out', 'o'], 'SOURCE_EMPTY: empty.csv has no bytes; upload a file with at least a header'],
    [
      ['run', 'utf16.csv', '--out', 'o'],
      'CSV_BAD_ENCODING: utf16.csv is not utf-16le, byte offset 2: the header has bytes that such text does not have; convert it to UTF-8 or name its encoding',
    ],
    [
      ['run', 'twice.csv', '--out', 'o'],
      'CSV_BAD_HEADER: the header of twice.csv has the same name twice (column "id"); expected each name once',
    ],
    [['run', 'in.csv', '--out', 'in.csv'], '--out in.csv is not a folder'],
    [['run', 'in.csv', '--out', 'in.csv/o'], '--out in.csv/o lies below a file'],
    [
      ['run', 'results/output.csv', '--out', 'results'],
      '--out results would overwrite results/output.csv; choose another folder',
    ],
    [[...run, '--chunk-rows', '-1'], '--chunk-rows must be a whole number of at least 1, got "-1"'],
    [[...run, '--chunk-bytes', '0'], '--chunk-bytes must be a whole number of at least 1, got "0"'],
    [[...run, '--chunk-rows', '5', '--chunk-bytes', '5'], '--chunk-rows and --chunk-bytes exclude each other'],
    [[...run, '--delimiter', ';;'], '--delimiter must be one ASCII character other than a quote or newline, got ";;"'],
    [[...run, '--fast'], 'unknown option --fast; see pipeline run --help'],
    [[...run, '--out', 'p'], '--out is given twice'],
    [['run', 'in.csv', '--out', '--json'], '--out needs a value; see pipeline run --help'],
    [[...run, '--json=yes'], '--json takes no value'],
    [[...run, '--columns', 'id,zip'], '--columns: in.csv has no column "zip"; it has id, name'],
    [[...run, '--columns', 'id,id'], '--columns must be names of columns, each once, separated by commas, got "id,id"'],
    [[...run, '--schema', 'none.json'], 'none.json does not exist'],
    [
      [...run, '--schema', 'text.json'],
      "--schema text.json is not JSON: Expected property name or '}' in JSON at position 1 (line 1 column 2)",
    ],
    [
      [...run, '--schema', 'zip.json'],
      'in.csv does not fit --schema zip.json: CSV_BAD_HEADER: the header of the file lacks a column that the rule requires (column "zip"); expected the columns zip',
    ],
    [[...run, '--unique', 'zip'], '--unique: in.csv has no column "zip"; it has id, name'],
    [[...run, '--on-duplicate', 'warn'], '--on-duplicate needs --unique, the columns that tell rows apart'],
    [[...run, '--unique', 'id', '--on-duplicate', 'drop'], '--on-duplicate must be reject, warn or fail, got "drop"'],
    [[...run, '--lookup', 'reference.csv'], '--lookup needs --key, the column that both files have'],
    [[...run, '--key', 'id'], '--key needs --lookup, the reference file'],
    [[...run, '--lookup', 'reference.csv', '--key', 'region'], '--key: in.csv has no column "region"; it has id, name'],
    [[...run, '--lookup', 'no-key.csv', '--key', 'id'], '--key: no-key.csv has no column "id"; it has code, region'],
    [
      ['run', 'semi.csv', '--out', 'o', '--lookup', 'reference.csv', '--key', 'id'],
      '--key: semi.csv has no column "id"; it has id;name; its delimiter may be ";"',
    ],
    [
      [...run, '--lookup', 'overlap.csv', '--key', 'id'],
      '--lookup overlap.csv has the column "name", which in.csv has too; rename or remove it in one of them',
    ],
    [
      [...run, '--lookup', 'only-key.csv', '--key', 'id'],
      '--lookup only-key.csv has no column beside "id", so it adds nothing',
    ],
    [
      [...run, '--lookup', 'doubled.csv', '--key', 'id'],
      '--lookup doubled.csv has the key of data row 2 on an earlier one too',
    ],
    [
      [...run, '--lookup', 'broken.csv', '--key', 'id'],
      '--lookup broken.csv is malformed: data row 1 has 1 fields, the header has 2',
    ],
    [['serve', 'in.csv'], 'serve takes no file, got in.csv'],
    [['serve', '--port', '0'], '--port must be a whole number from 1 to 65527, got "0"'],
    [['serve', '--example', 'fish'], 'there is no example "fish"; there is orders'],
    [['serve', '--app', 'none.ts'], '--app none.ts does not exist'],
    [
      ['serve', '--app', 'not-an-app.mjs'],
      'not-an-app.mjs exports no LocalApp: not as default, app or ...App, nor a function that makes one',
    ],
  ];
  test.concurrent.each(cases)('%j', async (args, line) => {
    await expect(place.run(...args)).resolves.toEqual({ code: 2, stdout: '', stderr: `pipeline: ${line}\n` });
  });

  test('a rule that is none is named with its place', async () => {
    const { code, stderr } = await place.run(...run, '--schema', 'rule.json');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^pipeline: --schema rule\.json: RULE_INVALID: .*#\/properties\/id\/type.*\n$/);
  });

  test('a port that is taken is named', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const answer = await place.run('serve', '--port', String(port));
    await new Promise((resolve) => taken.close(resolve));
    expect(answer).toEqual({
      code: 2,
      stdout: '',
      stderr: `pipeline: port ${port} for S3 is in use; choose another --port\n`,
    });
  });

  test('nothing was made', () => {
    expect(existsSync(path.join(place.folder, 'o'))).toBe(false);
    expect(existsSync(path.join(place.folder, 'p'))).toBe(false);
  });
});

describe('help', () => {
  test.concurrent.each([
    [['--help'], 'Usage: pipeline <command>'],
    [['run', '--help'], 'Usage: pipeline run'],
    [['run', '--wrong', '-h'], 'Usage: pipeline run'],
    [['report', '--help'], 'Usage: pipeline report'],
    [['compile-rule', '--help'], 'Usage: pipeline compile-rule <rule.json>'],
    [['serve', '--help'], 'Usage: pipeline serve'],
    [['replay', '--help'], 'Usage: pipeline replay'],
    [['trace', '--help'], 'Usage: pipeline trace'],
  ])('%j fits a terminal and answers 0', async (args, beginning) => {
    const { code, stdout, stderr } = await place.run(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.startsWith(beginning)).toBe(true);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('the version is that of the package', async () => {
    await expect(place.run('--version')).resolves.toEqual({ code: 0, stdout: `${metadata.version}\n`, stderr: '' });
  });

  test('without a command the help goes to stderr and the answer is 2', async () => {
    const { code, stdout, stderr } = await place.run();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.startsWith('Usage: pipeline <command>')).toBe(true);
  });
});
