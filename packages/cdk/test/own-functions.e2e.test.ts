import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { putItems, templateApp } from '@pipeline/local';
import { App, Stack } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listKeys, readObject } from '../../local/test/e2e/support/bucket.ts';
import { type Batch, startTestStack, type TestStack } from '../../local/test/e2e/support/test-stack.ts';
import { CsvPipeline, esbuildBundler } from '../src/index.ts';

let folder: string;
let stack: TestStack;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'own-functions-'));
  const app = new App({ outdir: folder, analyticsReporting: false });
  const cloud = new Stack(app, 'Orders');
  const prices = new Table(cloud, 'Prices', { partitionKey: { name: 'item', type: AttributeType.STRING } });
  new CsvPipeline(cloud, 'Orders', {
    retain: 'nothing',
    schema: {
      type: 'object',
      properties: { id: { type: 'integer' }, item: { type: 'string' }, amount: { type: 'integer', minimum: 1 } },
      required: ['id', 'item', 'amount'],
    },
    lookups: {
      prices: { table: prices, column: 'item', keyAttribute: 'item', columns: { Price: 'price', Note: 'note' } },
    },
    settings: { chunkRows: 2, delimiter: ';' },
    maxBatches: 5,
    mail: { identity: 'example.com', sender: 'pipeline@example.com', recipients: ['team@example.com'] },
    bundler: esbuildBundler({ conditions: ['@pipeline/source'] }),
  });
  app.synth();
  const names = { OrdersDataBucket: 'orders', Prices: 'prices' };
  stack = await startTestStack(await templateApp({ folder, names }));
  await putItems(stack.clients.dynamodb, 'prices', [
    { item: '007', price: '1.50', note: 'a; "b"' },
    { item: 'x', price: '2' },
  ]);
});
afterAll(async () => {
  await stack?.close();
  await rm(folder, { recursive: true, force: true });
});

const outputOf = async ({ batchId }: Batch, name: string): Promise<string> => {
  const keys = await listKeys(stack.clients.s3, 'orders');
  const key = keys.find((one) => one.startsWith(`results/${batchId}/`) && one.endsWith(name));
  return (await readObject(stack.clients.s3, { bucket: 'orders', key: key ?? `no ${name} in ${keys}` })).toString();
};

test('an upload is held against the schema, gets the columns of the table, and its recipients get the mail', async () => {
  const input = 'id;item;amount\n1;007;1\n2;x;02\n3;x;0\n4;nothing;1\n5;007;7\n';
  const batch = await stack.run('input/may.csv', input);
  expect(batch.status).toBe('SUCCEEDED');
  expect(await outputOf(batch, 'may.csv')).toBe(
    'id;item;amount;Price;Note\n1;007;1;1.50;"a; ""b"""\n2;x;02;2;\n5;007;7;1.50;"a; ""b"""\n',
  );
  const rejected = await outputOf(batch, 'rejects.csv');
  expect(rejected.match(/^\d;[^;]*;/gm)).toEqual(['3;x;', '4;nothing;']);
  const [mail] = await stack.mailsOf(batch);
  expect(JSON.stringify(mail)).toContain('team@example.com');
  expect(stack.refused).toEqual([]);
});

test('mended rejects go back into their batch', async () => {
  const batch = await stack.run('input/june.csv', 'id;item;amount\n1;x;0\n2;x;1\n');
  const mended = (await outputOf(batch, 'rejects.csv')).replace('1;x;0', '1;x;3');
  await stack.upload('input/june-mended.csv', Buffer.from(mended));
  await expect
    .poll(() => outputOf(batch, 'output/r2/june.csv').catch(() => ''), { timeout: 30_000 })
    .toBe('id;item;amount;Price;Note\n1;x;3;2;\n2;x;1;2;\n');
  expect(stack.refused).toEqual([]);
});

test('a file without a column that is looked up or required fails, and its recipients are told', async () => {
  const batch = await stack.run('input/july.csv', 'id;amount\n1;1\n');
  expect(batch.status).toBe('FAILED');
  expect(JSON.stringify(await stack.mailsOf(batch))).toContain('CSV_BAD_HEADER');
});

test('no bundle is larger than 1.5 MB', async () => {
  const bundles = (await readdir(folder)).filter((name) => name.startsWith('asset.'));
  expect(bundles).toHaveLength(11);
  for (const bundle of bundles)
    expect((await stat(path.join(folder, bundle, 'index.mjs'))).size).toBeLessThanOrEqual(1_500_000);
});
