import { SFNClient } from '@aws-sdk/client-sfn';
import { processChunk, split } from '@pipeline/chunker';
import { createRunContext } from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { merge } from '@pipeline/merge';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  createIntakeHandler,
  createReplayHandler,
  type Mail,
  oneBucket,
  type RejectSink,
  type ReplayHandlerOptions,
  type ReplayOutput,
  type ReplayUploadsOutput,
  replayMachineDefinition,
} from '../src/index.ts';
import { at, codeOf, context, credentials, quiet, rejectingBad, startService, textOf } from './helpers.ts';

const locations = oneBucket('orders');
const batchId = '0123456789abcdef0123456789abcdef';
const mended = { bucket: 'orders', prefix: 'mended/' };
let store: MemoryStore;
let rejects: string;

beforeEach(async () => {
  store = memoryStore();
  const run = createRunContext({ batchId, attempt: 'a1' });
  const source = at('input/orders.csv');
  await store.write(source, Buffer.from('id,name\n1,bad\n2,b\n3,bad\n4,bad\n'));
  const manifest = await split(source, { store, locations, run, chunkRows: 1 });
  for await (const chunk of manifest.chunks) await processChunk(chunk, rejectingBad, { store, locations, run });
  const report = await merge(manifest, { store, locations, run });
  await store.deleteMany([source]); // as the archive step does
  rejects = await textOf(store, report.rejects!.object);
});

const handlerOf = (options: Partial<ReplayHandlerOptions> = {}) =>
  createReplayHandler({ stage: rejectingBad, store, locations, mended, log: quiet, ...options });
const uploadEvent = (key: string) => ({
  Records: [
    {
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'orders' }, object: { key, sequencer: '01', size: 1 } },
    },
  ],
});
const mend = (text: string): string => text.replace('1,bad,', '1,a,').replace('4,bad,', '4,d,');
const output = 'id,name\n1,a\n2,b\n4,d\n';

describe('the replay handler', () => {
  test('replays what it is called with', async () => {
    await store.write(at('somewhere/mended.csv'), Buffer.from(mend(rejects)));
    const answer = (await handlerOf()({ batchId, rejects: at('somewhere/mended.csv') }, context())) as ReplayOutput;
    expect(answer).toMatchObject({ done: true, batchId, revision: 2, rowsRead: 4, rowsWritten: 3, rowsRejected: 1 });
    expect(await textOf(store, at(`batches/${batchId}/output/r2/orders.csv`))).toBe(output);
  });

  test('replays an upload into the batch that it names, and tells people once', async () => {
    const mails: Mail[] = [];
    const mail = {
      notifier: { send: async (sent: Mail) => ({ messageId: String(mails.push(sent)) }) },
      link: async () => ({ url: 'https://example.com/', expiresAt: 0, certain: true }),
    };
    await store.write(at('mended/may.csv'), Buffer.from(mend(rejects)));
    const handler = handlerOf({ mail });
    const answer = (await handler(uploadEvent('mended/may.csv'), context())) as ReplayUploadsOutput;
    expect(answer).toMatchObject({ replayed: [{ revision: 2 }], ignored: [], batchItemFailures: [] });
    await handler(uploadEvent('mended/may.csv'), context());
    expect(mails).toHaveLength(1);
    expect(mails[0]!.text).toContain(
      'Revision: 2\nMended rows, now in the output: 2\nMended rows, rejected again: 1\n',
    );
  });

  test('an upload that is refused is told of once, and comes again as before', async () => {
    const mails: Mail[] = [];
    const mail = {
      notifier: { send: async (sent: Mail) => ({ messageId: String(mails.push(sent)) }) },
      link: async () => ({ url: 'https://example.com/', expiresAt: 0, certain: true }),
    };
    await store.write(at('mended/may.csv'), Buffer.from(rejects.replace(/^1,bad,1,/m, '1,a,2,')));
    for (const _ of [1, 2])
      expect(await codeOf(handlerOf({ mail })(uploadEvent('mended/may.csv'), context()))).toBe('REPLAY_REFUSED');
    expect(mails.map(({ subject }) => subject)).toEqual([
      'may.csv could not be taken back into its batch: REPLAY_REFUSED',
    ]);
    expect(mails[0]!.text).not.toMatch(/Execution|bad/);
  });

  test('brings a sink of rejects to what is rejected still, as often as it is called', async () => {
    const sink = new Map<string, unknown>();
    const rejectSink: RejectSink = {
      async write({ index }, lines) {
        for await (const { rowNumber, issues } of lines) sink.set(`${index}:${rowNumber}`, issues[0]!.code);
      },
      async remove({ index }, rows) {
        for await (const row of rows) sink.delete(`${index}:${row}`);
      },
    };
    for (const key of ['0:1', '2:3', '3:4']) sink.set(key, 'before');
    await store.write(at('mended/may.csv'), Buffer.from(mend(rejects).replace('3,bad,', '3,bad again,')));
    const event = { batchId, rejects: at('mended/may.csv') };
    await handlerOf({ rejectSink })(event, context());
    expect([...sink]).toEqual([['2:3', 'RULE_CUSTOM']]);
    sink.set('0:1', 'left by a try that ended half-way');
    await handlerOf({ rejectSink })(event, context());
    expect([...sink]).toEqual([['2:3', 'RULE_CUSTOM']]);
  });

  test('leaves a page beside the new report, unless told not to', async () => {
    await store.write(at('mended/may.csv'), Buffer.from(mend(rejects)));
    const event = { batchId, rejects: at('mended/may.csv') };
    const page = at(`batches/${batchId}/output/r2/report.html`);
    await handlerOf({ page: false })(event, context());
    expect(await codeOf(textOf(store, page))).toBe('SOURCE_NOT_FOUND');
    await handlerOf({ page: () => '<p>own' })(event, context());
    expect(await textOf(store, page)).toBe('<p>own');
  });

  test('leaves other uploads alone', async () => {
    await store.write(at('mended/other.csv'), Buffer.from('id,name\n1,a\n'));
    for (const [key, reason] of [
      ['mended/other.csv', 'no mended rejects'],
      ['mended/', 'folder marker'],
      ['input/may.csv', 'outside the prefix of mended files'],
    ])
      expect(await handlerOf()(uploadEvent(key!), context())).toMatchObject({ replayed: [], ignored: [reason] });
  });

  test('is called again where time ended, and goes on', async () => {
    await store.write(at('mended/may.csv'), Buffer.from(mend(rejects)));
    const late: { fire?: () => void } = {};
    const timers = {
      sleep: (_: number, signal?: AbortSignal) =>
        new Promise<void>((resolve) => {
          late.fire ??= resolve;
          signal?.addEventListener('abort', () => resolve());
        }),
    };
    const slow = handlerOf({
      run: { timers },
      log: ({ message }) => {
        if (message === 'replay.chunk') late.fire?.();
      },
    });
    const event = { batchId, rejects: at('mended/may.csv') };
    expect(await slow(event, context())).toMatchObject({ done: false, batchId, revision: null });
    expect(await handlerOf()(event, context())).toMatchObject({ done: true, revision: 2 });
    expect(await textOf(store, at(`batches/${batchId}/output/r2/orders.csv`))).toBe(output);
  });

  test('says what is wrong with a call', async () => {
    expect(await codeOf(handlerOf()({ batchId }, context()))).toBe('EVENT_INVALID');
    expect(await codeOf(handlerOf()({ batchId: 'none', rejects: at('x.csv') }, context()))).toBe('BATCH_NOT_FOUND');
  });
});

describe('the intake', () => {
  test('starts a replay for mended rejects of a batch that is done, once, and batches for all else', async () => {
    const service = await startService(({ body }, index) =>
      index === 1 ? { error: 'ExecutionAlreadyExists' } : { body: { executionArn: `arn:${body.name}`, startDate: 1 } },
    );
    const sfn = new SFNClient({ endpoint: service.endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 });
    const stateMachineArn = 'arn:aws:states:eu-central-1:123456789012:stateMachine:orders';
    const replayMachineArn = `${stateMachineArn}-replay`;
    const intake = createIntakeHandler({ sfn, stateMachineArn, replayMachineArn, store, locations, log: quiet });
    try {
      await store.write(at('input/rejects.csv'), Buffer.from(mend(rejects)));
      await store.write(at('input/strange.csv'), Buffer.from(rejects.replaceAll(batchId, 'f'.repeat(32))));
      await store.write(at('input/new.csv'), Buffer.from('id,name\n1,a\n'));
      expect(await intake(uploadEvent('input/rejects.csv'), context())).toMatchObject({
        replays: [{ batchId, key: 'input/rejects.csv' }],
        started: [],
      });
      expect(await intake(uploadEvent('input/rejects.csv'), context())).toMatchObject({ replays: [], duplicates: 1 });
      for (const key of ['input/strange.csv', 'input/new.csv'])
        expect(await intake(uploadEvent(key), context())).toMatchObject({ replays: [], started: [{ key }] });
      const [first, second] = service.calls.map(({ body }) => body);
      expect(first.stateMachineArn).toBe(replayMachineArn);
      expect(JSON.parse(first.input)).toMatchObject({ batchId, rejects: at('input/rejects.csv'), settings: {} });
      expect(second.name).toBe(first.name);
    } finally {
      sfn.destroy();
      await service.close();
    }
  });
});

test('the state machine of replays has no placeholder left', () => {
  const definition = replayMachineDefinition({ ReplayFunction: 'replay', NotifyFunction: 'notify' });
  expect(JSON.stringify(definition)).not.toContain('${');
});
