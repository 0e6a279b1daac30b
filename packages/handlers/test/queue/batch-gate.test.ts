import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createRunContext } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createBatchGate, createIntakeHandler, oneBucket, sendLater } from '../../src/index.ts';
import { codeOf, context, credentials, quiet, startService } from '../helpers.ts';

const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:orders';
const locations = oneBucket('orders');
const run = createRunContext();

let running: Set<string>;
let service: Awaited<ReturnType<typeof startService>>;
let sent: { readonly MessageBody: string; readonly DelaySeconds: number }[];
beforeEach(async () => {
  running = new Set();
  sent = [];
  const known = new Set<string>();
  service = await startService(({ operation, body }) => {
    if (operation === 'SendMessage') {
      sent.push(body);
      return { body: { MessageId: '1' } };
    }
    if (operation === 'StartExecution') {
      if (known.has(body.name)) return { error: 'ExecutionAlreadyExists' };
      known.add(body.name);
      running.add(body.name);
      return { body: { executionArn: `arn:${body.name}`, startDate: 0 } };
    }
    const name = String(body.executionArn).split(':').at(-1)!;
    if (running.has(name)) return { body: { status: 'RUNNING' } };
    return known.has(name) || name.startsWith('ended')
      ? { body: { status: 'SUCCEEDED' } }
      : { error: 'ExecutionDoesNotExist' };
  });
});
afterEach(() => service.close());

const clientOptions = () => ({ region: 'us-east-1', endpoint: service.endpoint, credentials });
const gateOf = (maxBatches: number, store = memoryStore()) =>
  createBatchGate({ sfn: new SFNClient(clientOptions()), stateMachineArn, store, work: locations.work, maxBatches });

describe('a gate', () => {
  test('lets as many batches in as it has slots, and another when one has ended', async () => {
    const gate = gateOf(2);
    running = new Set(['a', 'b']);
    expect([await gate.enter('a', run), await gate.enter('b', run), await gate.enter('c', run)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(await gate.enter('a', run)).toBe(true);
    running.delete('b');
    expect(await gate.enter('ended-1', run)).toBe(false); // it was claimed a moment ago and may yet be started
    const later = { ...run, clock: { now: () => Date.now() + 1_000_000 } };
    expect(await gate.enter('c', later)).toBe(true);
    expect(await gate.enter('d', run)).toBe(false);
  });

  test('never lets more in than that, however many ask at once', async () => {
    const store = memoryStore();
    const names = Array.from({ length: 12 }, (_, index) => `batch-${index}`);
    running = new Set(names);
    const entered = await Promise.all(names.map((name) => gateOf(3, store).enter(name, run)));
    expect(entered.filter(Boolean)).toHaveLength(3);
  });

  test('is refused without slots', async () => {
    expect(await codeOf((async () => gateOf(0))())).toBe('CONFIG_INVALID');
  });
});

describe('an intake with a gate', () => {
  const record = (key: string) => ({
    messageId: `m-${key}`,
    eventSource: 'aws:sqs',
    body: JSON.stringify({ bucket: 'orders', key: `input/${key}.csv`, etag: '"e"', sequencer: '01' }),
  });
  const intakeOf = (waits: boolean) => {
    const store = memoryStore();
    return createIntakeHandler({
      ...{ sfn: new SFNClient(clientOptions()), stateMachineArn, store, locations, log: quiet },
      gate: gateOf(1, store),
      ...(waits
        ? {
            later: sendLater({
              client: new SQSClient({ ...clientOptions(), md5: false }),
              queueUrl: `${service.endpoint}/0/intake`,
              delaySeconds: 30,
            }),
          }
        : {}),
    });
  };

  test('sends what found it full to the queue again, as the same upload', async () => {
    const intake = intakeOf(true);
    const first = await intake({ Records: [record('a'), record('b')] }, context());
    expect(first).toMatchObject({ started: [{ key: 'input/a.csv' }], waiting: 1, batchItemFailures: [] });
    expect(sent).toMatchObject([{ DelaySeconds: 30 }]);
    running.clear();
    const again = { messageId: 'm2', eventSource: 'aws:sqs', body: sent[0]!.MessageBody };
    const second = await intake({ Records: [again] }, context());
    expect(second).toMatchObject({ started: [{ key: 'input/b.csv' }], waiting: 0 });
    const direct = await intakeOf(false)({ Records: [record('b')] }, context());
    expect(direct).toMatchObject({ started: [], duplicates: 1 }); // it is the batch that the first message would have had
  });

  test('without a way to put off lets the message come again', async () => {
    const { started, batchItemFailures } = await intakeOf(false)({ Records: [record('a'), record('b')] }, context());
    expect([started.length, batchItemFailures]).toEqual([1, [{ itemIdentifier: 'm-b' }]]);
  });
});
