import { gunzipSync } from 'node:zlib';
import type { RejectLine } from '@pipeline/chunker';
import {
  type ChunkEntry,
  type ChunkResult,
  type CsvRecord,
  createStage,
  type ObjectStore,
  passThrough,
  readBytes,
  readJson,
  type Stage,
} from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type BatchSettings,
  createProcessHandler,
  createSplitHandler,
  oneBucket,
  type PlanOfChunk,
  type ProcessHandlerOptions,
  type ProcessInput,
  type RejectSink,
} from '../src/index.ts';
import { at, codeOf, context, quiet, rejectingBad, textOf } from './helpers.ts';

const locations = oneBucket('orders');
const source = at('input/orders.csv');

let store: MemoryStore;
let inputs: ProcessInput[];
beforeEach(async () => {
  store = memoryStore();
  await store.write(source, Buffer.from('id,name\n1,a\nbad,b\n3,c\n4,d\n'));
  const split = createSplitHandler({ store, locations, log: quiet });
  const { manifest, chunks } = await split({ batchId: 'b1', source, settings: { chunkRows: 2 } }, context());
  const entries = (await textOf(store, chunks!)).trim().split('\n');
  inputs = entries.map((line) => ({ batchId: 'b1', manifest: manifest!, chunk: JSON.parse(line) as ChunkEntry }));
});

const handlerOf = (options: Partial<ProcessHandlerOptions> = {}) =>
  createProcessHandler({ stage: rejectingBad, store, locations, log: quiet, ...options });
const resultOf = (index: number): Promise<ChunkResult> =>
  readJson<ChunkResult>(store, at(`batches/b1/results/000000${index}.json`));

/** Keeps what it is given, by chunk. */
const keptSink = () => {
  const written: [ChunkResult, RejectLine[]][] = [];
  const plans: (PlanOfChunk | undefined)[] = [];
  const sink: RejectSink = {
    async write(result, rejects, _, chunk) {
      plans.push(chunk);
      const lines: RejectLine[] = [];
      for await (const line of rejects) lines.push(line);
      written.push([result, lines]);
    },
  };
  return { ...sink, written, plans };
};

describe('process', () => {
  test('answers counts and nothing that grows', async () => {
    expect(await handlerOf()(inputs[0]!, context())).toEqual({ index: 0, rowsRead: 2, rowsRejected: 1 });
    expect(await handlerOf()(inputs[1]!, context())).toEqual({ index: 1, rowsRead: 2, rowsRejected: 0 });
  });

  test('writes under the id of its invocation', async () => {
    const first = context();
    await handlerOf()(inputs[0]!, first);
    const { attempt, output } = await resultOf(0);
    expect([attempt, output.object.key]).toEqual([
      first.awsRequestId,
      `batches/b1/processed/0000000.${first.awsRequestId}.csv`,
    ]);
  });

  test('a committed chunk is not done again', async () => {
    await handlerOf()(inputs[0]!, context());
    const before = [await resultOf(0), store.keys()];
    const never = createStage<CsvRecord, CsvRecord>(() => {
      throw new Error('it was done again');
    });
    expect(await handlerOf({ stage: never })(inputs[0]!, context())).toEqual({
      index: 0,
      rowsRead: 2,
      rowsRejected: 1,
    });
    expect([await resultOf(0), store.keys()]).toEqual(before);
  });

  test('of two attempts at once one counts, and the objects of the other are removed', async () => {
    const slow: Stage<CsvRecord, CsvRecord> = createStage(async (batch) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return batch;
    });
    const handler = handlerOf({ stage: slow });
    const outputs = await Promise.all([1, 2, 3].map(() => handler(inputs[0]!, context())));
    expect(new Set(outputs.map((output) => JSON.stringify(output))).size).toBe(1);
    const { attempt } = await resultOf(0);
    expect(store.keys().filter((key) => key.includes('/processed/'))).toEqual([
      `orders/batches/b1/processed/0000000.${attempt}.csv`,
    ]);
  });

  test('takes the columns of the settings', async () => {
    await handlerOf({ stage: passThrough<CsvRecord>() })({ ...inputs[0]!, settings: { columns: ['name'] } }, context());
    expect(await textOf(store, (await resultOf(0)).output.object)).toBe('name\na\nb\n');
  });

  test('takes what the output looks like from the settings', async () => {
    const settings: BatchSettings = {
      columns: [{ from: 'name', to: 'who' }, 'id'],
      output: { format: 'jsonl', compression: 'gzip' },
    };
    await handlerOf({ stage: passThrough<CsvRecord>() })({ ...inputs[0]!, settings }, context());
    const result = await resultOf(0);
    expect(result).toMatchObject({ format: 'jsonl', compression: 'gzip', columns: ['who', 'id'] });
    expect(gunzipSync(await readBytes(store, result.output.object)).toString()).toBe(
      '{"who":"a","id":"1"}\n{"who":"b","id":"bad"}\n',
    );
  });

  test('does a chunk of a sampled plan, of which nobody knows the rows', async () => {
    const split = createSplitHandler({ store, locations, log: quiet });
    const settings: BatchSettings = { plan: 'sampled', chunkBytes: 14 };
    const { manifest, chunks } = await split({ batchId: 'b2', source, settings, planNumber: 1 }, context());
    const [, second] = (await textOf(store, chunks!)).trim().split('\n');
    const chunk = JSON.parse(second!) as ChunkEntry;
    expect(chunk).toMatchObject({ firstRow: null, rowCount: null });
    const rejectSink = keptSink();
    await handlerOf({ rejectSink })({ batchId: 'b2', manifest: manifest!, chunk }, context());
    expect(await readJson(store, at('batches/b2/results/0000001.json'))).toMatchObject({
      planProof: { endsRecord: true },
    });
  });

  test('fails a chunk above its share of rejects', async () => {
    expect(await codeOf(handlerOf({ maxRejectRatio: 0.4 })(inputs[0]!, context()))).toBe('REJECT_LIMIT');
    expect(await handlerOf({ maxRejectRatio: 0.5 })(inputs[0]!, context())).toMatchObject({ rowsRejected: 1 });
  });

  test('a source that was overwritten is SOURCE_CHANGED, and commits nothing', async () => {
    await store.write(source, Buffer.from('id,name\n9,z\n8,y\n7,x\n6,w\n'));
    expect(await codeOf(handlerOf()(inputs[0]!, context()))).toBe('SOURCE_CHANGED');
    expect(store.keys().filter((key) => key.includes('/results/'))).toEqual([]);
    expect(store.openUploads()).toBe(0);
  });

  test('a warm worker reads the manifest of a batch once', async () => {
    let reads = 0;
    const counting: ObjectStore = {
      ...store,
      read: (ref, options) => {
        if (ref.key.endsWith('manifest.json')) reads++;
        return store.read(ref, options);
      },
    };
    const handler = handlerOf({ store: counting });
    for (const input of inputs) await handler(input, context());
    expect(reads).toBe(1);
  });

  test('out of time is a deadline, and a later try does the chunk', async () => {
    const hanging: Stage<CsvRecord, CsvRecord> = createStage(
      (batch, run) =>
        new Promise((_, reject) => {
          run.signal.addEventListener('abort', () => reject(run.signal.reason));
          void batch;
        }),
    );
    expect(await codeOf(handlerOf({ stage: hanging, reserveMs: 500 })(inputs[0]!, context(520)))).toBe('DEADLINE');
    expect(store.keys().filter((key) => /processed|results/.test(key))).toEqual([]);
    expect(await handlerOf()(inputs[0]!, context())).toMatchObject({ rowsRead: 2 });
  });

  describe('the sink of rejects', () => {
    test('gets the committed rejects of a chunk, and nothing for one without', async () => {
      const rejectSink = keptSink();
      for (const input of inputs) await handlerOf({ rejectSink })(input, context());
      expect(rejectSink.written).toHaveLength(1);
      const [result, lines] = rejectSink.written[0]!;
      expect(result).toEqual(await resultOf(0));
      expect(lines).toMatchObject([{ rowNumber: 2, byteOffset: 12, raw: 'bad,b', issues: [{ rule: 'notBad' }] }]);
    });

    test('gets them again on a retry, after a try that broke between commit and sink', async () => {
      const broken: RejectSink = { write: () => Promise.reject(new Error('table is away')) };
      await expect(handlerOf({ rejectSink: broken })(inputs[0]!, context())).rejects.toThrow('table is away');
      const committed = await resultOf(0);
      const rejectSink = keptSink();
      await handlerOf({ rejectSink })(inputs[0]!, context());
      expect(rejectSink.written[0]![0]).toEqual(committed);
      expect(rejectSink.written[0]![1]).toHaveLength(1);
    });

    test.each([1, 2])('is told that a chunk is one of plan %i', async (planNumber) => {
      const split = createSplitHandler({ store, locations, log: quiet });
      const settings: BatchSettings = { plan: 'sampled', chunkBytes: 1000 };
      const { manifest, chunks } = await split({ batchId: 'b3', source, settings, planNumber }, context());
      const chunk = JSON.parse((await textOf(store, chunks!)).trim()) as ChunkEntry;
      const rejectSink = keptSink();
      await handlerOf({ rejectSink })({ batchId: 'b3', manifest: manifest!, chunk }, context());
      const planMode = planNumber === 1 ? 'sampled' : 'sequential';
      expect(rejectSink.plans).toMatchObject([planNumber === 1 ? { planMode } : { planMode, planNumber }]);
    });

    test('the loser of a race gives what the winner committed, not what it found itself', async () => {
      await handlerOf()(inputs[0]!, context());
      const rejectSink = keptSink();
      await handlerOf({ rejectSink, stage: passThrough<CsvRecord>() })(inputs[0]!, context());
      expect(rejectSink.written[0]![1]).toMatchObject([{ rowNumber: 2 }]);
    });
  });
});
