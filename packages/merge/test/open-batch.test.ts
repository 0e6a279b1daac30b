import { batchKeys, type ObjectStore, PipelineSourceError } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { latestRevision, merge, openBatch, replay } from '../src/index.ts';
import { at, errorOf, locations, processed, rejecting, textOf } from './helpers.ts';

const source = 'id,name\n1,bad\n2,b\n';
const stage = rejecting('bad');

const mergedTwice = async () => {
  const { store, manifest, run } = await processed(source, { stage });
  const { rejects } = await merge(manifest, { store, locations, run });
  await store.write(at('mended.csv'), Buffer.from((await textOf(store, rejects!.object)).replace('bad', 'a')));
  await replay(manifest, at('mended.csv'), { store, locations, run, stage });
  return { store, manifest };
};
const refusing = (store: ObjectStore): ObjectStore => {
  const refuse = (): never => {
    throw new PipelineSourceError('SOURCE_FORBIDDEN', { object: 's3://work/report.json' });
  };
  return { ...store, head: async () => refuse(), read: () => refuse() };
};

describe('a batch by its id', () => {
  test('is opened with its plan and its first report, and tells its newest revision', async () => {
    const { store, manifest } = await mergedTwice();
    const { manifest: opened, report } = await openBatch('b1', { store, locations });
    expect(opened).toMatchObject({ batchId: 'b1', chunkCount: manifest.chunkCount, revision: 1 });
    expect(report).toMatchObject({ revision: 1, rowsRejected: 1 });
    expect(await latestRevision(opened, { store, locations })).toBe(2);
  });

  test('that has no output is BATCH_NOT_FOUND, which names the report', async () => {
    const { store } = await processed(source);
    const error = await errorOf(openBatch('b1', { store, locations }));
    expect(error).toMatchObject({ code: 'BATCH_NOT_FOUND', details: { batchId: 'b1' } });
    expect(error.message).toContain(batchKeys('b1', locations).report(1).key);
  });

  test('that may not be read is told as that', async () => {
    const { store, manifest } = await mergedTwice();
    expect((await errorOf(openBatch('b1', { store: refusing(store), locations }))).code).toBe('SOURCE_FORBIDDEN');
    expect((await errorOf(latestRevision(manifest, { store: refusing(store), locations }))).code).toBe(
      'SOURCE_FORBIDDEN',
    );
  });
});
