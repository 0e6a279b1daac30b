import { SFNClient } from '@aws-sdk/client-sfn';
import { PipelineDeliveryError, readJson } from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BatchEvent, createFailureHandler, type Mail, oneBucket, type TellBatch } from '../src/index.ts';
import { at, context, credentials, errorOf, keptLog, type ServiceAnswer, startService } from './helpers.ts';

const locations = oneBucket('orders');
const executionArn = 'arn:aws:states:eu-central-1:123456789012:execution:orders:b1';
const childArn = 'arn:aws:states:eu-central-1:123456789012:execution:orders/chunks:c7';
const mapRunArn = 'arn:aws:states:eu-central-1:123456789012:mapRun:orders/chunks:m1';
const cause = (errorType: string, errorMessage: string): string =>
  JSON.stringify({ errorType, errorMessage, trace: ['canary-trace'] });

let service: Awaited<ReturnType<typeof startService>>;
let sfn: SFNClient;
let store: MemoryStore;
let mails: Mail[];
/** What DescribeExecution says of the execution and of its child. */
let execution: Record<string, unknown>;
let child: Record<string, unknown>;
let failedChildren: object[];
let mapRunArns: string[];
let source: { bucket: string; key: string; etag?: string };

beforeAll(async () => {
  const times = { startDate: 1, stopDate: 2 };
  const answers: Record<string, (body: { executionArn?: string; mapRunArn?: string }) => ServiceAnswer> = {
    DescribeExecution: (body) => ({
      body: body.executionArn === childArn ? { ...times, ...child } : { ...times, ...execution },
    }),
    ListMapRuns: () => ({
      body: { mapRuns: mapRunArns.map((arn) => ({ executionArn, mapRunArn: arn, stateMachineArn: 'x', ...times })) },
    }),
    ListExecutions: (body) => ({ body: { executions: body.mapRunArn === mapRunArn ? failedChildren : [] } }),
  };
  service = await startService(({ operation, body }) => answers[operation]!(body));
  sfn = new SFNClient({ endpoint: service.endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 });
});
afterAll(async () => {
  sfn.destroy();
  await service.close();
});
beforeEach(async () => {
  store = memoryStore();
  mails = [];
  source = (await store.write(at('input/orders.csv'), Buffer.from('id\n1\n')))!;
  const input = JSON.stringify({ batchId: 'b1', source, settings: {} });
  execution = { executionArn, status: 'FAILED', input };
  child = { executionArn: childArn, status: 'FAILED' };
  mapRunArns = [mapRunArn];
  failedChildren = [{ executionArn: childArn, stateMachineArn: 'x', name: 'c7', status: 'FAILED', startDate: 1 }];
});

const handle = (options: { failSend?: boolean; tell?: TellBatch } = {}) => {
  const { log, text } = keptLog();
  const handler = createFailureHandler({
    sfn,
    store,
    locations,
    log,
    ...(options.tell === undefined ? {} : { tell: options.tell }),
    notifier: {
      async send(mail) {
        if (options.failSend) throw Object.assign(new Error('no'), { $metadata: { httpStatusCode: 400 } });
        mails.push(mail);
        return { messageId: 'm' };
      },
    },
  });
  return { text, output: handler({ detail: { executionArn, status: String(execution.status) } }, context()) };
};

describe('failure', () => {
  test('is told to other teams with its code, once for each try', async () => {
    execution = {
      ...execution,
      error: 'PipelineSourceError',
      cause: cause('PipelineSourceError', 'SOURCE_EMPTY: nothing'),
    };
    const told: BatchEvent[] = [];
    await handle({ tell: async (event) => void told.push(event) }).output;
    expect(told).toEqual([
      expect.objectContaining({ type: 'BatchFailed', batchId: 'b1', code: 'SOURCE_EMPTY', executionArn, source }),
    ]);
  });

  test('is mailed though other teams cannot be told, and told again by the next try, which mails no more', async () => {
    execution = {
      ...execution,
      error: 'PipelineSourceError',
      cause: cause('PipelineSourceError', 'SOURCE_EMPTY: nothing'),
    };
    const down = async () => {
      throw new PipelineDeliveryError('DELIVERY_FAILED', { what: 'the event', reason: 'InternalException' });
    };
    expect(await errorOf(handle({ tell: down }).output)).toMatchObject({ code: 'DELIVERY_FAILED' });
    expect(mails).toHaveLength(1);
    const told: BatchEvent[] = [];
    await handle({ tell: async (event) => void told.push(event) }).output;
    expect(told).toHaveLength(1);
    expect(mails).toHaveLength(1);
  });

  test('an execution that was started with something else than a batch is a clear error', async () => {
    execution.input = '{"hello":1}';
    expect(await errorOf(handle().output)).toMatchObject({ name: 'PipelineConfigError', code: 'EVENT_INVALID' });
    expect(mails).toEqual([]);
  });

  test('a replay that failed is told of with its own mail, once a try, and nothing is copied', async () => {
    const rejects = at('input/mended.csv');
    execution.input = JSON.stringify({ batchId: 'b1', rejects, settings: {} });
    execution.executionArn = `${executionArn}-replay`;
    Object.assign(execution, {
      error: 'PipelineSourceError',
      cause: cause('PipelineSourceError', 'REPLAY_REFUSED: its row 2 is data row 7 of the source'),
    });
    expect(await handle().output).toEqual({ batchId: 'b1', code: 'REPLAY_REFUSED', copy: null, mail: 'SENT' });
    await handle().output;
    expect(mails.map(({ subject }) => subject)).toEqual([
      'mended.csv could not be taken back into its batch: REPLAY_REFUSED',
    ]);
    expect(mails[0]!.text).toContain('The batch is as it was. Trying again will not help: correct the mended file');
    expect(store.keys()).toEqual([
      'orders/batches/b1/mail/replay-b1.failure-0.json',
      'orders/batches/b1/mail/replay-b1.failure-0.reason.json',
      'orders/input/orders.csv',
    ]);
  });

  test('copies the original, moves nothing, records and tells why', async () => {
    Object.assign(execution, {
      error: 'PipelineSourceError',
      cause: cause('PipelineSourceError', 'CSV_UNCLOSED_QUOTE: the quote opened at data row 7 is never closed'),
    });
    const copy = at(`failed/input/orders.csv/${source.etag!.replaceAll('"', '')}`);
    expect(await handle().output).toEqual({ batchId: 'b1', code: 'CSV_UNCLOSED_QUOTE', copy, mail: 'SENT' });
    expect(store.keys()).toEqual([
      'orders/batches/b1/mail/failure-0.json',
      'orders/batches/b1/mail/failure-0.reason.json',
      `orders/${copy.key}`,
      'orders/input/orders.csv',
    ]);
    expect(await readJson(store, at('batches/b1/mail/failure-0.reason.json'))).toEqual({
      status: 'FAILED',
      executionArn,
      error: 'PipelineSourceError',
      code: 'CSV_UNCLOSED_QUOTE',
      message: 'the quote opened at data row 7 is never closed',
      source,
      copy,
    });
    expect(mails[0]).toMatchObject({ subject: 'orders.csv could not be processed: CSV_UNCLOSED_QUOTE' });
    expect(mails[0]!.text).toContain('What happened: the quote opened at data row 7 is never closed\n');
  });

  test('takes the reason of a failed map from its failed child', async () => {
    Object.assign(execution, { error: 'States.ExceedToleratedFailureThreshold', cause: 'The specified tolerated …' });
    Object.assign(child, {
      error: 'PipelineLookupError',
      cause: cause('PipelineLookupError', 'LOOKUP_FAILED: look-up customers failed after 3 tries: 503'),
    });
    expect(await handle().output).toMatchObject({ code: 'LOOKUP_FAILED', mail: 'SENT' });
    expect(mails[0]!.text).toContain('look-up customers failed after 3 tries: 503');
  });

  test.each([0, 1, 2])('of three maps, number %i failed', async (index) => {
    const others = [`${mapRunArn}-a`, `${mapRunArn}-b`];
    mapRunArns = [...others.slice(0, index), mapRunArn, ...others.slice(index)];
    Object.assign(execution, { error: 'States.ExceedToleratedFailureThreshold', cause: 'exceeded' });
    Object.assign(child, { error: 'PipelineMergeError', cause: cause('PipelineMergeError', 'MERGE_MISMATCH: x') });
    expect(await handle().output).toMatchObject({ code: 'MERGE_MISMATCH', mail: 'SENT' });
  });

  test('a failed map without failed children is told as it is', async () => {
    failedChildren = [];
    Object.assign(execution, { error: 'States.ExceedToleratedFailureThreshold', cause: 'exceeded' });
    expect(await handle().output).toMatchObject({ code: 'States.ExceedToleratedFailureThreshold', mail: 'SENT' });
  });

  test.each<[string, object, string, string | RegExp]>([
    ['a stopped execution', { status: 'ABORTED', cause: 'wrong file' }, 'ABORTED', 'What happened: wrong file'],
    ['one stopped without a word', { status: 'ABORTED' }, 'ABORTED', 'What happened: the execution was stopped'],
    ['one out of time', { status: 'TIMED_OUT' }, 'TIMED_OUT', 'took longer than its limit'],
    [
      'one of which AWS says why',
      { error: 'States.Runtime', cause: "The JSONPath '$.x' could not be found" },
      'States.Runtime',
      "The JSONPath '$.x' could not be found",
    ],
    [
      'a function that was ended',
      { error: 'Sandbox.Timedout', cause: cause('Sandbox.Timedout', 'Task timed out after 900.00 seconds') },
      'Sandbox.Timedout',
      'Task timed out after 900.00 seconds',
    ],
    ['one without any reason', {}, 'Unknown', /What happened: \S/],
  ])('%s', async (_, change, code, text) => {
    Object.assign(execution, change);
    expect(await handle().output).toMatchObject({ code, mail: 'SENT' });
    expect(mails[0]!.text).toMatch(text);
  });

  test.each([
    ['Error', cause('Error', 'cannot do {"name":"canary"}')],
    ['SyntaxError', cause('SyntaxError', 'Unexpected token c in JSON: "canary"')],
    ['Error', cause('Error', 'ROW: canary')],
    ['CustomError', 'canary'],
    ['Runtime.UnhandledPromiseRejection', cause('Runtime.UnhandledPromiseRejection', 'Error: canary')],
    ['Lambda.Unknown', 'Returned payload: {"errorMessage":"canary"}'],
  ])('the text of a %s, which may hold a row, reaches neither mail nor record nor log', async (error, text) => {
    Object.assign(execution, { error, cause: text });
    const { output, text: logged } = handle();
    expect(await output).toMatchObject({ code: error, mail: 'SENT' });
    const record = await readJson(store, at('batches/b1/mail/failure-0.reason.json'));
    expect(JSON.stringify([mails, record]) + logged()).not.toContain('canary');
  });

  test('tells once per try: an event that comes again sends nothing, a redrive that fails does', async () => {
    Object.assign(execution, { error: 'States.Timeout', cause: '' });
    await handle().output;
    await handle().output;
    expect(mails).toHaveLength(1);
    Object.assign(execution, { redriveCount: 1 });
    await handle().output;
    await handle().output;
    expect(mails).toHaveLength(2);
    expect(store.keys()).toContain('orders/batches/b1/mail/failure-1.json');
  });

  test('a mail that was refused is an error, so that the event comes again', async () => {
    expect(await errorOf(handle({ failSend: true }).output)).toMatchObject({ code: 'DELIVERY_FAILED' });
    expect(await handle().output).toMatchObject({ mail: 'SENT' });
    expect(mails).toHaveLength(1);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['gone', () => store.deleteMany([source])],
    ['replaced', () => store.write(at('input/orders.csv'), Buffer.from('id\n2\n'))],
  ])('an original that is %s does not keep the mail from being sent', async (_, change) => {
    await change();
    Object.assign(execution, {
      error: 'PipelineSourceError',
      cause: cause('PipelineSourceError', 'SOURCE_CHANGED: x'),
    });
    const { output, text } = handle();
    expect(await output).toMatchObject({ copy: null, mail: 'SENT' });
    expect(mails[0]!.text).not.toContain('Copy:');
    expect(text()).toContain('failure.copy-missing');
  });
});
