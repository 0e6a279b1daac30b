import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BatchReport, crc32, crc32Hex, type PartRef, readBytes, writeJson } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openOutFolder, saveResults } from '../../src/terminal.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'cli-out-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function* bytes(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

test('files appear together at the end, and stale ones go', async () => {
  await writeFile(path.join(root, 'old.csv'), 'old');
  await writeFile(path.join(root, 'a.csv'), 'before');
  const out = await openOutFolder(root);
  await out.write('a.csv', bytes('new ', 'text'));
  expect(await readFile(path.join(root, 'a.csv'), 'utf8')).toBe('before');
  await out.commit(['old.csv']);
  expect(await readdir(root)).toEqual(['a.csv']);
  expect(await readFile(path.join(root, 'a.csv'), 'utf8')).toBe('new text');
});

test('what is discarded was never there, nor the folders that were made for it', async () => {
  const folder = path.join(root, 'made', 'here');
  const out = await openOutFolder(folder);
  await out.write('a.csv', bytes('text'));
  await out.discard();
  expect(await readdir(root)).toEqual([]);
});

test('a store may use a piece again after the next pull', async () => {
  const out = await openOutFolder(root);
  const piece = Buffer.alloc(3);
  await out.write(
    'a.txt',
    (async function* () {
      for (const letter of ['a', 'b', 'c']) yield piece.fill(letter);
    })(),
  );
  await out.commit();
  expect(await readFile(path.join(root, 'a.txt'), 'utf8')).toBe('aaabbbccc');
});

test('an abort rejects with its reason', async () => {
  const out = await openOutFolder(root);
  const stop = new AbortController();
  const reason = new Error('enough');
  const endless = (async function* () {
    for (;;) {
      yield Buffer.from('x');
      stop.abort(reason);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await expect(out.write('a.txt', endless, stop.signal)).rejects.toBe(reason);
  await out.discard();
  expect(await readdir(root)).toEqual([]);
});

test('other bytes than were merged are refused, and nothing is left', async () => {
  const store = memoryStore();
  const object = { bucket: 'b', key: 'out.csv' };
  const text = Buffer.from('id\n1\n');
  await store.write(object, Buffer.from('id\n2\n'));
  const output: PartRef = { object, bytes: text.length, crc32: crc32Hex(crc32(text)), rows: 1 };
  const report = { bucket: 'b', key: 'report.json' };
  await writeJson(store, report, {
    formatVersion: '1.0',
    batchId: 'b1',
    revision: 1,
    source: { bucket: 'b', key: 'in.csv' },
    sourceBytes: 5,
    output,
    report,
    columns: ['id'],
    rowsRead: 1,
    rowsWritten: 1,
    rowsRejected: 0,
    chunkCount: 1,
    resolved: {},
    startedAt: '2026-11-02T10:00:00.000Z',
    finishedAt: '2026-11-02T10:00:01.000Z',
    durationMs: 1000,
    processMs: 500,
  } satisfies BatchReport);
  const out = await openOutFolder(root);
  await expect(saveResults({ merge: { report } }, { store, out })).rejects.toMatchObject({ code: 'STORAGE_MISMATCH' });
  await out.discard();
  expect(await readdir(root)).toEqual([]);

  await store.write(object, text);
  await saveResults({ merge: { report } }, { store, out });
  expect((await readdir(root)).sort()).toEqual(['output.csv', 'report.html', 'report.json']);
  expect(await readFile(path.join(root, 'output.csv'))).toEqual(text);
  expect(await readFile(path.join(root, 'report.json'))).toEqual(await readBytes(store, report));
});
