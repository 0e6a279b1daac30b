import { readdirSync, readFileSync } from 'node:fs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createRunContext } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import Ajv2020 from 'ajv/dist/2020.js';
import { afterEach, describe, expect, test } from 'vitest';
import {
  batchEvents,
  createCoordinator,
  createNotifyHandler,
  createProcessHandler,
  createResolveHandler,
  createSplitHandler,
  inProcess,
  type TellBatch,
} from '../../src/index.ts';
import { locations, source, stepsOn } from '../coordinator/pipeline.ts';
import { codeOf, credentials, quiet, rejectingBad, type ServiceAnswer, startService } from '../helpers.ts';

let bus: Awaited<ReturnType<typeof startService>> | undefined;
afterEach(() => bus?.close());

const busThat = async (answer: ServiceAnswer = { body: { FailedEntryCount: 0, Entries: [{ EventId: '1' }] } }) => {
  bus = await startService(() => answer);
  const client = new EventBridgeClient({ region: 'us-east-1', endpoint: bus.endpoint, credentials, maxAttempts: 1 });
  return batchEvents({ client, busName: 'teams' });
};
const entries = () =>
  bus!.calls.flatMap(({ body }) => body.Entries) as { DetailType: string; Detail: string; EventBusName: string }[];

const folder = new URL('../../schemas/', import.meta.url);
const schemas = new Map(
  readdirSync(folder).map((file) => [file.split('.')[0]!, JSON.parse(readFileSync(new URL(file, folder), 'utf8'))]),
);

/** Runs a batch of 60 chunks whose steps tell of it. */
const runTold = async (tell: TellBatch) => {
  const store = memoryStore();
  await store.write(source, Buffer.from(`id,name\n${Array.from({ length: 60 }, (_, i) => `${i},a${i}\n`).join('')}`));
  const all = { store, locations, log: quiet, tell };
  const notify = createNotifyHandler({
    ...all,
    notifier: { send: async () => ({ messageId: '1' }) },
    link: async ({ key }) => ({ url: key, expiresAt: 0, certain: true }),
  });
  const coordinator = createCoordinator({
    ...stepsOn(store),
    split: inProcess(createSplitHandler(all)),
    process: inProcess(createProcessHandler({ ...all, stage: rejectingBad })),
    resolve: inProcess(createResolveHandler(all)),
    notify: inProcess(notify),
    retry: [],
  });
  return coordinator.run({ source, settings: { chunkRows: 1 }, batchId: 'b1' });
};

describe('batch events', () => {
  test('tell of plan, about 20 chunks, the barrier and the end, as their schemas say', async () => {
    await runTold(await busThat());
    const told = entries().map(({ DetailType, Detail }) => [DetailType, JSON.parse(Detail)] as const);
    const steps = told.map(([type, { step }]) => step ?? type);
    expect([steps[0], steps.at(-2), steps.at(-1)]).toEqual(['planned', 'processed', 'BatchSucceeded']);
    expect(steps.filter((step) => step === 'chunk')).toHaveLength(20);
    expect(entries().every(({ EventBusName }) => EventBusName === 'teams')).toBe(true);
    const ajv = new Ajv2020.default({ strict: true, strictRequired: false, allowUnionTypes: true });
    for (const [type, detail] of told) expect(ajv.validate(schemas.get(type), detail), ajv.errorsText()).toBe(true);
    expect([...schemas.keys()].sort()).toEqual(['BatchFailed', 'BatchProgress', 'BatchSucceeded']);
    const ids = told.map(([, { eventId }]) => eventId);
    expect(new Set(ids).size).toBe(ids.length);
    const failed = {
      eventId: 'b.failed.0',
      attempt: '0',
      batchId: 'b',
      source,
      executionArn: 'arn:x',
      status: 'FAILED',
      code: 'DEADLINE',
      message: '',
    };
    expect(ajv.validate(schemas.get('BatchFailed'), failed)).toBe(true);
    expect(ajv.validate(schemas.get('BatchFailed'), { ...failed, status: 'DONE' })).toBe(false);
  });

  test('progress that is lost is no failure, an end that is lost is', async () => {
    const refused = { body: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] } };
    expect(await codeOf(runTold(await busThat(refused)))).toBe('DELIVERY_FAILED');
    expect(entries().filter(({ DetailType }) => DetailType === 'BatchProgress').length).toBeGreaterThan(20);
  });

  test('an end that the bus did not take at first is put again, under the same id', async () => {
    const answers: ServiceAnswer[] = [
      { body: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] } },
    ];
    bus = await startService(() => answers.shift() ?? { body: { FailedEntryCount: 0, Entries: [{ EventId: '1' }] } });
    const client = new EventBridgeClient({ region: 'us-east-1', endpoint: bus.endpoint, credentials, maxAttempts: 1 });
    const seen: string[] = [];
    const timers = { sleep: async () => {} };
    const run = createRunContext({
      timers: { sleep: (ms, signal) => (ms > 4000 ? createRunContext().timers.sleep(ms, signal) : timers.sleep()) },
      observe: ({ type }) => void seen.push(type),
    });
    const failed = { type: 'BatchFailed', batchId: 'b', source, executionArn: null, attempt: '2' } as const;
    await batchEvents({ client })({ ...failed, status: 'FAILED', code: 'DEADLINE', message: '' }, run);
    expect(seen).toEqual(['event.retried']);
    expect(entries().map(({ Detail }) => JSON.parse(Detail).eventId)).toEqual(['b.failed.2', 'b.failed.2']);
  });

  test('a bus that does not answer is told apart by its error', async () => {
    const events: unknown[] = [];
    const tell = await busThat({ status: 500, error: 'InternalException' });
    const run = createRunContext({ observe: (event) => void events.push(event) });
    await tell({ type: 'BatchProgress', batchId: 'b1', step: 'processed', chunk: null, chunkCount: 1 }, run);
    expect(events).toEqual([
      { type: 'event.failed', batchId: 'b1', event: 'BatchProgress', error: 'InternalException' },
    ]);
  });
});
