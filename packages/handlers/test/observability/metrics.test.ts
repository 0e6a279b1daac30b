import { type ChunkEntry, type CsvRecord, createStage, readBytes } from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  addEvent,
  createProcessHandler,
  createSplitHandler,
  emfMetrics,
  type LogEntry,
  levelOf,
  metricsVariable,
  noCounts,
  observeCall,
  oneBucket,
  type ProcessHandlerOptions,
  type ProcessInput,
  powertoolsLog,
  powertoolsMetrics,
} from '../../src/index.ts';
import { at, context, keptLog, quiet, rejectingBad, textOf } from '../helpers.ts';

const locations = oneBucket('orders');
const canary = 'canary-7f3a';

let store: MemoryStore;
let input: ProcessInput;
beforeEach(async () => {
  store = memoryStore();
  const source = at('input/orders.csv');
  await store.write(source, Buffer.from(`id,name\n1,${canary}\nbad,${canary}\n3,${canary}\n`));
  const split = createSplitHandler({ store, locations, log: quiet });
  const { manifest, chunks } = await split({ batchId: 'b1', source, settings: {} }, context());
  const chunk = JSON.parse((await textOf(store, chunks!)).trim()) as ChunkEntry;
  input = { batchId: 'b1', manifest: manifest!, chunk };
});
const handlerOf = (options: Partial<ProcessHandlerOptions>) =>
  createProcessHandler({ stage: rejectingBad, store, locations, log: quiet, ...options });

/** Metrics as the lines that CloudWatch would read. */
const emf = (options = {}) => {
  const lines: string[] = [];
  return { lines, metrics: emfMetrics({ ...options, write: (line) => void lines.push(line) }) };
};

describe('EMF metrics', () => {
  test('are one line for a call, in the form that CloudWatch reads', async () => {
    const { lines, metrics } = emf({ namespace: 'Orders', dimensions: { Stage: 'test' } });
    await handlerOf({ metrics })(input, context());
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
    const line = JSON.parse(lines[0]!);
    const { Timestamp, CloudWatchMetrics } = line._aws;
    expect(Math.abs(Timestamp - Date.now())).toBeLessThan(60_000);
    expect(CloudWatchMetrics).toHaveLength(1);
    const { Namespace, Dimensions, Metrics } = CloudWatchMetrics[0];
    expect([Namespace, Dimensions]).toEqual(['Orders', [['Handler', 'Stage']]]);
    // What the definition names must stand in the line: dimensions as texts, metrics as numbers.
    for (const name of Dimensions[0]) expect(typeof line[name]).toBe('string');
    for (const { Name } of Metrics) expect(Number.isFinite(line[Name])).toBe(true);
    expect(Metrics.length).toBeLessThanOrEqual(100);
    expect(new Set(Metrics.map(({ Unit }: { Unit: string }) => Unit))).toEqual(
      new Set(['Count', 'Bytes', 'Milliseconds']),
    );
    expect(line).toMatchObject({
      ...{ Handler: 'process', Stage: 'test', batchId: 'b1', chunk: 0 },
      ...{ RowsRead: 3, RowsRejected: 1, BytesRead: input.chunk.end - input.chunk.start, Chunks: 1, Failures: 0 },
    });
  });

  test('count a chunk once, whichever try had committed it', async () => {
    const { lines, metrics } = emf();
    const handler = handlerOf({ metrics });
    await handler(input, context());
    await handler(input, context());
    expect(lines.map((line) => JSON.parse(line).RowsRead)).toEqual([3, undefined]);
  });

  test('count retries and look-ups that a stage observes', async () => {
    const { lines, metrics } = emf();
    const stage = createStage<CsvRecord, CsvRecord>((batch, run) => {
      run.observe({ type: 'lookup.retried', lookup: 'customers' });
      run.observe({ type: 'store.retried', operation: 'read' });
      run.observe({ type: 'lookup.loaded', lookup: 'customers', asked: 40, calls: 2 });
      return batch;
    });
    await handlerOf({ metrics, stage })(input, context());
    expect(JSON.parse(lines[0]!)).toMatchObject({ Retries: 2, LookupCalls: 2, LookupKeys: 40 });
  });

  test('tell a call that failed, with how long it took', async () => {
    const { lines, metrics } = emf();
    const stage = createStage<CsvRecord, CsvRecord>((batch) => {
      throw new Error(`no: ${batch.rows[0]!.name}`);
    });
    await handlerOf({ metrics, stage })(input, context()).catch(() => {});
    const line = JSON.parse(lines[0]!);
    expect(line).toMatchObject({ Failures: 1 });
    expect(line.RowsRead).toBeUndefined();
    expect(line.Duration).toBeGreaterThanOrEqual(0);
  });

  test('tell a call whose event was refused', async () => {
    const { lines, metrics } = emf();
    await handlerOf({ metrics })({ batchId: 'b1' } as ProcessInput, context()).catch(() => {});
    expect(JSON.parse(lines[0]!)).toMatchObject({ Handler: 'process', batchId: 'b1', Failures: 1 });
  });

  test('name only what was counted, beside failures and duration', async () => {
    const { lines, metrics } = emf();
    await handlerOf({ metrics })({} as ProcessInput, context()).catch(() => {});
    const { _aws, ...line } = JSON.parse(lines[0]!);
    expect(_aws.CloudWatchMetrics[0].Metrics.map(({ Name }: { Name: string }) => Name)).toEqual([
      'Failures',
      'Duration',
    ]);
    expect(Object.keys(line).sort()).toEqual(['Duration', 'Failures', 'Handler']);
  });

  test('count mails by what became of them', () => {
    const failed = { type: 'mail.failed', status: 'FAILED' };
    const counts = [failed, failed, { type: 'mail.failed', status: 'UNKNOWN' }, { type: 'mail.unknown' }].reduce(
      (sum, event) => addEvent(sum, event, 'a'),
      noCounts,
    );
    expect(counts).toEqual({ ...noCounts, mailsFailed: 2, mailsUnknown: 2 });
  });

  test('are written by every handler where the environment names a namespace for them', async () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    vi.stubEnv(metricsVariable, 'Pipeline/orders');
    try {
      await handlerOf({})(input, context());
      await handlerOf({ metrics: () => {} })(input, context());
      const lines = written.mock.calls.map(([line]) => JSON.parse(String(line)));
      expect(lines.map((line) => line._aws.CloudWatchMetrics[0].Namespace)).toEqual(['Pipeline/orders']);
    } finally {
      written.mockRestore();
      vi.unstubAllEnvs();
    }
  });
});

describe('logs', () => {
  test('name the batch and the chunk on every line, and hold no row content', async () => {
    const { entries, log, text } = keptLog();
    const { lines, metrics } = emf();
    const stage = createStage<CsvRecord, CsvRecord>((batch, run) => {
      run.observe({ type: 'store.retried', operation: 'read' });
      return batch;
    });
    await handlerOf({ log, metrics, stage })(input, context());
    const failing = createStage<CsvRecord, CsvRecord>((batch) => {
      throw new Error(`no: ${batch.rows[0]!.name}`);
    });
    await store.deleteMany([at('batches/b1/results/0000000.json')]);
    await handlerOf({ log, metrics, stage: failing })(input, context()).catch(() => {});
    expect(entries.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['started', 'store.retried', 'chunk.committed', 'done', 'failed']),
    );
    for (const { message, batchId, chunk, requestId } of entries)
      expect({ message, batchId, chunk, requestId }).toEqual({
        ...{ message, batchId: 'b1', chunk: 0 },
        requestId: expect.stringMatching(/^request-/),
      });
    expect(text() + lines.join('')).not.toContain(canary);
    expect(Buffer.from(await readBytes(store, at('input/orders.csv'))).toString()).toContain(canary);
  });
});

describe('what serves many calls', () => {
  test('is told of within the call that it served, and of none outside', async () => {
    const { entries, log } = keptLog();
    const { lines, metrics } = emf();
    const stage = createStage<CsvRecord, CsvRecord>(async (batch) => {
      await Promise.resolve();
      observeCall({ type: 'store.retried', operation: 'read' });
      return batch;
    });
    const other = { ...input, batchId: 'b2' };
    observeCall({ type: 'store.retried', operation: 'read' });
    const handler = handlerOf({ log, metrics, stage });
    await Promise.all([handler(input, context()), handler(other, context())]);
    const retried = entries.filter(({ message }) => message === 'store.retried');
    expect(retried.map(({ level, batchId, chunk }) => [level, batchId, chunk]).sort()).toEqual([
      ['warn', 'b1', 0],
      ['warn', 'b2', 0],
    ]);
    expect(lines.map((line) => JSON.parse(line).Retries)).toEqual([1, 1]);
  });

  test('has levels: what is tried again warns, what failed or may be lost is an error', () => {
    expect(['store.retried', 'store.slowed', 'mail.failed', 'mail.unknown', 'chunk.committed'].map(levelOf)).toEqual([
      ...['warn', 'warn', 'error', 'error', 'info'],
    ]);
  });
});

describe('Powertools', () => {
  test('logger and metrics take the same, where they are given', async () => {
    const said: [string, string, unknown][] = [];
    const level = (name: string) => (message: string, extra: Record<string, unknown>) =>
      void said.push([name, message, extra.batchId]);
    const measured: Record<string, unknown> = {};
    let published = 0;
    await handlerOf({
      log: powertoolsLog({ info: level('info'), warn: level('warn'), error: level('error') }),
      metrics: powertoolsMetrics({
        addMetric: (name, unit, value) => void Object.assign(measured, { [name]: [unit, value] }),
        addDimension: (name, value) => void Object.assign(measured, { [name]: value }),
        publishStoredMetrics: () => void published++,
      }),
    })(input, context());
    expect(said).toContainEqual(['info', 'chunk.committed', 'b1']);
    expect(measured).toMatchObject({
      Handler: 'process',
      RowsRead: ['Count', 3],
      BytesRead: ['Bytes', expect.any(Number)],
    });
    expect(published).toBe(1);
  });

  test('tracer has a segment for each call, with batch and chunk, closed also after a failure', async () => {
    const steps: unknown[] = [];
    const segmentOf = (name: string): { addNewSubsegment(name: string): never; close(): void } => ({
      addNewSubsegment: (sub) => segmentOf(sub) as never,
      close: () => void steps.push(`close ${name}`),
    });
    const root = segmentOf('root');
    let current: unknown = root;
    const tracer = {
      isTracingEnabled: () => true,
      getSegment: () => current,
      setSegment: (segment: unknown) => {
        current = segment;
      },
      putAnnotation: (key: string, value: string | number | boolean) => void steps.push([key, value]),
    };
    await handlerOf({ tracer, maxRejectRatio: 0 })(input, context()).catch(() => {});
    expect(steps).toEqual([['batchId', 'b1'], ['chunk', 0], 'close ## process']);
    expect(current).toBe(root);
    const entries: LogEntry[] = [];
    const off = { ...tracer, isTracingEnabled: () => false };
    await handlerOf({ tracer: off, log: (entry) => void entries.push(entry) })(input, context());
    expect([steps.length, entries.length > 0]).toEqual([3, true]);
  });
});
