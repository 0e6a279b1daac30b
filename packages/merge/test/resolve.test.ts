import { batchKeys, type ChunkResult, readJson, writeJson } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { issueReducer, merge, type Resolution, resolve, type SidecarReducer } from '../src/index.ts';
import { errorOf, locations, processed, rejecting } from './helpers.ts';

const keys = batchKeys('b1', locations);
const source = 'id,name\nbad,bad\n1,a\n2,bad\n3\n4,5" disk\nbad,x\n';

const proven = async (resolving: Promise<Resolution>): Promise<Extract<Resolution, { replan: false }>> => {
  const resolution = await resolving;
  if (resolution.replan) throw new Error('a plan that was counted is not planned again');
  return resolution;
};

describe('resolve', () => {
  test('counts issues over all chunks, and the report has them', async () => {
    const { store, manifest, run } = await processed(source, { stage: rejecting('bad') });
    const { object, resolved } = await proven(resolve(manifest, { store, locations, run }));
    const issues = {
      'RULE_CUSTOM|word|id': 2,
      'RULE_CUSTOM|word|name': 2,
      'ROW_FIELD_COUNT|fields|': 1,
    };
    // A stray quote rejects no row by itself.
    const counts = { issues, warnings: { 'ROW_STRAY_QUOTE|quotes|': 1 } };
    expect(resolved).toEqual(counts);
    expect(await readJson(store, object)).toEqual(counts);
    expect((await merge(manifest, { store, locations, run })).resolved).toEqual(counts);
  });

  test('without rejects there are no issues', async () => {
    const { store, manifest, run } = await processed('id\n1\n');
    expect((await proven(resolve(manifest, { store, locations, run }))).resolved).toEqual({
      issues: {},
      warnings: {},
    });
  });

  test('reducers of your own see their sidecar of every chunk, in order; chunks without one are passed over', async () => {
    const { store, manifest, run } = await processed('id\n1\n2\n3\n4\n5\n6\n');
    for (const [index, values] of [
      [0, ['a']],
      [2, ['b', 'c']],
    ] as const) {
      const result = await readJson<ChunkResult>(store, keys.result(index));
      await writeJson(store, keys.result(index), { ...result, sidecars: { ...result.sidecars, seen: values } });
    }
    const seen: SidecarReducer<string[], string[]> = {
      name: 'seen',
      initial: () => [],
      add: (sum, values, { index }) => [...sum, ...values.map((value) => `${index}:${value}`)],
    };
    const { resolved } = await proven(resolve(manifest, { store, locations, run, reducers: [seen] }));
    expect(resolved).toEqual({ issues: {}, warnings: {}, seen: ['0:a', '2:b', '2:c'] });
  });

  test('a reducer ends with what it makes of its sum', async () => {
    const { store, manifest, run } = await processed('id\n1\nbad\n', { stage: rejecting('bad') });
    const kinds: SidecarReducer<object, Set<string>> = {
      name: 'issues-seen',
      initial: () => new Set(),
      add: (sum) => sum,
      finish: (sum) => sum.size,
    };
    const { resolved } = await proven(resolve(manifest, { store, locations, run, reducers: [kinds] }));
    expect(resolved['issues-seen']).toBe(0);
  });

  test('is a barrier: a chunk that is not committed stops it before anything is written', async () => {
    const { store, manifest, run } = await processed(source);
    await store.deleteMany([keys.result(1)]);
    const error = await errorOf(resolve(manifest, { store, locations, run }));
    expect([error.code, error.details.index]).toEqual(['MERGE_INCOMPLETE', 1]);
    expect(store.keys()).not.toContain(`work/${keys.resolved.key}`);
  });

  test('again gives the same', async () => {
    const { store, manifest, run } = await processed(source, { stage: rejecting('bad') });
    const first = await proven(resolve(manifest, { store, locations, run }));
    expect((await proven(resolve(manifest, { store, locations, run }))).resolved).toEqual(first.resolved);
  });
});

test('issueReducer sums by key', () => {
  const result = {} as ChunkResult;
  const sum = [{ a: 1 }, { a: 2, b: 1 }].reduce(
    (before, counts) => issueReducer.add(before, counts, result),
    issueReducer.initial(),
  );
  expect(sum).toEqual({ a: 3, b: 1 });
});
