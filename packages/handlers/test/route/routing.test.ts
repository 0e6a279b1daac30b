import { type ChunkEntry, readJson, writeJson } from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type BatchSettings,
  createCoordinator,
  createMergeHandler,
  createSplitHandler,
  historyRef,
  inProcess,
  stateMachineDefinition,
} from '../../src/index.ts';
import { input, locations, source, stepsOn } from '../coordinator/pipeline.ts';
import { context, quiet, textOf } from '../helpers.ts';

let store: MemoryStore;
beforeEach(async () => {
  store = memoryStore();
  await store.write(source, Buffer.from(input));
});
const routesOf = async (settings: BatchSettings = { chunkRows: 3 }, lambdaSeconds = 0.000_02) => {
  const split = createSplitHandler({ store, locations, log: quiet, routing: { lambdaSeconds } });
  const { chunks } = await split({ batchId: 'b1', source, settings }, context());
  const lines = (await textOf(store, chunks!)).trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as ChunkEntry).route);
};
const remembered = (secondsPerMb: number) =>
  writeJson(store, historyRef(locations.work), {
    formatVersion: '1.0',
    runs: [{ batchId: 'b0', chunks: 1, bytes: 10_000_000, ms: secondsPerMb * 10_000 }],
  });

describe('routes', () => {
  test('are written by the size of each chunk and the rate of earlier runs', async () => {
    await remembered(1);
    // Chunks of 16, 12 and 4 bytes at one second for a megabyte.
    expect(await routesOf({ chunkRows: 3 }, 0.000_013)).toEqual(['task', 'lambda', 'lambda']);
  });

  test('lead to Lambda while nothing is known, or what is known cannot be read', async () => {
    expect(await routesOf()).toEqual(['lambda', 'lambda', 'lambda']);
    await store.write(historyRef(locations.work), Buffer.from('no json'));
    await store.deleteMany([{ bucket: 'orders', key: 'batches/b1/manifest.json' }]);
    expect(await routesOf()).toEqual(['lambda', 'lambda', 'lambda']);
  });

  test('lead to Lambda alone where the settings are too large for the environment of a task', async () => {
    await remembered(1000);
    expect(await routesOf()).toEqual(['task', 'task', 'task']);
    await store.deleteMany([{ bucket: 'orders', key: 'batches/b1/manifest.json' }]);
    const aliases = { columns: { id: Array.from({ length: 800 }, (_, i) => `alias ${i}`) } };
    expect(await routesOf({ chunkRows: 3, aliases })).toEqual(['lambdaOnly', 'lambdaOnly', 'lambdaOnly']);
  });

  test('are learned from: each batch that is merged is remembered once', async () => {
    const merge = inProcess(createMergeHandler({ store, locations, log: quiet, rememberDurations: true }));
    const { ref } = await store.head(source);
    const coordinator = createCoordinator({ ...stepsOn(store), merge });
    for (const batchId of ['b1', 'b2', 'b1'])
      await coordinator.run({ source: ref, settings: { chunkRows: 3 }, batchId }).catch(() => {}); // it is archived after the first
    const { runs } = await readJson<{ runs: readonly { batchId: string; chunks: number }[] }>(
      store,
      historyRef(locations.work),
    );
    expect(runs).toMatchObject([{ batchId: 'b1', chunks: 3, bytes: input.length }]);
  });
});

describe('the state machine with container tasks', () => {
  const functions = {
    ...{ SplitFunction: 's', ProcessFunction: 'p', ResolveFunction: 'r', MergeFunction: 'm' },
    ...{ ArchiveFunction: 'a', NotifyFunction: 'n' },
  };
  const Task = { Cluster: 'arn:cluster', TaskDefinition: 'process', Container: 'worker', Subnets: ['subnet-1'] };
  // biome-ignore lint/suspicious/noExplicitAny: a definition
  const processorOf = (definition: any) => definition.States.ProcessChunks.ItemProcessor;

  test('sends chunks where their route says, and what runs out of time to a task', () => {
    const { StartAt, States } = processorOf(stateMachineDefinition({ ...functions, Task }));
    expect([StartAt, States['Route?'].Choices[0].Next, States['Route?'].Default]).toEqual([
      'Route?',
      'ProcessInTask',
      'ProcessChunk',
    ]);
    expect(States.ProcessChunk.Catch).toMatchObject([{ ResultPath: null, Next: 'ProcessInTask' }]);
    const { Catch: _, ...alike } = States.ProcessChunk;
    expect(States.ProcessInFunction).toEqual({ ...alike, Comment: expect.any(String) });
    expect(States['Route?'].Choices[1]).toMatchObject({
      And: [{ IsPresent: true }, { StringEquals: 'lambdaOnly' }],
      Next: 'ProcessInFunction',
    });
    expect(States.ProcessInTask).toMatchObject({
      Resource: 'arn:aws:states:::ecs:runTask.waitForTaskToken',
      Parameters: {
        Cluster: 'arn:cluster',
        NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'DISABLED', Subnets: ['subnet-1'] } },
      },
      TimeoutSeconds: 43_200,
    });
  });

  test('has neither without a cluster', () => {
    const { StartAt, States } = processorOf(stateMachineDefinition(functions));
    expect([StartAt, Object.keys(States), States.ProcessChunk.Catch]).toEqual([
      'ProcessChunk',
      ['ProcessChunk'],
      undefined,
    ]);
  });
});
