import { createRunContext } from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { beforeEach, expect, test } from 'vitest';
import { createCoordinator, remoteError, storedStatus, type Target } from '../../src/index.ts';
import { input, locations, settings, source, stepsOn } from '../coordinator/pipeline.ts';

let store: MemoryStore;
beforeEach(async () => {
  store = memoryStore();
  await store.write(source, Buffer.from(input));
});

const batch = { source, settings, batchId: 'b1' };
const status = () => storedStatus('b1', { store, locations, run: createRunContext() });
const failing = (name: string): Target<never, never> => ({
  name: 'x',
  concurrency: 1,
  run: async () => {
    throw remoteError(name, 'SOURCE_EMPTY: nothing');
  },
});
const notifier = { send: async () => ({ messageId: '1' }) };

test('nothing is known of a batch without a plan', async () => {
  expect(await status()).toEqual({
    ...{ batchId: 'b1', step: 'unplanned', chunkCount: null, committed: 0, failures: [] },
    ...{ revision: null, rowsRead: null, rowsRejected: null },
  });
});

test('a batch goes from plan over chunks and merge to its end, and keeps the codes of tries that failed', async () => {
  const steps = { ...stepsOn(store), failure: { notifier } };
  const stopped = createCoordinator({ ...steps, process: failing('PipelineSourceError') });
  await stopped.run(batch, { attempt: 's1' }).catch(() => {});
  expect(await status()).toMatchObject({ step: 'processing', chunkCount: 4, committed: 0, failures: ['SOURCE_EMPTY'] });
  const unmerged = createCoordinator({ ...steps, merge: failing('PipelineMergeError') });
  await unmerged.run(batch, { attempt: 's2' }).catch(() => {});
  expect(await status()).toMatchObject({ step: 'merging', committed: 4, failures: ['SOURCE_EMPTY', 'SOURCE_EMPTY'] });
  await createCoordinator(steps).run(batch);
  expect(await status()).toMatchObject({ step: 'done', committed: 4, revision: 1, rowsRead: 7, rowsRejected: 1 });
});
