import { SFNClient } from '@aws-sdk/client-sfn';
import {
  type CsvRecord,
  createStage,
  type ErrorCode,
  type ObjectStore,
  PipelineConfigError,
  PipelineDeadlineError,
  PipelineDeliveryError,
  PipelineLookupError,
  PipelineLookupRefusedError,
  PipelineMergeError,
  PipelineRejectLimitError,
  PipelineSourceError,
  PipelineStorageError,
  passThrough,
} from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import type { Context } from 'aws-lambda';
import { describe, expect, test, vi } from 'vitest';
import {
  type BatchEvent,
  createArchiveHandler,
  createFailureHandler,
  createHandler,
  createIntakeHandler,
  createMergeHandler,
  createNotifyHandler,
  createProcessHandler,
  createResolveHandler,
  createScanHandler,
  createSplitHandler,
  type HandlerOptions,
  jsonLog,
  type Notifier,
  oneBucket,
} from '../src/index.ts';
import { at, codeOf, context, credentials, errorOf, keptLog, quiet, rejectingBad, textOf } from './helpers.ts';

const locations = oneBucket('orders');
const sfn = new SFNClient({ endpoint: 'http://127.0.0.1:1', region: 'eu-central-1', credentials, maxAttempts: 1 });
const notifier: Notifier = { send: async () => ({ messageId: 'm' }) };
const link = async () => ({ url: 'https://link', expiresAt: 0, certain: true });
const manifest = at('batches/b1/manifest.json');
const chunk = { index: 0, kind: 'csv-range', source: 0, start: 0, end: 1, firstRow: 1, rowCount: 1 };
const source = at('input/orders.csv');
const scanTask = {
  index: 0,
  object: source,
  range: {
    dialect: { delimiter: ',', quote: '"' },
    gridStart: 3,
    stepBytes: 10,
    firstCell: 0,
    endCell: 1,
    sourceEnd: 13,
  },
};

// biome-ignore lint/suspicious/noExplicitAny: events of every handler
type AnyHandler = (event: any, context: Context) => Promise<unknown>;

/** Every handler, with an event that it takes and those that it does not. */
const handlers: Record<
  string,
  {
    make: (store: ObjectStore, options: HandlerOptions) => { use(middleware: object): unknown };
    event: object;
    bad: [object, string][];
  }
> = {
  intake: {
    make: (store, options) => createIntakeHandler({ sfn, stateMachineArn: 'arn:x', store, locations, ...options }),
    event: { bucket: 'orders', key: 'input/orders.csv' },
    bad: [[[] as object, 'event must be object']],
  },
  split: {
    make: (store, options) => createSplitHandler({ store, locations, ...options }),
    event: { batchId: 'b1', source, settings: {}, cursor: null },
    bad: [
      [{}, "event must have required property 'batchId'"],
      [{ batchId: 'b1', source, settings: { chunkRows: 0 } }, '/settings/chunkRows must be >= 1'],
      [{ batchId: 'b1', source, settings: { delimiter: '' } }, '/settings/delimiter must NOT have fewer than 1'],
      [
        { batchId: 'b1', source, settings: { delimiter: ';'.repeat(17) } },
        '/settings/delimiter must NOT have more than 16',
      ],
      [{ batchId: 'b1', source: { bucket: 'orders' }, settings: {} }, "/source must have required property 'key'"],
      [{ batchId: 'b1', source, settings: {}, cursor: { offset: 'x' } }, '/cursor'],
      [{ batchId: 'b1', source, settings: {}, planNumber: 0 }, '/planNumber must be >= 1'],
      [{ batchId: 'b1', source, settings: { encoding: 'latin1' } }, '/settings/encoding must be equal to one of'],
      [{ batchId: 'b1', source, settings: { header: [] } }, '/settings/header must'],
      [{ batchId: 'b1', source, settings: { output: { format: 'xml' } } }, '/settings/output/format must be equal to'],
      [{ batchId: 'b1', source, settings: { columns: [{ from: 'id' }] } }, '/settings/columns/0'],
    ],
  },
  scan: {
    make: (store, options) => createScanHandler({ store, locations, ...options }),
    event: { batchId: 'b1', planNumber: 2, task: scanTask },
    bad: [
      [{ batchId: 'b1' }, "event must have required property 'task'"],
      [{ batchId: 'b1', task: { ...scanTask, range: {} } }, "/task/range must have required property 'dialect'"],
      [{ batchId: 'b1', task: { ...scanTask, index: -1 } }, '/task/index must be >= 0'],
    ],
  },
  process: {
    make: (store, options) => createProcessHandler({ stage: passThrough<CsvRecord>(), store, locations, ...options }),
    event: { batchId: 'b1', manifest, chunk },
    bad: [
      [{ batchId: 'b1', manifest }, "event must have required property 'chunk'"],
      [{ batchId: 'b1', manifest, chunk: { ...chunk, start: -1 } }, '/chunk/start must be >= 0'],
      [{ batchId: 'b1', manifest, chunk: { ...chunk, end: 1.5 } }, '/chunk/end must be integer'],
    ],
  },
  resolve: {
    make: (store, options) => createResolveHandler({ store, locations, ...options }),
    event: { batchId: 'b1', manifest },
    bad: [[{ batchId: '', manifest }, '/batchId must NOT have fewer than 1 characters']],
  },
  merge: {
    make: (store, options) => createMergeHandler({ store, locations, ...options }),
    event: { batchId: 'b1', manifest, startedAt: '2026-11-02T10:00:00Z' },
    bad: [[{ batchId: 'b1', manifest: null }, '/manifest must be object']],
  },
  archive: {
    make: (store, options) => createArchiveHandler({ store, locations, ...options }),
    event: { batchId: 'b1', source },
    bad: [[{ batchId: 'b1' }, "event must have required property 'source'"]],
  },
  notify: {
    make: (store, options) => createNotifyHandler({ store, locations, notifier, link, ...options }),
    event: { batchId: 'b1', report: at('report.json') },
    bad: [[{ batchId: 'b1', report: 'report.json' }, '/report must be object']],
  },
  failure: {
    make: (store, options) => createFailureHandler({ sfn, store, locations, notifier, ...options }),
    event: { detail: { executionArn: 'arn:x', status: 'FAILED' } },
    bad: [[{ detail: { executionArn: 'arn:x', status: 'SUCCEEDED' } }, '/detail/status must be equal to one of']],
  },
};

const errors: Record<string, Error> = {
  PipelineConfigError: new PipelineConfigError('CONFIG_INVALID', { option: 'x', expected: 'y', got: 'z' }),
  PipelineSourceError: new PipelineSourceError('SOURCE_FORBIDDEN', { object: 's3://orders/x' }),
  PipelineRejectLimitError: new PipelineRejectLimitError('REJECT_LIMIT', { rejected: 1, read: 1, limit: '0 rows' }),
  PipelineLookupError: new PipelineLookupError('LOOKUP_FAILED', { lookup: 'x', tries: 1, reason: 'y' }),
  PipelineLookupRefusedError: new PipelineLookupRefusedError('LOOKUP_REFUSED', { lookup: 'x', reason: 'y' }),
  PipelineMergeError: new PipelineMergeError('MERGE_MISMATCH', { reason: 'x' }),
  PipelineDeadlineError: new PipelineDeadlineError('DEADLINE', {}),
  PipelineStorageError: new PipelineStorageError('STORAGE_STALLED', { operation: 'read', object: 'x', stallMs: 1 }),
  PipelineDeliveryError: new PipelineDeliveryError('DELIVERY_FAILED', { what: 'x', reason: 'y' }),
  TypeError: new TypeError('x is not a function'),
};

/** A store of which every call fails. */
const failingStore = (error: unknown): ObjectStore =>
  new Proxy({} as ObjectStore, {
    get: () => () => {
      throw error;
    },
  });

describe.each(Object.entries(handlers))('%s', (name, { make, event, bad }) => {
  test.each(Object.entries(errors))('rejects with a %s as it is, and logs its name', async (errorName, thrown) => {
    if (name === 'failure') return; // asks Step Functions first
    const { log, entries } = keptLog();
    const handler = make(failingStore(thrown), { log }) as unknown as AnyHandler;
    const error = await errorOf(handler(event, context()));
    expect(error).toBe(thrown);
    expect(error.name).toBe(errorName);
    expect(entries.map(({ level, message }) => [level, message])).toEqual([
      ['info', 'started'],
      ['error', 'failed'],
    ]);
    expect(entries[1]).toMatchObject({ handler: name, error: errorName, durationMs: expect.any(Number) });
    expect(entries[1]!.code).toBe((thrown as { code?: ErrorCode }).code);
  });

  test.each(bad)('%j is EVENT_INVALID, and nothing is done', async (invalid, reason) => {
    const handler = make(failingStore(new Error('the store was called')), { log: quiet }) as unknown as AnyHandler;
    const error = await errorOf(handler(invalid, context()));
    expect(error).toMatchObject({ name: 'PipelineConfigError', code: 'EVENT_INVALID', retryable: false });
    expect(error.message).toContain(reason);
  });

  test('no value of an invalid event is told', async () => {
    const { log, text } = keptLog();
    const handler = make(failingStore(new Error()), { log }) as unknown as AnyHandler;
    const canary = Object.fromEntries(
      ['source', 'settings', 'chunk', 'manifest', 'report', 'detail', 'bucket', 'key', 'cursor'].map((field) => [
        field,
        [`canary-${field}`],
      ]),
    );
    const error = await errorOf(handler(name === 'intake' ? ['canary'] : canary, context()));
    expect(error).toMatchObject({ code: 'EVENT_INVALID' });
    expect(error.message + text()).not.toContain('canary');
  });

  test('a middleware of a user is around the work, inside of ours', async () => {
    const order: string[] = [];
    const handler = make(failingStore(errors.PipelineStorageError), {
      log: ({ message }) => void order.push(`log ${message}`),
    });
    handler.use({
      before: () => void order.push('before'),
      onError: () => void order.push('onError'),
    });
    handler.use({
      before: () => void order.push('before 2'),
      onError: () => void order.push('onError 2'),
    });
    await errorOf((handler as unknown as AnyHandler)(event, context()));
    expect(order).toEqual(['log started', 'before', 'before 2', 'onError 2', 'onError', 'log failed']);
  });

  test('a middleware of a user can refuse an event', async () => {
    const handler = make(failingStore(new Error('the store was called')), { log: quiet });
    handler.use({
      before: () => {
        throw new PipelineConfigError('CONFIG_INVALID', { option: 'tenant', expected: 'known', got: 'none' });
      },
    });
    expect(await codeOf((handler as unknown as AnyHandler)(event, context()))).toBe('CONFIG_INVALID');
  });
});

describe('createHandler', () => {
  const make = (work: () => Promise<unknown>, options: HandlerOptions = {}) =>
    createHandler<object, unknown>({ name: 'test', schema: { type: 'object' }, work }, { log: quiet, ...options });

  test('an abort leaves as the reason it was aborted for', async () => {
    const cause = new PipelineDeadlineError('DEADLINE', {});
    const aborted = Object.assign(new Error('Request aborted', { cause }), { name: 'AbortError' });
    expect(await errorOf(make(() => Promise.reject(aborted))({}, context()))).toBe(cause);
    const other = Object.assign(new Error('Request aborted'), { name: 'AbortError' });
    expect(await errorOf(make(() => Promise.reject(other))({}, context()))).toBe(other);
  });

  test.each(['text', 7, undefined, null, { row: 'canary' }])('%j that is thrown becomes an Error', async (thrown) => {
    const error = await errorOf(make(() => Promise.reject(thrown))({}, context()));
    expect(error).toBeInstanceOf(Error);
    expect(error.message).not.toContain('canary');
  });

  test('after is around the result, and may change it', async () => {
    const handler = make(async () => ({ rows: 1 }));
    handler.use({
      after: (request) => {
        request.response = { ...(request.response as object), tenant: 't' };
      },
    });
    expect(await handler({}, context())).toEqual({ rows: 1, tenant: 't' });
  });

  test('the run is named by event and invocation, and its events are log lines', async () => {
    const { log, entries } = keptLog();
    const handler = createHandler<{ batchId: string }, unknown>(
      {
        name: 'test',
        schema: { type: 'object' },
        work: async (_, { batchId, attempt, observe }) => {
          observe({ type: 'custom.event', rows: 7 });
          return { batchId, attempt };
        },
      },
      { log },
    );
    const here = context();
    expect(await handler({ batchId: 'b9' }, here)).toEqual({ batchId: 'b9', attempt: here.awsRequestId });
    expect(entries).toEqual([
      { level: 'info', message: 'started', handler: 'test', requestId: here.awsRequestId, batchId: 'b9' },
      { level: 'info', message: 'custom.event', batchId: 'b9', requestId: here.awsRequestId, rows: 7 },
      {
        level: 'info',
        message: 'done',
        handler: 'test',
        requestId: here.awsRequestId,
        batchId: 'b9',
        durationMs: expect.any(Number),
      },
    ]);
  });

  test('the default log is one line of JSON each on standard output', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      jsonLog({ level: 'info', message: 'two\nlines', batchId: 'b1' });
      expect(write.mock.calls).toEqual([['{"level":"info","message":"two\\nlines","batchId":"b1"}\n']]);
    } finally {
      write.mockRestore();
    }
  });
});

describe('no row content leaves', () => {
  const columns = Array.from({ length: 16 }, (_, column) => `c${column}`);
  const canary = (row: number): string => columns.map((_, column) => `canary${row}x${column}`).join(',');
  const file = `${columns.join(',')}\n${canary(1)}\nbad${canary(2)}\n${canary(3)},canary-extra\n"canary"x\n${canary(5)}\n`;

  test('into logs, errors and mails of a batch with good, bad and broken rows', async () => {
    const store = memoryStore();
    const pinned = (await store.write(source, Buffer.from(file)))!;
    const { log, text } = keptLog();
    const mails: unknown[] = [];
    const keeping: Notifier = {
      async send(mail) {
        mails.push(mail);
        return { messageId: 'm' };
      },
    };
    const place = { store, locations, log };
    const answers: unknown[] = [];
    const note = <T>(answer: T): T => {
      answers.push(answer);
      return answer;
    };
    const batchId = 'b1';
    const planned = note(
      await createSplitHandler(place)({ batchId, source: pinned, settings: { chunkRows: 2 } }, context()),
    );
    const work = createProcessHandler({ ...place, stage: rejectingBad });
    for (const line of (await textOf(store, planned.chunks!)).trim().split('\n'))
      note(await work({ batchId, manifest: planned.manifest!, chunk: JSON.parse(line) }, context()));
    note(await createResolveHandler(place)({ batchId, manifest: planned.manifest! }, context()));
    const merged = note(await createMergeHandler(place)({ batchId, manifest: planned.manifest! }, context()));
    expect(merged).toMatchObject({ rowsRead: 5, rowsWritten: 2, rowsRejected: 3 });
    note(await createArchiveHandler(place)({ batchId, source: pinned }, context()));
    const told: BatchEvent[] = [];
    const tell = async (event: BatchEvent) => void told.push(event);
    note(
      await createNotifyHandler({ ...place, notifier: keeping, link, tell })(
        { batchId, report: merged.report },
        context(),
      ),
    );
    expect(mails).toHaveLength(1);
    expect(told).toEqual([expect.objectContaining({ type: 'BatchSucceeded', batchId, rowsRead: 5, rowsWritten: 2 })]);
    expect(JSON.stringify(told)).not.toContain('canary');
    expect(JSON.stringify([mails, answers]) + text()).not.toContain('canary');
  });

  test.each<[string, HandlerOptions & { maxRejectRatio?: number }, (file: string) => string]>([
    ['too many rejects', { maxRejectRatio: 0 }, (text) => text],
    ['a file that was changed', {}, (text) => text.replace('canary5', 'canary6')],
  ])('into the error and log of %s', async (_, options, change) => {
    const store = memoryStore();
    const pinned = (await store.write(source, Buffer.from(file)))!;
    const { log, text } = keptLog();
    const planned = await createSplitHandler({ store, locations, log })(
      { batchId: 'b1', source: pinned, settings: {} },
      context(),
    );
    await store.write(source, Buffer.from(change(file)));
    const work = createProcessHandler({ store, locations, log, stage: rejectingBad, ...options });
    const entry = JSON.parse((await textOf(store, planned.chunks!)).trim());
    const error = await errorOf(work({ batchId: 'b1', manifest: planned.manifest!, chunk: entry }, context()));
    expect(String(error.stack) + JSON.stringify(error) + text()).not.toContain('canary');
  });

  test('into the log, when a stage of a user throws a row', async () => {
    const store = memoryStore();
    const pinned = (await store.write(source, Buffer.from(file)))!;
    const { log, text } = keptLog();
    const planned = await createSplitHandler({ store, locations, log })(
      { batchId: 'b1', source: pinned, settings: {} },
      context(),
    );
    const leaking = createStage<CsvRecord, CsvRecord>((batch) => {
      throw new Error(`cannot do ${JSON.stringify(batch.rows[0])}`);
    });
    const work = createProcessHandler({ store, locations, log, stage: leaking });
    const entry = JSON.parse((await textOf(store, planned.chunks!)).trim());
    await errorOf(work({ batchId: 'b1', manifest: planned.manifest!, chunk: entry }, context()));
    expect(text()).toContain('"error":"Error"');
    expect(text()).not.toContain('canary');
  });
});
