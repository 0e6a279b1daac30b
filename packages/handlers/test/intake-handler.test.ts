import { readFileSync } from 'node:fs';
import { SFNClient } from '@aws-sdk/client-sfn';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type BatchSettings,
  createIntakeHandler,
  type IntakeHandlerOptions,
  type IntakeOutput,
  oneBucket,
} from '../src/index.ts';
import { context, credentials, keptLog, quiet, type ServiceAnswer, type ServiceCall, startService } from './helpers.ts';

const stateMachineArn = 'arn:aws:states:eu-central-1:123456789012:stateMachine:orders';
const locations = oneBucket('inbox');
const event = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`./events/${name}.json`, import.meta.url), 'utf8'));

let service: Awaited<ReturnType<typeof startService>>;
let sfn: SFNClient;
let answer: (call: ServiceCall) => ServiceAnswer | undefined = () => undefined;
let store: MemoryStore;
const running = new Map<string, string>();

beforeAll(async () => {
  // As StartExecution of a Standard state machine: the same name is refused once another input or an end came.
  service = await startService((call) => {
    const special = answer(call);
    if (special !== undefined) return special;
    const { name, input } = call.body as { name: string; input: string };
    if (running.has(name)) return { error: 'ExecutionAlreadyExists' };
    running.set(name, input);
    return {
      body: { executionArn: `arn:aws:states:eu-central-1:123456789012:execution:orders:${name}`, startDate: 1 },
    };
  });
  sfn = new SFNClient({ endpoint: service.endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 });
});
afterAll(async () => {
  sfn.destroy();
  await service.close();
});
beforeEach(() => {
  answer = () => undefined;
  running.clear();
  service.calls.length = 0;
  store = memoryStore();
});

const handle = (input: unknown, options: Partial<IntakeHandlerOptions> = {}): Promise<IntakeOutput> =>
  createIntakeHandler({ sfn, stateMachineArn, store, locations, log: quiet, ...options })(input, context());
const s3Event = (...keys: string[]) => ({
  Records: keys.map((key, index) => ({
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: { bucket: { name: 'inbox' }, object: { key, eTag: 'e', sequencer: `0${index}`, size: 1 } },
  })),
});

describe('intake', () => {
  test.each<[BatchSettings, string]>([
    [{ delimiter: ';', quote: ';' }, 'quote must be'],
    [{ output: { format: 'jsonl', quoting: 'always' } }, 'quoting must be left out'],
    [{ output: { types: 'typed' } }, 'types must be left out'],
  ])('settings that contradict themselves (%j) fail before any upload comes', (settings, reason) => {
    expect(() => createIntakeHandler({ sfn, stateMachineArn, store, locations, settings })).toThrow(reason);
  });

  test('starts one execution per upload, with pointers and settings as its input', async () => {
    const settings = { chunkRows: 100, delimiter: ';' };
    const { started, ...rest } = await handle(event('s3-versioned'), { settings });
    expect(rest).toEqual({ duplicates: 0, ignored: [], batchItemFailures: [] });
    expect(started).toEqual([
      {
        batchId: expect.stringMatching(/^[0-9a-f]{32}$/),
        executionArn: `arn:aws:states:eu-central-1:123456789012:execution:orders:${started[0]!.batchId}`,
        key: 'input/orders.csv',
      },
    ]);
    expect(service.calls).toHaveLength(1);
    expect(service.calls[0]).toMatchObject({
      operation: 'StartExecution',
      body: { stateMachineArn, name: started[0]!.batchId },
    });
    expect(JSON.parse(service.calls[0]!.body.input)).toEqual({
      batchId: started[0]!.batchId,
      source: {
        bucket: 'inbox',
        key: 'input/orders.csv',
        versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko',
        etag: '"d41d8cd98f00b204e9800998ecf8427e"',
      },
      settings,
    });
  });

  test('the same upload is started once, however often and by whatever way its event comes', async () => {
    const names = ['s3-encoded-key', 'eventbridge-created'];
    const versioned = event('s3-encoded-key') as ReturnType<typeof s3Event>;
    Object.assign(versioned.Records[0]!.s3.object, { versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko' });
    const outputs = [];
    for (const input of [versioned, event(names[1]!), versioned, event(names[1]!)]) outputs.push(await handle(input));
    expect(outputs.map(({ started, duplicates }) => [started.length, duplicates])).toEqual([
      [1, 0],
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
    expect(running.size).toBe(1);
  });

  test('another version, other settings or another version of the rules is another batch', async () => {
    const put = event('s3-versioned') as ReturnType<typeof s3Event>;
    await handle(put);
    await handle(put, { settings: { chunkRows: 5 } });
    await handle(put, { settings: { delimiter: ';' } });
    await handle(put, { configVersion: '2' });
    Object.assign(put.Records[0]!.s3.object, { versionId: 'another' });
    await handle(put);
    expect(running.size).toBe(5);
  });

  test('an identical upload to an unversioned bucket is another batch, a re-sent event of it is not', async () => {
    const put = event('s3-put') as ReturnType<typeof s3Event>;
    await handle(put);
    await handle(put);
    Object.assign(put.Records[0]!.s3.object, { sequencer: '0055AED6DCD90281E6' });
    await handle(put);
    expect(running.size).toBe(2);
  });

  test.each([
    ['batches/b1/output/r1/orders.csv', 'written by the pipeline'],
    ['input_archive/input/orders.csv', 'written by the pipeline'],
    ['failed/input/orders.csv', 'written by the pipeline'],
    ['reports/orders.csv', 'outside the input prefix'],
    ['input', 'outside the input prefix'],
    ['INPUT/orders.csv', 'outside the input prefix'],
    ['input/2026/', 'folder marker'],
    ['input/orders.txt', 'other suffix'],
    ['input/orders.csv.tmp', 'other suffix'],
  ])('%s starts nothing: %s', async (key, reason) => {
    expect(await handle(s3Event(key))).toEqual({
      started: [],
      duplicates: 0,
      ignored: [reason],
      batchItemFailures: [],
    });
    expect(service.calls).toEqual([]);
  });

  test.each(['input/orders.CSV', 'input/a/b/c.csv', 'input/.csv'])('%s starts a batch', async (key) => {
    expect((await handle(s3Event(key))).started).toHaveLength(1);
  });

  test('the suffix can be another one, or none', async () => {
    expect((await handle(s3Event('input/a.tsv', 'input/a.csv'), { suffix: '.tsv' })).started).toHaveLength(1);
    expect((await handle(s3Event('input/a', 'input/b.txt'), { suffix: '' })).started).toHaveLength(2);
  });

  test('an upload to another bucket is ignored', async () => {
    expect(await handle(event('s3-several-records'))).toMatchObject({
      started: [{ key: 'input/a.csv' }, { key: 'input/b.csv' }],
      ignored: ['outside the input prefix'],
    });
  });

  test('a direct call is pinned to what is there now', async () => {
    const ref = (await store.write({ bucket: 'inbox', key: 'input/orders.csv' }, Buffer.from('id\n')))!;
    await handle({ bucket: 'inbox', key: 'input/orders.csv' });
    expect(JSON.parse([...running.values()][0]!).source).toEqual({
      bucket: 'inbox',
      key: 'input/orders.csv',
      etag: ref.etag,
    });
  });

  test('a direct call for nothing is SOURCE_NOT_FOUND', async () => {
    await expect(handle({ bucket: 'inbox', key: 'input/missing.csv' })).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
    });
  });

  describe('a start that fails', () => {
    const failFor = (key: string) => (call: ServiceCall) =>
      JSON.parse(call.body.input).source.key === key
        ? { error: 'ServiceUnavailableException', status: 503 }
        : undefined;

    test('fails the event; those started before are duplicates when it comes again', async () => {
      answer = failFor('input/b.csv');
      const input = s3Event('input/a.csv', 'input/b.csv', 'input/c.csv');
      await expect(handle(input)).rejects.toMatchObject({ name: 'ServiceUnavailableException' });
      answer = () => undefined;
      const { started, duplicates } = await handle(input);
      expect([started.map(({ key }) => key), duplicates]).toEqual([['input/b.csv', 'input/c.csv'], 1]);
      expect(running.size).toBe(3);
    });

    test('behind SQS only its message comes again', async () => {
      answer = failFor('input/b.csv');
      const { started, batchItemFailures } = await handle(event('sqs-s3'));
      expect(started.map(({ key }) => key)).toEqual(['input/a.csv', 'input/c d.csv']);
      expect(batchItemFailures).toEqual([{ itemIdentifier: 'message-1' }]);
    });

    test('a message is named once, however many of its records fail', async () => {
      answer = () => ({ error: 'ThrottlingException', status: 400 });
      expect((await handle(event('sqs-s3'))).batchItemFailures).toEqual([
        { itemIdentifier: 'message-1' },
        { itemIdentifier: 'message-2' },
      ]);
    });

    test('is logged with the message and the name of the error', async () => {
      answer = failFor('input/b.csv');
      const { log, entries } = keptLog();
      await handle(event('sqs-s3'), { log });
      expect(entries).toContainEqual(
        expect.objectContaining({
          message: 'intake.failed',
          messageId: 'message-1',
          error: 'ServiceUnavailableException',
        }),
      );
    });
  });

  test('refuses to be made with places that would trigger it', () => {
    const loop = { ...locations, archive: { bucket: 'inbox', prefix: 'input/done/' } };
    expect(() => createIntakeHandler({ sfn, stateMachineArn, store, locations: loop })).toThrow('CONFIG_INVALID');
  });
});
