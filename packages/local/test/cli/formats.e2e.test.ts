import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPlace, type Place } from './support.ts';

let place: Place;
const file = (name: string): string => path.join(place.folder, name);
const read = (name: string): Promise<string> => readFile(file(name), 'utf8');

const rows = Array.from({ length: 60 }, (_, row) => [String(row), `Größe ${row}`, `${row}.5`]);
const text = (delimiter: string): string =>
  ['id', 'größe', 'preis'].join(delimiter) + rows.map((row) => `\n${row.join(delimiter)}`).join('');

beforeAll(async () => {
  place = await openPlace();
  await writeFile(file('in.csv'), 'id,name\n1,a\n2,b\n');
  await writeFile(file('semi-1252.csv'), Buffer.from(text(';'), 'latin1'));
  await writeFile(file('wide.csv'), Buffer.from(`\uFEFF${text('\t')}`, 'utf16le'));
  await writeFile(file('packed.csv.gz'), gzipSync(text(',')));
  await writeFile(file('bare.txt'), "made by hand\n1|it's\n#2|x\n'3|4'|y\n5\n");
  await writeFile(file('unsure.csv'), 'a,b;c\n1;2,3\n4,5\n');
});
afterAll(() => place.remove());

describe('pipeline run', () => {
  test('detects what it is not told, and says what it found', async () => {
    const { code, stdout } = await place.run('run', 'semi-1252.csv', '--out', 'detected', '--detect');
    expect(code).toBe(0);
    expect(await read('detected/output.csv')).toBe(text(';'));
    expect(stdout).toContain('60 rows read = 60 written + 0 rejected');
    expect(stdout).toMatch(
      /^Read as WINDOWS-1252, delimiter ;, quote ", LF, header in the first record \(detected, at least \d\d % sure\)\.$/m,
    );
    const report = JSON.parse(await read('detected/report.json'));
    expect(report.readAs).toMatchObject({ encoding: 'windows-1252', detected: { delimiter: ';', header: true } });
  });

  test('reads UTF-16, and writes packed JSON Lines from samples', async () => {
    const args = ['run', 'wide.csv', '--out', 'lines', '--delimiter', '\\t', '--format', 'jsonl', '--compress', 'gzip'];
    const { code, stdout } = await place.run(...args, '--plan', 'sampled', '--chunk-bytes', '400');
    expect(code).toBe(0);
    expect((await readdir(file('lines'))).sort()).toEqual(['output.jsonl.gz', 'report.html', 'report.json']);
    const lines = gunzipSync(await readFile(file('lines/output.jsonl.gz')))
      .toString()
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      rows.map(([id, size, price]) => ({ id, größe: size, preis: price })),
    );
    expect(stdout).toContain('Read as UTF-16LE, delimiter tab, quote ", LF.');
    const report = JSON.parse(await read('lines/report.json'));
    expect(report).toMatchObject({ plan: { mode: 'sampled', number: 1 }, rowsRead: 60 });
    expect(report.chunkCount).toBeGreaterThan(3);
  });

  test('unpacks, quotes every field, and leaves no output of another kind beside', async () => {
    const args = ['run', 'packed.csv.gz', '--out', 'lines', '--quoting', 'always', '--columns', 'preis,id'];
    const { code, stdout } = await place.run(...args, '--chunk-count', '5');
    expect(code).toBe(0);
    expect((await readdir(file('lines'))).sort()).toEqual(['output.csv', 'report.html', 'report.json']);
    expect((await read('lines/output.csv')).split('\n').slice(0, 2)).toEqual(['"preis","id"', '"0.5","0"']);
    expect(stdout).toContain('Read as UTF-8, delimiter ,, quote ", LF, unpacked from gzip.');
  });

  test('takes a file that has no header, lines before it, comments and quotes of its own', async () => {
    const args = ['run', 'bare.txt', '--out', 'bare', '--delimiter', '|', '--quote', "'", '--comment', '#'];
    const { code } = await place.run(...args, '--skip-lines', '1', '--header', 'key,note', '--chunk-rows', '1');
    expect(code).toBe(0);
    expect(await read('bare/output.csv')).toBe("1|it's\n'3|4'|y\n");
    expect((await read('bare/rejects.csv')).split('\n').slice(0, 2)).toEqual([
      'key|note|__pipeline_row|__pipeline_byte_offset|__pipeline_columns|__pipeline_rules|__pipeline_messages|__pipeline_batch',
      expect.stringMatching(/^5\|3\|33\|\|fields\|has 1 fields, the header has 2\|[0-9a-f]{32}$/),
    ]);
  });

  test('renames columns as declared, and says what they hold', async () => {
    const lines = rows.map((row, i) => `${row[0]},${i % 2 === 0 ? 'open' : 'closed'}`);
    await writeFile(file('named.csv'), `Order ID,state\n${lines.join('\n')}\n`);
    const args = ['run', 'named.csv', '--out', 'named', '--aliases', 'id=order-id', '--loose-names'];
    const { code, stdout } = await place.run(...args, '--chunk-count', '3');
    expect(code).toBe(0);
    expect(stdout).toContain('Columns by their aliases: "Order ID" is id.');
    expect((await read('named/output.csv')).split('\n')[0]).toBe('id,state');
    const report = JSON.parse(await read('named/report.json'));
    expect(report.readAs.renamed).toEqual([{ from: 'Order ID', to: 'id' }]);
    expect(report.chunkCount).toBeGreaterThan(1);
    expect(report.resolved.columns).toMatchObject([
      { name: 'id', count: 60, distinct: 60, kinds: { integer: 60 }, numbers: { min: 0, max: 59 } },
      { name: 'state', count: 60, empty: 0, distinct: 2 },
    ]);
  });

  test('says that samples misled, and gives the right rows all the same', async () => {
    const misleading = `id,note,more\n1,a,b\n2,"${'7,x,y\n'.repeat(2000)}",c\n3,d,e\n`;
    await writeFile(file('misleading.csv'), misleading);
    const args = ['run', 'misleading.csv', '--out', 'again', '--plan', 'sampled', '--chunk-bytes', '1000'];
    const { code, stdout } = await place.run(...args);
    expect(code).toBe(0);
    expect(await read('again/output.csv')).toBe(misleading);
    expect(stdout).toContain('3 rows read = 3 written + 0 rejected');
    expect(stdout).toContain('Samples had misled: chunks were planned again by a full scan.');
  });
});

describe('a wrong call is answered in one line, with 2, and starts nothing', () => {
  const run = ['run', 'in.csv', '--out', 'o'];
  const cases: readonly (readonly [args: readonly string[], line: string])[] = [
    [[...run, '--format', 'xml'], '--format must be csv or jsonl, got "xml"'],
    [[...run, '--compress', 'zip'], '--compress must be gzip or zstd, got "zip"'],
    [[...run, '--quoting', 'never'], '--quoting must be as-source, minimal or always, got "never"'],
    [[...run, '--format', 'jsonl', '--quoting', 'always'], '--quoting is for CSV, and --format is jsonl'],
    [[...run, '--format', 'jsonl', '--formula-guard'], '--formula-guard is for CSV, and --format is jsonl'],
    [[...run, '--plan', 'guess'], '--plan must be sequential, parallel or sampled, got "guess"'],
    [
      [...run, '--plan', 'sampled', '--chunk-rows', '5'],
      '--chunk-rows needs --plan sequential: rows are counted one after the other, got sampled',
    ],
    [[...run, '--chunk-count', '5', '--chunk-bytes', '5'], '--chunk-bytes and --chunk-count exclude each other'],
    [[...run, '--chunk-count', '0'], '--chunk-count must be a whole number of at least 1, got "0"'],
    [
      ['run', 'packed.csv.gz', '--out', 'o', '--plan', 'parallel'],
      '--plan parallel reads ranges, which packed.csv.gz has not: it is packed with gzip',
    ],
    [
      [...run, '--encoding', 'latin1'],
      '--encoding must be utf-8, utf-16le, utf-16be, iso-8859-1 or windows-1252, got "latin1"',
    ],
    [[...run, '--quote', '""'], '--quote must be one ASCII character other than a newline, or none, got "\\"\\""'],
    [
      [...run, '--quote', ','],
      '--quote must be a character, or up to 16 bytes of them, without newline and NUL, that does not end as it begins and is no part of the delimiter, or nothing, got ","',
    ],
    [[...run, '--skip-lines', 'x'], '--skip-lines must be a whole number of at least 0, got "x"'],
    [[...run, '--no-header', '--header', 'a,b'], '--header and --no-header exclude each other'],
    [[...run, '--header', 'a,,b'], '--header must be names of columns, each once, separated by commas, got "a,,b"'],
    [[...run, '--detect=yes'], '--detect takes no value'],
    [
      ['run', 'unsure.csv', '--out', 'o', '--detect'],
      'CSV_UNCERTAIN: the delimiter of unsure.csv could not be told from its first 16 bytes (confidence ',
    ],
  ];
  test.concurrent.each(cases)('%j', async (args, line) => {
    const { code, stdout, stderr } = await place.run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.startsWith(`pipeline: ${line}`)).toBe(true);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('an output of another kind is not written over the input either', async () => {
    await writeFile(file('lines/output.jsonl'), 'id\n1\n');
    const { code, stderr } = await place.run('run', 'lines/output.jsonl', '--out', 'lines', '--format', 'csv');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'pipeline: --out lines would overwrite lines/output.jsonl; choose another folder\n',
    });
  });
});
