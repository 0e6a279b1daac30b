import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SESv2Client } from '@aws-sdk/client-sesv2';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { type CsvRecord, createStage, PipelineLookupError, PipelineSourceError, readBytes } from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import {
  createArchiveHandler,
  createFailureHandler,
  createIntakeHandler,
  createLinks,
  createMergeHandler,
  createNotifyHandler,
  createProcessHandler,
  createResolveHandler,
  createSplitHandler,
  type FailureOutput,
  type IntakeOutput,
  oneBucket,
  sesNotifier,
  stateMachineDefinition,
} from '@pipeline/handlers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LocalS3, type ObjectEvent, startS3, toEventBridgeEvent, toS3Notification } from '../../src/s3/index.ts';
import { type LocalSes, startSes } from '../../src/ses/index.ts';
import { type LocalStepFunctions, startStepFunctions } from '../../src/stepfunctions/index.ts';
import { context, credentials, quiet, s3Client, sesClient } from './helpers.ts';

const functionNames = {
  SplitFunction: 'split',
  ProcessFunction: 'process',
  ResolveFunction: 'resolve',
  MergeFunction: 'merge',
  ArchiveFunction: 'archive',
  NotifyFunction: 'notify',
};
// biome-ignore lint/suspicious/noExplicitAny: events of every handler
type AnyHandler = (event: any, context: any) => Promise<unknown>;

let s3: LocalS3;
let ses: LocalSes;
let stepFunctions: LocalStepFunctions;
let objects: S3Client;
let mailer: SESv2Client;
let sfn: SFNClient;
const uploads: ObjectEvent[] = [];
const statuses: { detail: { executionArn: string; status: string } }[] = [];
const functions: Record<string, AnyHandler> = {};

beforeAll(async () => {
  [s3, ses] = await Promise.all([startS3({ onObjectEvent: (event) => uploads.push(event) }), startSes()]);
  objects = s3Client(s3.endpoint);
  mailer = sesClient(ses.endpoint);
  stepFunctions = await startStepFunctions({
    s3: () => objects,
    random: () => 0,
    invokeLambda: async ({ functionName, payload }) => {
      try {
        return { payload: JSON.stringify((await functions[functionName]!(JSON.parse(payload), context())) ?? null) };
      } catch (error) {
        // As AWS's runtime reports it.
        const { name, message } = error as Error;
        return { functionError: 'Unhandled', payload: JSON.stringify({ errorType: name, errorMessage: message }) };
      }
    },
    onStatusChange: (event) => statuses.push(event),
  });
  sfn = new SFNClient({ endpoint: stepFunctions.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
});
afterAll(async () => {
  for (const client of [objects, mailer, sfn]) client.destroy();
  await Promise.all([stepFunctions.close(), s3.close(), ses.close()]);
});
beforeEach(async () => {
  uploads.length = 0;
  statuses.length = 0;
  await ses.clear();
});

/** The pipeline of one test, on a bucket and a state machine of its own. */
const deploy = async ({ versioning = true, stage }: { versioning?: boolean; stage?: AnyHandler } = {}) => {
  const bucket = `orders-${randomUUID().slice(0, 8)}`;
  s3.createBucket(bucket, { versioning });
  const store = s3Store(objects);
  const locations = oneBucket(bucket);
  const place = { store, locations, log: quiet };
  const notifier = sesNotifier({ client: mailer, from: 'p@example.com', to: ['team@example.com'] });
  const pass = createStage<CsvRecord, CsvRecord>((batch) => batch);
  Object.assign(functions, {
    split: createSplitHandler(place),
    process: stage ?? createProcessHandler({ ...place, stage: pass }),
    resolve: createResolveHandler(place),
    merge: createMergeHandler(place),
    archive: createArchiveHandler(place),
    notify: createNotifyHandler({ ...place, notifier, link: createLinks({ client: objects }) }),
  });
  const { stateMachineArn } = await sfn.send(
    new CreateStateMachineCommand({
      name: bucket,
      roleArn: 'arn:aws:iam::000000000000:role/test',
      definition: JSON.stringify(stateMachineDefinition(functionNames)),
    }),
  );
  const intake = createIntakeHandler({ ...place, sfn, stateMachineArn: stateMachineArn!, settings: { chunkRows: 2 } });
  const failure = createFailureHandler({ ...place, sfn, notifier });
  return {
    bucket,
    store,
    locations,
    place,
    stateMachineArn: stateMachineArn!,
    intake: (event: unknown): Promise<IntakeOutput> => intake(event, context()),
    failure: (executionArn: string): Promise<FailureOutput> =>
      failure(
        statuses.find(({ detail }) => detail.executionArn === executionArn && detail.status === 'FAILED')!,
        context(),
      ),
    async upload(key: string, body: string): Promise<ObjectEvent> {
      await store.write({ bucket, key }, Buffer.from(body));
      return uploads.at(-1)!;
    },
    async ended(executionArn: string) {
      for (;;) {
        const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        if (execution.status !== 'RUNNING') return execution;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async text(key: string): Promise<string> {
      return Buffer.from(await readBytes(store, { bucket, key })).toString();
    },
    async keys(): Promise<string[]> {
      const keys: string[] = [];
      for await (const { ref } of store.list(bucket, '')) keys.push(ref.key);
      return keys;
    },
  };
};

const csv = 'id,name\n1,a\n2,b\n3,c\n4,d\n5,e\n';

test('the definition is valid Amazon States Language', () => {
  type Validator = (definition: object) => { readonly isValid: boolean; errorsText(): string };
  const validate = createRequire(import.meta.url)('asl-validator') as Validator;
  const { isValid, errorsText } = validate(stateMachineDefinition(functionNames));
  expect(validate({ StartAt: 'X', States: {} }).isValid).toBe(false);
  expect(isValid, errorsText()).toBe(true);
});

describe('intake with Step Functions', () => {
  test('an upload whose event comes five times, by three ways, is one execution', async () => {
    const app = await deploy();
    const event = await app.upload('input/my file +1 100%.csv', csv);
    const messages = [
      toEventBridgeEvent(event),
      toS3Notification(event),
      { Records: [{ eventSource: 'aws:sqs', messageId: 'm', body: JSON.stringify(toS3Notification(event)) }] },
      toEventBridgeEvent(event),
    ];
    // While it runs, Step Functions answers with the same execution; after its end it refuses the name.
    const [first, again] = await Promise.all([app.intake(messages[0]), app.intake(messages[1])]);
    const [{ executionArn, batchId } = { executionArn: '', batchId: '' }] = first.started;
    for (const { executionArn: same } of again.started) expect(same).toBe(executionArn);
    await app.ended(executionArn);
    const rest = [];
    for (const message of messages) rest.push(await app.intake(message));
    expect(rest.map(({ started, duplicates }) => [started.length, duplicates])).toEqual(Array(4).fill([0, 1]));
    const { executions } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: app.stateMachineArn }));
    expect(executions!.map(({ name }) => name)).toEqual([batchId]);
    expect(await app.text(`batches/${batchId}/output/r1/my file +1 100%.csv`)).toBe(csv);
  });

  test('another version is another batch, and what the pipeline writes starts nothing', async () => {
    const app = await deploy();
    const events = [await app.upload('input/orders.csv', csv), await app.upload('input/orders.csv', csv)];
    const ids = new Set<string>();
    for (const event of events)
      for (const { batchId, executionArn } of (await app.intake(toEventBridgeEvent(event))).started) {
        ids.add(batchId);
        expect((await app.ended(executionArn)).status).toBe('SUCCEEDED');
      }
    expect(ids.size).toBe(2);
    const written = uploads.filter(({ key, eventName }) => !key.startsWith('input/') && /Created/.test(eventName));
    expect(written.length).toBeGreaterThan(10);
    for (const event of written)
      expect((await app.intake(toEventBridgeEvent(event))).ignored).toEqual(['written by the pipeline']);
  });

  test('in an unversioned bucket an identical upload is another batch', async () => {
    const app = await deploy({ versioning: false });
    for (let time = 0; time < 2; time++) {
      const event = await app.upload('input/orders.csv', csv);
      const { started } = await app.intake(toS3Notification(event));
      expect(started).toHaveLength(1);
      expect((await app.ended(started[0]!.executionArn)).status).toBe('SUCCEEDED');
      expect((await app.intake(toS3Notification(event))).duplicates).toBe(1);
    }
    expect((await app.keys()).filter((key) => key.startsWith('input'))).toHaveLength(1); // one archived object
  });
});

describe('a batch', () => {
  test('ends with output, archived original, and one mail with working links', async () => {
    const app = await deploy();
    const { started } = await app.intake(toEventBridgeEvent(await app.upload('input/orders.csv', csv)));
    const { executionArn, batchId } = started[0]!;
    const execution = await app.ended(executionArn);
    expect(execution.status, `${execution.error} ${execution.cause}`).toBe('SUCCEEDED');
    expect(await app.text(`batches/${batchId}/output/r1/orders.csv`)).toBe(csv);
    const keys = await app.keys();
    expect(keys.filter((key) => key.startsWith('input/'))).toEqual([]);
    expect(keys.filter((key) => key.startsWith('input_archive/input/orders.csv/'))).toHaveLength(1);
    const [mail, ...more] = await ses.messages();
    expect(more).toEqual([]);
    expect(mail!.subject).toBe('orders.csv was processed');
    const url = /^Output file: (.*)$/m.exec(mail!.text!)![1]!;
    const response = await fetch(url);
    expect([response.status, response.headers.get('content-disposition')]).toEqual([
      200,
      "attachment; filename*=UTF-8''orders.csv",
    ]);
    expect(await response.text()).toBe(csv);
    expect(Buffer.byteLength(execution.output!)).toBeLessThan(4096);
  });

  test('of a file without rows gives its header', async () => {
    const app = await deploy();
    const { started } = await app.intake(toEventBridgeEvent(await app.upload('input/empty.csv', 'id,name\n')));
    expect((await app.ended(started[0]!.executionArn)).status).toBe('SUCCEEDED');
    expect(await app.text(`batches/${started[0]!.batchId}/output/r1/empty.csv`)).toBe('id,name\n');
  });

  test('with a bad chunk fails with the reason of the chunk, tells once, and a redrive goes on', async () => {
    let broken = true;
    const done: number[] = [];
    const app = await deploy({
      stage: async (event, here) => {
        if (event.chunk.index === 1 && broken)
          throw new PipelineSourceError('CHUNK_MISMATCH', { index: 1, reason: 'it is broken' });
        done.push(event.chunk.index);
        return work(event, here);
      },
    });
    const work: AnyHandler = createProcessHandler({
      ...app.place,
      stage: createStage<CsvRecord, CsvRecord>((batch) => batch),
    });
    const event = await app.upload('input/orders.csv', csv);
    const { executionArn, batchId } = (await app.intake(toEventBridgeEvent(event))).started[0]!;
    expect((await app.ended(executionArn)).error).toBe('States.ExceedToleratedFailureThreshold');

    for (let time = 0; time < 2; time++)
      expect(await app.failure(executionArn)).toMatchObject({ batchId, code: 'CHUNK_MISMATCH', mail: 'SENT' });
    const [mail, ...more] = await ses.messages();
    expect(more).toEqual([]);
    expect(mail!.subject).toBe('orders.csv could not be processed: CHUNK_MISMATCH');
    expect(mail!.text).toContain('chunk 1: it is broken');
    // The original is copied, not moved.
    expect(await app.text('input/orders.csv')).toBe(csv);
    expect(await app.text(`failed/input/orders.csv/${event.versionId}`)).toBe(csv);

    broken = false;
    done.length = 0;
    await sfn.send(new RedriveExecutionCommand({ executionArn }));
    expect((await app.ended(executionArn)).status).toBe('SUCCEEDED');
    expect(done).toContain(1);
    expect(await app.text(`batches/${batchId}/output/r1/orders.csv`)).toBe(csv);
    expect((await ses.messages()).map(({ subject }) => subject).sort()).toEqual([
      'orders.csv could not be processed: CHUNK_MISMATCH',
      'orders.csv was processed',
    ]);
  });

  test('tries again what may pass', async () => {
    let failures = 2;
    const app = await deploy({
      stage: (event, here) => {
        if (failures-- > 0) throw new PipelineLookupError('LOOKUP_FAILED', { lookup: 'x', tries: 1, reason: 'busy' });
        return work(event, here);
      },
    });
    const work: AnyHandler = createProcessHandler({
      ...app.place,
      stage: createStage<CsvRecord, CsvRecord>((batch) => batch),
    });
    const { started } = await app.intake(toEventBridgeEvent(await app.upload('input/orders.csv', csv)));
    expect((await app.ended(started[0]!.executionArn)).status).toBe('SUCCEEDED');
  });
});

describe('archive on S3', () => {
  test('deletes exactly the version that was processed; a newer upload stays', async () => {
    const app = await deploy();
    const older = await app.upload('input/orders.csv', csv);
    await app.upload('input/orders.csv', 'id\nnewer\n');
    const source = { bucket: app.bucket, key: older.key, versionId: older.versionId!, etag: `"${older.etag}"` };
    const archive = createArchiveHandler(app.place);
    const { archived } = await archive({ batchId: 'b1', source }, context());
    expect(await archive({ batchId: 'b1', source }, context())).toEqual({ archived });
    expect(await app.text(archived.key)).toBe(csv);
    expect(await app.text('input/orders.csv')).toBe('id\nnewer\n');
    await expect(app.store.head(source)).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  });

  test('in an unversioned bucket a newer upload stays, too', async () => {
    const app = await deploy({ versioning: false });
    const older = await app.upload('input/orders.csv', csv);
    const source = { bucket: app.bucket, key: older.key, etag: `"${older.etag}"` };
    const archive = createArchiveHandler(app.place);
    await archive({ batchId: 'b1', source }, context());
    await app.upload('input/orders.csv', 'id\nnewer\n');
    await archive({ batchId: 'b1', source }, context());
    expect(await app.text('input/orders.csv')).toBe('id\nnewer\n');
  });

  test('keys of every length S3 takes are archived', async () => {
    const app = await deploy();
    const event = await app.upload(`input/${'ü'.repeat(500)}.csv`, csv);
    const source = { bucket: app.bucket, key: event.key, versionId: event.versionId!, etag: `"${event.etag}"` };
    const { archived } = await createArchiveHandler(app.place)({ batchId: 'b1', source }, context());
    expect(await app.text(archived.key)).toBe(csv);
  });
});
