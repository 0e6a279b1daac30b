import { ReceiveMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { type SqsRecord, startEventSource } from '@pipeline/local';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { redrive, startTestSqs, type TestSqs } from './helpers.ts';

let sqs: TestSqs;
beforeAll(async () => {
  sqs = await startTestSqs();
});
afterAll(() => sqs?.close());

const mostReceives = 3;

/** Bodies of all messages of a queue. */
const bodiesIn = async (QueueUrl: string): Promise<readonly string[]> => {
  const { Messages = [] } = await sqs.client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.length === 0 ? [] : [...Messages.map(({ Body = '' }) => Body), ...(await bodiesIn(QueueUrl))];
};

const way = fc.record({
  /** How often each message fails before it succeeds. */
  failures: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 20 }),
  batchSize: fc.integer({ min: 1, max: 10 }),
  maximumConcurrency: fc.integer({ min: 2, max: 3 }),
  /** Whether the function names what failed, or fails as a whole. */
  named: fc.boolean(),
});
let runs = 0;

it('every message is done once or is a dead letter, whatever fails and however the function says it', async () => {
  await fc.assert(
    fc.asyncProperty(way, async ({ failures, named, ...options }) => {
      const name = `run-${++runs}`;
      const letters = await sqs.make(`${name}-letters`);
      const url = await sqs.make(name, redrive(sqs, `${name}-letters`, mostReceives));
      const left = new Map(failures.map((count, index) => [String(index), count]));
      const done: string[] = [];
      const fails = ({ body }: SqsRecord): boolean => {
        const count = left.get(body)!;
        left.set(body, count - 1);
        return count > 0;
      };
      const source = await startEventSource({
        ...{ ...options, client: sqs.client, queueUrl: url, functionName: 'worker', clock: sqs.clock },
        reportBatchItemFailures: named,
        invoke: async ({ payload }) => {
          const { Records } = JSON.parse(payload) as { readonly Records: readonly SqsRecord[] };
          const failed = Records.filter(fails);
          if (!named && failed.length > 0)
            return { payload: '{}', functionError: 'Unhandled', logs: '', requestId: 'r' };
          done.push(...Records.filter((record) => !failed.includes(record)).map(({ body }) => body));
          const batchItemFailures = failed.map(({ messageId }) => ({ itemIdentifier: messageId }));
          return { payload: JSON.stringify({ batchItemFailures }), logs: '', requestId: 'r' };
        },
        onFailed: (records) =>
          sqs.release(
            name,
            records.map(({ receiptHandle }) => receiptHandle),
            0,
          ),
      });
      const bodies = failures.map((_, index) => String(index));
      for (let from = 0; from < bodies.length; from += 10) {
        const Entries = bodies.slice(from, from + 10).map((body) => ({ Id: body, MessageBody: body }));
        await sqs.client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      }
      while ((await sqs.counts(url)).some((count) => count > 0)) await new Promise((resolve) => setTimeout(resolve, 1));
      await source.close();
      const dead = await bodiesIn(letters);
      expect([...done, ...dead].sort()).toEqual([...bodies].sort());
      // Named alone, each message has its own fate; as a whole, others may share it.
      if (named) expect(dead.map((body) => failures[Number(body)]! >= mostReceives)).toEqual(dead.map(() => true));
    }),
    { numRuns: 15 },
  );
});
