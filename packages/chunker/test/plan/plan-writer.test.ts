import { batchKeys, type ChunkEntry, readBytes } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { describe, expect, test } from 'vitest';
import { createPlanWriter } from '../../src/plan/plan-writer.ts';
import { locations, runOf } from '../helpers.ts';

const keys = batchKeys('batch', locations);
const entry = (index: number, key = ''): ChunkEntry =>
  ({
    index,
    kind: 'csv-object',
    source: 0,
    key,
    start: 0,
    end: 1,
    firstRow: 1,
    rowCount: 1,
    headerBytes: 0,
  }) as ChunkEntry;
const linesOf = (...entries: readonly ChunkEntry[]): string =>
  entries.map((one) => `${JSON.stringify(one)}\n`).join('');
const mebibyte = 'x'.repeat(1024 * 1024);

const writing = (before: readonly string[] = [], attempt = 'a') => {
  const store = memoryStore();
  const types: (string | undefined)[] = [];
  const seen: typeof store = {
    ...store,
    write: (ref, body, write) => {
      types.push(write?.contentType);
      return store.write(ref, body, write);
    },
  };
  const writer = createPlanWriter(seen, keys, before, runOf({ attempt }));
  const textOf = async (ref: { readonly bucket: string; readonly key: string }) => String(await readBytes(store, ref));
  return { store, writer, types, textOf };
};

describe('a plan', () => {
  test('is written at once where it is short, and leaves nothing else', async () => {
    const { store, writer, types, textOf } = writing();
    for (const index of [0, 1, 2]) await writer.add(entry(index));
    const plan = await writer.close();
    expect(plan).toMatchObject({ bucket: keys.chunks.bucket, key: keys.chunks.key });
    expect(await textOf(keys.chunks)).toBe(linesOf(entry(0), entry(1), entry(2)));
    expect(types).toEqual(['application/x-ndjson']);
    await writer.clean();
    expect(store.keys()).toEqual([expect.stringContaining('chunks.jsonl')]);
  });

  test('that is put off lies in segments, named by where they begin and who wrote them', async () => {
    const { writer, types, textOf } = writing();
    expect(await writer.flush()).toEqual([]);
    await writer.add(entry(5));
    await writer.add(entry(6));
    expect(await writer.flush()).toEqual(['0000005.a']);
    expect(await writer.flush()).toEqual(['0000005.a']);
    await writer.add(entry(7));
    expect(await writer.flush()).toEqual(['0000005.a', '0000007.a']);
    expect(await textOf(keys.planSegment('0000005.a'))).toBe(linesOf(entry(5), entry(6)));
    expect(await textOf(keys.planSegment('0000007.a'))).toBe(linesOf(entry(7)));
    expect(types).toEqual(['application/x-ndjson', 'application/x-ndjson']);
  });

  test('goes on behind the segments of an earlier call, which are removed in the end', async () => {
    const { store, writer, textOf } = writing(['0000000.b'], 'c');
    await store.write(keys.planSegment('0000000.b'), Buffer.from(linesOf(entry(0), entry(1))));
    await writer.add(entry(2));
    await writer.flush();
    await writer.add(entry(3));
    await writer.close();
    expect(await textOf(keys.chunks)).toBe(linesOf(entry(0), entry(1), entry(2), entry(3)));
    expect(store.keys()).toHaveLength(3);
    await writer.clean();
    expect(store.keys()).toEqual([expect.stringContaining('chunks.jsonl')]);
  });

  test('of many lines holds no more than 4 MiB of them', async () => {
    const { store, writer } = writing();
    for (const index of [0, 1, 2]) await writer.add(entry(index, mebibyte));
    expect(store.keys()).toEqual([]);
    await writer.add(entry(3, mebibyte));
    expect(store.keys()).toHaveLength(1);
    for (const index of [4, 5, 6]) await writer.add(entry(index, mebibyte));
    expect(store.keys()).toHaveLength(1);
    expect(await writer.flush()).toEqual(['0000000.a', '0000004.a']);
  });
});

test('a plan whose segment is gone is not written, nor half of it', async () => {
  const { store, writer } = writing(['0000000.b']);
  await writer.add(entry(1));
  await expect(writer.close()).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  expect(store.keys()).toEqual([]);
});

test('the cursor is saved after the deadline has struck, and the plan is not', async () => {
  const store = memoryStore();
  const stop = new AbortController();
  const writer = createPlanWriter(store, keys, [], runOf({ attempt: 'a', signal: stop.signal }));
  await writer.add(entry(0));
  stop.abort(new Error('time'));
  expect(await writer.flush()).toEqual(['0000000.a']);
  await expect(writer.close()).rejects.toThrow('time');
});
