import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clientOf, startServe } from './serve.ts';
import { openPlace, type Place } from './support.ts';

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place.remove());

const serve = (...args: readonly string[]) => startServe(place, ...args);

test('serve says how to reach it, runs what is uploaded, tells of it, and stops with 0 on Ctrl-C', async () => {
  const { child, line } = serve();
  const [printed] = await line(/^[\s\S]*aws --endpoint-url [^\n]*\n/);
  const s3 = clientOf(printed);
  try {
    const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: 'pipeline', Key, Body }));
    await put('input/a.csv', 'id,name\n1,a\n2\n');
    await line(/a\.csv {2}started, batch [0-9a-f]{32}\n/);
    const [, bucket, key] = await line(
      /a\.csv {2}succeeded in \d+\.\d s: 2 rows read = 1 written \+ 1 rejected; s3:\/\/([^/]+)\/(\S+report\.json)\n/,
    );
    const report = await s3.send(new GetObjectCommand({ Bucket: bucket!, Key: key! }));
    expect(JSON.parse((await report.Body?.transformToString()) ?? '')).toMatchObject({ rowsRead: 2, rowsRejected: 1 });

    const text = await (
      await s3.send(new GetObjectCommand({ Bucket: bucket!, Key: key!.replace('report.json', 'rejects.csv') }))
    ).Body?.transformToString();
    await put('input/mended.csv', text!.replace(/^2,/m, '2,b,'));
    await line(/mended\.csv {2}mended rejects, replayed into batch [0-9a-f]{32}\n/);
    await line(/mended\.csv {2}succeeded in \d+\.\d s: revision 2; s3:\S+\n/);

    await put('input/b.csv', 'id,name\n1,"a\n');
    await line(/b\.csv {2}failed after \d+\.\d s: CSV_UNCLOSED_QUOTE: [^\n]*\n/);
    const [, inbox] = await line(/Inbox +(http\S+)/);
    const page = await fetch(inbox!);
    expect({ status: page.status, type: page.headers.get('content-type') }).toMatchObject({ status: 200 });
    await page.body?.cancel();
  } finally {
    s3.destroy();
    child.kill('SIGINT');
  }
  expect((await child.answer).code).toBe(0);
  expect(await readdir(place.temp)).toEqual([]);
});

test('serve --example finds the orders example from anywhere, and stops with 0 on SIGTERM', async () => {
  const { child, line } = serve('--example', 'orders');
  const [, bucket] = await line(/Upload to +s3:\/\/([^/]+)\/input\/<name>\.csv/);
  const [, api] = await line(/API +(http\S+)/);
  child.kill('SIGTERM');
  expect({ bucket, api: new URL(api!).hostname }).toEqual({ bucket: 'orders', api: '127.0.0.1' });
  expect((await child.answer).code).toBe(0);
  expect(path.isAbsolute(place.folder) && (await readdir(place.temp))).toEqual([]);
});
