import { SQSClient } from '@aws-sdk/client-sqs';
import { type ChunkEntry, PipelineLookupError, readJson } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { describe, expect, test } from 'vitest';
import {
  chunkQueue,
  createCoordinator,
  createProcessHandler,
  createQueueHandler,
  createSplitHandler,
  oneBucket,
  type ProcessInput,
} from '../../src/index.ts';
import { input, stepsOn } from '../coordinator/pipeline.ts';
import { at, codeOf, context, credentials, keptLog, quiet, rejectingBad, startService, textOf } from '../helpers.ts';

const record = (messageId: string, body: unknown, group?: string) => ({
  messageId,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  attributes: { ApproximateReceiveCount: '2', ...(group === undefined ? {} : { MessageGroupId: group }) },
});
const sns = (message: unknown) => ({ Type: 'Notification', Message: JSON.stringify(message) });
const locations = oneBucket('orders');

describe('messages of a queue', () => {
  /** Does what the message says; keeps what it did. */
  const doing = (concurrency = 1) => {
    const seen: unknown[] = [];
    const { log, text } = keptLog();
    const handler = createQueueHandler<{ n: number; fails?: boolean }>({
      concurrency,
      log,
      handler: async ({ n, fails = false }, { awsRequestId }) => {
        seen.push([n, awsRequestId]);
        if (fails) throw new PipelineLookupError('LOOKUP_THROTTLED', { lookup: 'secret-row', tries: 1 });
      },
    });
    return { handler, seen, logged: text };
  };

  test('only those whose work failed come again', async () => {
    const { handler, seen, logged } = doing();
    const Records = [record('a', { n: 1 }), record('b', { n: 2, fails: true }), record('c', sns({ n: 3 }))];
    const called = context();
    expect(await handler({ Records }, called)).toEqual({ batchItemFailures: [{ itemIdentifier: 'b' }] });
    expect(seen).toEqual([1, 2, 3].map((n, index) => [n, `${called.awsRequestId}-${index}`]));
    expect(logged()).toContain('"error":"PipelineLookupError","code":"LOOKUP_THROTTLED","received":2');
    expect(logged()).not.toContain('secret-row');
  });

  test('those that nobody can read fail alone, and end in the dead-letter queue', async () => {
    const { handler, seen } = doing();
    const Records = [record('a', 'no json: secret'), record('b', '[1]'), record('c', { n: 1 })];
    const { batchItemFailures } = await handler({ Records }, context());
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['a', 'b']);
    expect(seen).toHaveLength(1);
  });

  test('of a FIFO queue: nothing is done behind a failed one of the same group', async () => {
    const { handler, seen } = doing(4);
    const Records = [
      record('a', { n: 1 }, 'x'),
      record('b', { n: 2, fails: true }, 'x'),
      record('c', { n: 3 }, 'x'),
      record('d', { n: 4 }, 'y'),
    ];
    const { batchItemFailures } = await handler({ Records }, context());
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['b', 'c']);
    expect(seen.map((one) => (one as number[])[0]).sort()).toEqual([1, 2, 4]);
  });

  test('those that no time is left for come again, without having been begun', async () => {
    const begun: number[] = [];
    const handler = createQueueHandler<{ n: number }>({
      log: quiet,
      reserveMs: 500,
      handler: async ({ n }, { signal }) => {
        begun.push(n);
        await new Promise((resolve) => signal!.addEventListener('abort', resolve));
        signal!.throwIfAborted();
      },
    });
    const Records = [record('a', { n: 1 }), record('b', { n: 2 })];
    const { batchItemFailures } = await handler({ Records }, context(520));
    expect(begun).toEqual([1]);
    expect(batchItemFailures).toHaveLength(2);
  });

  test('an event that is none of a queue is refused, as is no room for work', async () => {
    const { handler } = doing();
    expect(await codeOf(handler({} as never, context()))).toBe('EVENT_INVALID');
    expect(await codeOf((async () => doing(0))())).toBe('CONFIG_INVALID');
  });
});

describe('chunks through a queue', () => {
  test('the same chunk twice in one batch of messages is committed once', async () => {
    const store = memoryStore();
    await store.write(at('input/orders.csv'), Buffer.from(input));
    const split = createSplitHandler({ store, locations, log: quiet });
    const { manifest, chunks } = await split(
      { batchId: 'b1', source: at('input/orders.csv'), settings: {} },
      context(),
    );
    const chunk = JSON.parse((await textOf(store, chunks!)).trim()) as ChunkEntry;
    const event: ProcessInput = { batchId: 'b1', manifest: manifest!, chunk };
    const process = createProcessHandler({ stage: rejectingBad, store, locations, log: quiet });
    const handler = createQueueHandler({ handler: process, concurrency: 2, log: quiet });
    expect(await handler({ Records: [record('a', event), record('b', sns(event))] }, context())).toEqual({
      batchItemFailures: [],
    });
    expect(store.keys().filter((key) => key.includes('/processed/'))).toHaveLength(1);
  });

  test('a coordinator fills the queue, its consumer the results: the batch is that of any other target', async () => {
    const store = memoryStore();
    await store.write(at('input/orders.csv'), Buffer.from(input));
    const process = createProcessHandler({ stage: rejectingBad, store, locations, log: quiet });
    const consumer = createQueueHandler({ handler: process, log: quiet });
    const sqs = await startService(async ({ body }, index) => {
      await consumer({ Records: [record(String(index), body.MessageBody)] }, context());
      return { body: { MessageId: String(index) } };
    });
    try {
      const client = new SQSClient({ region: 'us-east-1', endpoint: sqs.endpoint, credentials, md5: false });
      const queue = chunkQueue({
        client,
        queueUrl: `${sqs.endpoint}/0/chunks`,
        store,
        work: locations.work,
        pollMs: 1,
      });
      const coordinator = createCoordinator({ ...stepsOn(store), process: queue });
      const { report, chunksDone } = await coordinator.run({
        source: at('input/orders.csv'),
        settings: { chunkRows: 2 },
      });
      expect(chunksDone).toBe(4);
      expect(await readJson(store, report)).toMatchObject({ rowsRead: 7, rowsWritten: 6, rowsRejected: 1 });
    } finally {
      await sqs.close();
    }
  });
});
