import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, openPlace, type Place } from './support.ts';

let place: Place;

/** A byte order mark, mixed newlines, quotes, numbers as people write them, and no newline at the end. */
const wild = '\uFEFFid,name,price\r\n1,a,1.10\r\n007,"b ""q"", c",0x1F\n9,,\r\n10,toolong,2\r\n11,ü,3';

const file = (name: string): string => path.join(place.folder, name);
const read = (name: string): Promise<string> => readFile(file(name), 'utf8');
const report = async (folder: string) => JSON.parse(await read(`${folder}/report.json`)) as Record<string, unknown>;

/** Nothing temporary is left, whatever happened. */
const expectClean = async (): Promise<void> => {
  expect(await readdir(place.temp)).toEqual([]);
};

beforeAll(async () => {
  place = await openPlace();
  await writeFile(file('wild.csv'), wild);
  await writeFile(
    file('rule.json'),
    JSON.stringify({
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'integer' }, name: { type: 'string', maxLength: 6 } },
    }),
  );
  await writeFile(file('regions.tsv'), 'region\tid\tnote\nEU\t1\t"a ""b"""\nUS\t007\t"x,y"\nAS\t11\t\n');
  await writeFile(file('open.csv'), 'a,b\n1,"never closed\n2,3\n');
});
afterAll(() => place.remove());

test('without rules every byte comes back, and rejects of an earlier run are gone', async () => {
  await mkdir(file('new/plain'), { recursive: true });
  await writeFile(file('new/plain/rejects.csv'), 'of an earlier run');
  const { code, stdout, stderr } = await place.run('run', 'wild.csv', '--out', 'new/plain');
  expect(code).toBe(0);
  expect(await readFile(file('new/plain/output.csv'))).toEqual(Buffer.from(wild));
  // The whole folder: no part of a file stays either.
  expect((await readdir(file('new/plain'))).sort()).toEqual(['output.csv', 'report.html', 'report.json']);
  expect(stdout).toContain('5 rows read = 5 written + 0 rejected');
  expect(stdout).not.toContain('\u001b');
  // A line for the end of each step, in order, without anything that only a terminal understands.
  expect(stderr.match(/^\w+(?= +done in \d+\.\d s)/gm)).toEqual([
    'start',
    'upload',
    'split',
    'process',
    'resolve',
    'merge',
    'archive',
    'notify',
    'save',
  ]);
  expect(stderr).not.toContain('\u001b');
  await expectClean();
});

test('rules, a reference file, chosen columns and chunks of one row', async () => {
  await writeFile(file('wild-2.csv'), wild);
  const args = [
    'run',
    'wild-2.csv',
    '--out',
    'full',
    '--schema',
    'rule.json',
    '--lookup',
    'regions.tsv',
    '--key',
    'id',
  ];
  const { code, stdout } = await place.run(...args, '--columns', 'note, id,region,price', '--chunk-rows', '1');
  expect(code).toBe(0);
  // 007 is 7 to the rule, and still 007 to the reference file and to the output.
  expect(await read('full/output.csv')).toBe('\uFEFFnote,id,region,price\r\n"a ""b""",1,EU,1.10\r\n,11,AS,3');
  const rejects = await read('full/rejects.csv');
  expect(rejects).toContain('007,"b ""q"", c",0x1F,2,');
  expect(rejects).toContain('9,,,3,');
  expect(stdout).toContain('5 rows read = 2 written + 3 rejected');
  expect(stdout).toMatch(/^ {2}name +maxLength +RULE_FAILED +2$/m);
  expect(stdout).toMatch(/^ {2}id +regions +LOOKUP_MISSING +1$/m);
  const page = await read('full/report.html');
  expect(page).toContain('<a href="output.csv"');
  expect(page).toContain('<a href="rejects.csv"');
  expect(page).toMatch(/row 4 .*toolong/);
  expect(await report('full')).toMatchObject({ chunkCount: 5, rowsRead: 5, rowsWritten: 2, rowsRejected: 3 });
  await expectClean();
});

test('a dry run leaves rejects and a report that says so, and looks nothing up', async () => {
  const args = ['run', 'wild.csv', '--out', 'dry', '--schema', 'rule.json', '--lookup', 'regions.tsv', '--key', 'id'];
  const { code, stdout } = await place.run(...args, '--columns', 'region', '--dry-run', '--chunk-bytes', '20');
  expect(code).toBe(0);
  expect((await readdir(file('dry'))).sort()).toEqual(['rejects.csv', 'report.html', 'report.json']);
  expect(stdout).toContain('5 rows read = 3 written + 2 rejected');
  expect(stdout).toContain('Dry run: the rows were validated only, nothing was looked up; there is no output.csv.');
  expect(await report('dry')).toMatchObject({ dryRun: true, rowsRejected: 2 });
  expect(await read('dry/report.html')).toContain('This was a dry run');
  await expectClean();
});

test('--json prints the report and nothing else', async () => {
  await writeFile(file('semi.txt'), 'id;name\n1;a\n2\n');
  const { code, stdout, stderr } = await place.run('run', 'semi.txt', '--out', 'json', '--delimiter', ';', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(await read('json/report.json'));
  expect(JSON.parse(stdout)).toMatchObject({ rowsRead: 2, rowsWritten: 1, rowsRejected: 1, columns: ['id', 'name'] });
  expect(await read('json/output.csv')).toBe('id;name\n1;a\n');
  await expectClean();
});

test('pipeline report makes the page anew, and redacted without a value', async () => {
  const again = await place.run('report', 'full', '--out', 'pages/of the run.html');
  expect({ code: again.code, stderr: again.stderr }).toEqual({ code: 0, stderr: '' });
  expect(again.stdout).toMatch(/^pages\/of the run\.html {3}\d/);
  expect(await read('pages/of the run.html')).toContain('<a href="../full/output.csv"');
  const { code, stdout } = await place.run('report', 'full/report.json', '--redact');
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^full\/report\.html /) });
  const page = await read('full/report.html');
  expect(page).toContain('Row content is left out of this page.');
  expect(page).not.toContain('toolong');
});

test('mended rejects are run again, under their own name', async () => {
  await writeFile(file('rejects.csv'), 'id,name,__pipeline_row,__pipeline_rules\n1,mended,7,x\n2\n');
  const { code, stderr } = await place.run('run', 'rejects.csv', '--out', 'mended');
  expect(code).toBe(0);
  expect(stderr).toContain('note: rejects.csv is a mended rejects file: its __pipeline_* columns are taken off\n');
  expect(await read('mended/output.csv')).toBe('id,name\n1,mended\n');
  expect(await read('mended/rejects.csv')).toContain('\n2,2,');
});

test('a header alone succeeds', async () => {
  await writeFile(file('header.csv'), 'id,name\n');
  const { code, stdout } = await place.run('run', 'header.csv', '--out', 'header');
  expect(code).toBe(0);
  expect(stdout).toContain('0 rows read = 0 written + 0 rejected');
  expect(await read('header/output.csv')).toBe('id,name\n');
});

test('a batch that fails answers 1 with its code and what to do, and leaves nothing', async () => {
  const { code, stdout, stderr } = await place.run('run', 'open.csv', '--out', 'failed', '--json');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^pipeline: CSV_UNCLOSED_QUOTE: the quote opened at data row 1, .*; close it or [^\n]*\n$/);
  expect(await readdir(place.folder)).not.toContain('failed');
  await expectClean();
});

test('Ctrl-C stops a run at once, and a second signal that comes along changes nothing', async () => {
  const child = place.start(['run', 'wild.csv', '--out', 'stopped']);
  await new Promise<void>((resolve) =>
    child.stderr?.on('data', (text: string) => text.includes('upload') && resolve()),
  );
  const stoppedAt = performance.now();
  child.kill('SIGINT');
  child.kill('SIGINT'); // as npm passes on what the terminal sent already
  const { code, stderr }: Answer = await child.answer;
  expect(code).toBe(130);
  expect(performance.now() - stoppedAt).toBeLessThan(5_000);
  expect(stderr.endsWith('pipeline: interrupted\n')).toBe(true);
  expect(await readdir(place.folder)).not.toContain('stopped');
  await expectClean();
});

test('rows that repeat others in far chunks are rejects, counted, or the end of the batch', async () => {
  await writeFile(file('twins.csv'), 'id,name\n1,a\n2,b\n3,c\n1,d\n"2",e\n');
  const args = ['run', 'twins.csv', '--chunk-rows', '1', '--unique', 'id'];
  const { code, stdout } = await place.run(...args, '--out', 'twins');
  expect(code).toBe(0);
  expect(stdout).toContain('5 rows read = 3 written + 2 rejected');
  expect(stdout).toMatch(/id +unique:id +ROW_DUPLICATE +2/);
  expect(await read('twins/output.csv')).toBe('id,name\n1,a\n2,b\n3,c\n');
  expect(await read('twins/rejects.csv')).toContain('\n"2",e,5,24,id,unique:id,id repeats data row 2,');
  expect(await report('twins')).toMatchObject({
    rowsRejected: 2,
    resolved: { unique: { 'unique:id': { repeats: 2 } } },
  });

  const failed = await place.run(...args, '--out', 'none', '--on-duplicate', 'fail');
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain('ROWS_REPEATED: data row 4 repeats data row 1 in id (2 such rows in all)');
  await expectClean();
});
