import { openManifest, readManifest, split } from '@pipeline/chunker';
import { PipelineError, readBytes } from '@pipeline/core';
import { expect, test } from 'vitest';
import { chunksOf, input, locations, runOf, storeWith } from '../helpers.ts';

const planned = async () => {
  const store = await storeWith('id,name\n1,a\n2,b\n3,c\n');
  const manifest = await split(input, { store, run: runOf(), locations, chunkRows: 2 });
  return { store, manifest };
};

test('a written manifest says what the split said, and its chunks stream as often as they are asked for', async () => {
  const { store, manifest } = await planned();
  const opened = await openManifest(store, manifest.object, runOf());
  const { chunks, ...rest } = opened;
  const { chunks: _, ...said } = manifest;
  expect(rest).toEqual(said);
  const expected = await chunksOf(manifest);
  expect(expected.map(({ index, rowCount }) => [index, rowCount])).toEqual([
    [0, 2],
    [1, 1],
  ]);
  for (let time = 0; time < 2; time++) {
    const found = [];
    for await (const chunk of chunks) found.push(chunk);
    expect(found).toEqual(expected);
  }
});

test('one that is not there yet is undefined, or an error where it has to be', async () => {
  const { store, manifest } = await planned();
  const none = { ...manifest.object, key: 'batches/none/manifest.json' };
  expect(await readManifest(store, none, runOf())).toBeUndefined();
  await expect(openManifest(store, none, runOf())).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  expect((await readManifest(store, manifest.object, runOf()))?.chunkCount).toBe(2);
});

test('one of another major version is refused, and so is one that is none', async () => {
  const { store, manifest } = await planned();
  const text = (await readBytes(store, manifest.object)).toString();
  const file = JSON.parse(text) as { readonly formatVersion: string };
  const other = { bucket: manifest.object.bucket, key: 'other.json' };
  await store.write(other, Buffer.from(JSON.stringify({ ...file, formatVersion: '99.0' })));
  const refused = await readManifest(store, other, runOf()).catch((error: unknown) => error);
  expect(PipelineError.is(refused)).toBe(true);
  expect((refused as PipelineError).message).toContain('manifest');
  await store.write(other, Buffer.from('no JSON'));
  await expect(readManifest(store, other, runOf())).rejects.toThrow(SyntaxError);
});

test('reading stops with the run', async () => {
  const { store, manifest } = await planned();
  const stop = new AbortController();
  const opened = await openManifest(store, manifest.object, { ...runOf(), signal: stop.signal });
  const first = opened.chunks[Symbol.asyncIterator]();
  stop.abort(new Error('stopped'));
  await expect(first.next()).rejects.toThrow('stopped');
  await expect(openManifest(store, manifest.object, { ...runOf(), signal: stop.signal })).rejects.toThrow('stopped');
});
