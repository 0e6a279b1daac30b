import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createRunContext } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createBatchGate, createIntakeHandler, emfMetrics, oneBucket, sendLater } from '../../src/index.ts';
import { codeOf, context, credentials, quiet, startService, textOf } from '../helpers.ts';

const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:orders';
const locations = oneBucket('orders');
/** Of one invocation. */
const run = () => createRunContext();

let running: Set<string>;
/** Run, and are not listed yet. */
let unlisted: Set<string>;
let throttled: boolean;
let asked: string[];
let service: Awaited<ReturnType<typeof startService>>;
let sent: { readonly MessageBody: string; readonly DelaySeconds: number }[];
beforeEach(async () => {
  running = new Set();
  unlisted = new Set();
  throttled = false;
  asked = [];
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
    asked.push(operation);
    if (operation === 'ListExecutions') {
      if (String(body.stateMachineArn).includes('forbidden')) return { error: 'AccessDeniedException' };
      const executions = [...running].filter((name) => !unlisted.has(name)).map((name) => ({ name, startDate: 0 }));
      return throttled ? { error: 'ThrottlingException' } : { body: { executions } };
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
  createBatchGate({
    sfn: new SFNClient({ ...clientOptions(), maxAttempts: 1 }),
    ...{ stateMachineArn, store, work: locations.work, maxBatches },
  });
const later = (ms: number) => ({ ...run(), clock: { now: () => Date.now() + ms } });

describe('a gate', () => {
  test('lets as many batches in as it has slots, and another when one has ended', async () => {
    const gate = gateOf(2);
    running = new Set(['a', 'b']);
    const enter = (name: string) => gate.enter(name, run());
    expect([await enter('a'), await enter('b'), await enter('c'), await enter('a')]).toEqual([true, true, false, true]);
    running.delete('b');
    expect(await enter('c')).toBe(false); // b was let in a moment ago and may yet be started
    expect(await gate.enter('c', later(1_000_000))).toBe(true);
    expect(await enter('d')).toBe(false);
    running.delete('a');
    running.add('c');
    expect(await gate.enter('ended-1', later(1_000_000))).toBe(true);
    expect(await enter('d')).toBe(true); // ended-1 is known to have ended, though it was let in a moment ago
  });

  test('does not count a batch as ended because a list that lags behind lacks it', async () => {
    const gate = gateOf(1);
    running = new Set(['a']);
    unlisted = new Set(['a']);
    await gate.enter('a', run());
    expect(await gate.enter('b', later(1_000_000))).toBe(false);
  });

  test('is full when nobody can say who has ended, and opens afterwards', async () => {
    const gate = gateOf(1);
    await gate.enter('ended-1', run());
    throttled = true;
    expect(await gate.enter('b', run())).toBe(false);
    throttled = false;
    expect(await gate.enter('b', run())).toBe(true);
  });

  test('asks once for all uploads of an invocation: who runs by one call, and no more than ten one by one', async () => {
    const store = memoryStore();
    const gate = gateOf(30, store);
    const first = run();
    for (let index = 0; index < 30; index++) await gate.enter(`ended-${index}`, first);
    expect(asked).toEqual([]);
    const next = run();
    const entered = [];
    for (let index = 0; index < 12; index++) entered.push(await gate.enter(`next-${index}`, next));
    expect(entered.filter(Boolean)).toHaveLength(10);
    expect(asked).toEqual(['ListExecutions', ...Array.from({ length: 10 }, () => 'DescribeExecution')]);
    const { slots } = JSON.parse(await textOf(store, { bucket: 'orders', key: 'batches/gate/slots.json' }));
    expect(slots).toHaveLength(30);
  });

  test('opens again when so many may run no longer, though more have ended than it can ask at once', async () => {
    const store = memoryStore();
    const before = run();
    for (let index = 0; index < 25; index++) await gateOf(50, store).enter(`ended-${index}`, before);
    const entered: boolean[] = [];
    for (let invocation = 0; invocation < 3; invocation++) entered.push(await gateOf(1, store).enter('next', run()));
    expect(entered).toEqual([false, false, true]);
    const { slots } = JSON.parse(await textOf(store, { bucket: 'orders', key: 'batches/gate/slots.json' }));
    expect(slots).toMatchObject([{ batchId: 'next' }]);
    expect(asked.filter((operation) => operation === 'DescribeExecution')).toHaveLength(25);
  });

  test('tells what else went wrong', async () => {
    const sfn = new SFNClient({ ...clientOptions(), maxAttempts: 1 });
    const arn = stateMachineArn.replace('orders', 'forbidden');
    const gate = createBatchGate({
      ...{ sfn, stateMachineArn: arn, store: memoryStore(), work: locations.work, maxBatches: 1 },
    });
    await gate.enter('a', run());
    await expect(gate.enter('b', run())).rejects.toThrow('AccessDeniedException');
  });

  test('never lets more in than that, however many ask at once', async () => {
    const store = memoryStore();
    const names = Array.from({ length: 12 }, (_, index) => `batch-${index}`);
    running = new Set(names);
    const entered = await Promise.all(names.map((name) => gateOf(3, store).enter(name, run())));
    expect(entered.filter(Boolean)).toHaveLength(3);
    const { slots } = JSON.parse(await textOf(store, { bucket: 'orders', key: 'batches/gate/slots.json' }));
    expect(slots.map(({ batchId }: { batchId: string }) => batchId).sort()).toEqual(
      names.filter((_, index) => entered[index]).sort(),
    );
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
    expect(JSON.parse(sent[0]!.MessageBody)).toMatchObject({ key: 'input/b.csv', waitingSince: expect.any(Number) });
    running.clear();
    const again = { messageId: 'm2', eventSource: 'aws:sqs', body: sent[0]!.MessageBody };
    const second = await intake({ Records: [again] }, context());
    expect(second).toMatchObject({ started: [{ key: 'input/b.csv' }], waiting: 0 });
    const direct = await intakeOf(false)({ Records: [record('b')] }, context());
    expect(direct).toMatchObject({ started: [], duplicates: 1 }); // it is the batch that the first message would have had
  });

  test('measures how long an upload has waited since it was put off for the first time', async () => {
    const lines: string[] = [];
    const store = memoryStore();
    const intake = createIntakeHandler({
      ...{ sfn: new SFNClient(clientOptions()), stateMachineArn, store, locations, log: quiet },
      gate: gateOf(1, store),
      later: sendLater({
        client: new SQSClient({ ...clientOptions(), md5: false }),
        queueUrl: `${service.endpoint}/0/q`,
      }),
      metrics: emfMetrics({ write: (line) => void lines.push(line) }),
    });
    const waiting = { bucket: 'orders', key: 'input/old.csv', etag: '"e"', waitingSince: Date.now() - 90_000 };
    await intake(
      { Records: [record('a'), { ...record('old'), body: JSON.stringify(waiting) }, record('new')] },
      context(),
    );
    const { UploadWait } = JSON.parse(lines[0]!) as { UploadWait: number };
    expect([UploadWait >= 90, UploadWait < 120]).toEqual([true, true]);
    expect(sent.map(({ MessageBody }) => JSON.parse(MessageBody).waitingSince)).toEqual([
      waiting.waitingSince,
      expect.any(Number),
    ]);
  });

  test('without a way to put off lets the message come again', async () => {
    const { started, batchItemFailures } = await intakeOf(false)({ Records: [record('a'), record('b')] }, context());
    expect([started.length, batchItemFailures]).toEqual([1, [{ itemIdentifier: 'm-b' }]]);
  });
});
