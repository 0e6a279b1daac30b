import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ObjectStore, openWriter, readBytes } from '@pipeline/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FilePiece, folderStore } from '../../src/cli/batch-folder/folder-store.ts';

let root: string;
let store: ObjectStore;
const at = (key: string) => ({ bucket: 'b', key });
const textOf = async (key: string, range?: { start: number; end: number }): Promise<string> =>
  Buffer.from(await readBytes(store, at(key), range === undefined ? {} : { range })).toString();

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'folder-store-'));
  await writeFile(path.join(root, 'output.csv'), 'id\n1\n2\n3\n');
  const pieces = new Map<string, FilePiece>([
    ['processed/1', { file: path.join(root, 'output.csv'), range: { start: 5, end: 9 } }],
  ]);
  store = folderStore({ pieces, folders: [path.join(root, 'work'), path.join(root, 'kept')] });
});
afterAll(() => rm(root, { recursive: true }));

test('a piece of a file is an object of its own', async () => {
  expect((await store.head(at('processed/1'))).sizeBytes).toBe(4);
  expect(await textOf('processed/1')).toBe('2\n3\n');
  expect(await textOf('processed/1', { start: 2, end: 4 })).toBe('3\n');
});

test('what is written is read again, once where that is asked for', async () => {
  expect(await store.write(at('a/b.json'), Buffer.from('1'), { ifAbsent: true })).toEqual(at('a/b.json'));
  expect(await store.write(at('a/b.json'), Buffer.from('2'), { ifAbsent: true })).toBeUndefined();
  expect(await textOf('a/b.json')).toBe('1');
  await store.deleteMany([at('a/b.json')]);
  await expect(store.head(at('a/b.json'))).rejects.toThrow('SOURCE_NOT_FOUND');
});

test('large objects come in parts, also copied ones', async () => {
  const writer = openWriter(store, at('large'), { partBytes: 3 });
  for (const text of ['ab', 'cde', 'fghij']) await writer.write(Buffer.from(text));
  await writer.close(0);
  expect(await textOf('large')).toBe('abcdefghij');
  const upload = await store.createMultipart(at('joined'));
  const parts = [
    await store.copyPart(upload, 1, at('large'), { start: 1, end: 4 }),
    await store.copyPart(upload, 2, at('processed/1'), undefined),
  ];
  await store.completeMultipart(upload, parts, { ifAbsent: true });
  expect(await textOf('joined')).toBe('bcd2\n3\n');
});
