import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { S3Client } from '@aws-sdk/client-s3';
import { processChunk, split } from '@pipeline/chunker';
import { type BatchReport, createRunContext, type ObjectRef, readBytes } from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import { merge, resolve } from '@pipeline/merge';
import { compileRule, uniqueRows, validate } from '@pipeline/validate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startS3 } from '../../src/s3/index.ts';
import { openPlace, type Place } from './support.ts';

const schema = { type: 'object' as const, properties: { units: { type: 'integer' as const } } };
const source = `id,units\n${Array.from({ length: 60 }, (_, i) => `${i + 1},${i % 10 === 6 ? 'many' : i}\n`).join('')}`;
const mended = (rejects: string): string =>
  rejects.replace('7,many,7,', '7,70,7,').replace('57,many,57,', '57,570,57,');
/** A mended row that has the key of another one, which is in the output. */
const repeating = (rejects: string): string => rejects.replace('17,many,17,', '16,170,17,');
const replayed = source
  .replace('\n7,many', '\n7,70')
  .replace('\n57,many', '\n57,570')
  .replaceAll(/\d+,many\n/g, '');

describe('a batch that was run into a folder', () => {
  let place: Place;
  const file = (name: string): string => path.join(place.folder, name);
  const read = (name: string): Promise<string> => readFile(file(name), 'utf8');

  beforeAll(async () => {
    place = await openPlace();
    await writeFile(file('orders.csv'), source);
    await writeFile(file('rule.json'), JSON.stringify(schema));
    const { code } = await place.run(
      'run',
      'orders.csv',
      '--out',
      'out',
      '--schema',
      'rule.json',
      '--chunk-rows',
      '20',
    );
    expect(code).toBe(0);
    await writeFile(file('out/mended.csv'), mended(await read('out/rejects.csv')));
  });
  afterAll(() => place.remove());

  test('takes mended rejects back as a new revision, again and again', async () => {
    const before = await read('out/output.csv');
    const first = await place.run('replay', 'out/mended.csv');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('Revision 2: 2 rows put in place, 4 rows rejected again.');
    expect(await read('out/r2/output.csv')).toBe(replayed);
    expect(await read('out/output.csv')).toBe(before);
    expect((await readdir(file('out/r2'))).sort()).toEqual(['output.csv', 'rejects.csv', 'report.html', 'report.json']);

    const again = await place.run('replay', 'out/mended.csv', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ revision: 2, rowsWritten: 56 });

    await writeFile(file('rest.csv'), (await read('out/r2/rejects.csv')).replaceAll(',many,', ',1,'));
    const second = await place.run('replay', 'rest.csv', '--batch', 'out');
    expect(second.stdout).toContain('60 rows read = 60 written + 0 rejected');
    expect((await readdir(file('out/r3'))).sort()).toEqual(['output.csv', 'report.html', 'report.json']);
    expect(await readdir(place.temp)).toEqual([]);
  });

  test('says where a row came from and what became of it', async () => {
    const { stdout } = await place.run('trace', '--batch', 'out', '--revision', '2', '--output-row', '7', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ sourceRow: 7, byteOffset: source.indexOf('7,many'), amendedIn: 2 });
    const rejected = await place.run('trace', '--batch', 'out', '--revision', '1', '--source-row', '17');
    expect(rejected.stdout).toContain('row 2 of rejects.csv');
    expect(rejected.stdout).toContain('units must be an integer');
    expect(rejected.stdout).not.toContain('many');
    expect(await place.run('trace', '--batch', 'out', '--source-row', '61')).toMatchObject({ code: 1, stdout: '' });
  });

  test('refuses what does not belong to it, in one line', async () => {
    const other = await place.run('replay', 'orders.csv', '--batch', 'out');
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(other.stderr).toMatch(/^pipeline: REPLAY_REFUSED: orders\.csv cannot be replayed .*\n$/);
    expect(await place.run('replay', 'orders.csv')).toMatchObject({ code: 2 });
    expect(await place.run('replay', 'gone.csv', '--batch', 'out')).toMatchObject({
      code: 2,
      stderr: 'pipeline: gone.csv does not exist\n',
    });
    await rm(file('out/r3/output.csv'));
    expect((await place.run('replay', 'rest.csv', '--batch', 'out')).stderr).toContain('is gone; run the file again');
  });
});

test('a mended row that repeats another one of its batch is rejected again', async () => {
  const place = await openPlace();
  try {
    const file = (name: string): string => path.join(place.folder, name);
    await writeFile(file('orders.csv'), source);
    await writeFile(file('rule.json'), JSON.stringify(schema));
    const rules = ['--schema', 'rule.json', '--unique', 'id'];
    expect(await place.run('run', 'orders.csv', '--out', 'out', ...rules, '--chunk-rows', '20')).toMatchObject({
      code: 0,
    });
    const rejects = await readFile(file('out/rejects.csv'), 'utf8');
    await writeFile(file('out/mended.csv'), repeating(mended(rejects)));
    const { code, stdout } = await place.run('replay', 'out/mended.csv');
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('2 rows put in place, 4 rows rejected again'),
    });
    expect(stdout).toContain('ROW_DUPLICATE');
    expect(await readFile(file('out/r2/output.csv'), 'utf8')).toBe(replayed);
    // A folder knows its rules.
    const other = await place.run('replay', 'out/mended.csv', '--unique', 'id');
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('--unique is for batches in S3') });
  } finally {
    await place.remove();
  }
});

test('a batch in S3 is replayed and traced where it lies', async () => {
  const s3 = await startS3();
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    credentials: s3.credentials,
    forcePathStyle: true,
  });
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const pipeline = async (...args: readonly string[]): Promise<{ code: number; stdout: string }> => {
    const child = spawn(process.execPath, ['--conditions=@pipeline/source', main, ...args], {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL_S3: s3.endpoint,
        AWS_REGION: s3.region,
        AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return { code, stdout };
  };
  try {
    s3.createBucket('orders');
    const store = s3Store(client);
    const locations = { work: { bucket: 'orders', prefix: 'batches/' } };
    const at = (key: string): ObjectRef => ({ bucket: 'orders', key });
    const run = createRunContext({ batchId: 'b1', attempt: 'a1' });
    await store.write(at('input/orders.csv'), Buffer.from(source));
    const unique = [uniqueRows({ columns: ['id'] })];
    const manifest = await split(at('input/orders.csv'), { store, locations, run, chunkRows: 20 });
    for await (const chunk of manifest.chunks)
      await processChunk(chunk, validate(compileRule(schema)), { store, locations, run, sidecars: unique });
    await resolve(manifest, { store, locations, run, unique });
    const { rejects } = await merge(manifest, { store, locations, run });
    const back = repeating(mended(Buffer.from(await readBytes(store, rejects!.object)).toString()));
    await store.write(at('mended/rejects.csv'), Buffer.from(back));
    const rule = path.join(await mkdtemp(path.join(tmpdir(), 'cli-test-')), 'rule.json');
    await writeFile(rule, JSON.stringify(schema));

    const batch = ['--batch', 's3://orders/batches/b1'];
    const { code, stdout } = await pipeline(
      'replay',
      's3://orders/mended/rejects.csv',
      ...batch,
      '--schema',
      rule,
      '--unique',
      'id',
      '--json',
    );
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as BatchReport;
    expect(report).toMatchObject({
      revision: 2,
      rowsRejected: 4,
      resolved: { issues: { 'ROW_DUPLICATE|unique:id|id': 1, 'RULE_TYPE|type|units': 3 } },
    });
    expect(Buffer.from(await readBytes(store, report.output.object)).toString()).toBe(replayed);
    const traced = await pipeline('trace', ...batch, '--source-row', '57', '--json');
    expect(JSON.parse(traced.stdout)).toMatchObject({ revision: 2, rejected: false, outputRow: 53 });
    await rm(path.dirname(rule), { recursive: true });
  } finally {
    client.destroy();
    await s3.close();
  }
});
