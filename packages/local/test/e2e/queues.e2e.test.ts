import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  SendMessageCommand as Send,
  type SendMessageCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { s3Store } from '@pipeline/core/s3';
import { chunkQueue, createCoordinator, lambdaFunction, oneBucket } from '@pipeline/handlers';
import { putItems } from '@pipeline/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsApp } from './fixtures/events-app.ts';
import { strikesTable } from './fixtures/generic-app.ts';
import { readObject } from './support/bucket.ts';
import { drain, takeFrom } from './support/queues.ts';
import { eventually, startTestStack, type TestStack } from './support/test-stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack(eventsApp());
});
afterAll(() => stack?.close());

const arn = (queue: string): string => `arn:aws:sqs:us-east-1:000000000000:${queue}`;
const csv = (rows: readonly string[]): string =>
  ['id,text', ...rows.map((text, index) => `${index},${text}`), ''].join('\n');
const strike = (cell: string, strikesLeft: number) =>
  putItems(stack.clients.dynamodb, strikesTable, [{ pk: cell, strikesLeft }]);

describe('uploads', () => {
  it('go by a rule and a queue to the intake, which lets so many batches run at once', async () => {
    const keys = ['a', 'b c', 'd+e%20f', 'g/ü'].map((name) => `input/${name}.csv`);
    const batches = await Promise.all(keys.map((key) => stack.run(key, csv(['x', 'y', 'z']))));
    expect(batches.map(({ status, source }) => [source.key, status])).toEqual(keys.map((key) => [key, 'SUCCEEDED']));
    const known = stack.executions.all().filter(({ source }) => keys.includes(source.key));
    const at = (ms: number): number =>
      known.filter(({ startedAtMs, stoppedAtMs = Number.POSITIVE_INFINITY }) => startedAtMs <= ms && ms < stoppedAtMs)
        .length;
    expect(known).toHaveLength(4);
    expect(Math.max(...known.map(({ startedAtMs }) => at(startedAtMs)))).toBe(2);
    expect(await drain(stack, 'generic-dead-letters')).toEqual([]);
  });

  it('whose intake fails each time wait among the dead letters, and start their batch once they are moved back', async () => {
    await stack.redeploy(eventsApp({ astray: true }), ['intake']);
    const source = await stack.upload('input/late.csv', Buffer.from(csv(['x'])));
    const letter = () => stack.logs.find(({ line }) => line.includes('became a dead letter'));
    const told = await eventually(async () => letter(), 'the dead letter');
    expect(told).toMatchObject({
      functionName: 'generic-uploads',
      line: expect.stringContaining('StateMachineDoesNotExist'),
    });
    expect(stack.executions.all().some((one) => one.source.key === source.key)).toBe(false);

    await stack.redeploy(eventsApp(), ['intake']);
    const back = { SourceArn: arn('generic-dead-letters'), DestinationArn: arn('generic-uploads') };
    await stack.clients.sqs.send(new StartMessageMoveTaskCommand(back));
    expect((await stack.settled(source, Buffer.from(''))).status).toBe('SUCCEEDED');
    expect(await drain(stack, 'generic-dead-letters')).toEqual([]);
  });
});

const settings = { chunkRows: 2 };

/** A coordinator in this process, whose chunks go through the queue, and whose other steps are functions. */
const coordinator = (client: SQSClient, timeoutMs = 60_000) => {
  const store = s3Store(stack.clients.s3);
  const locations = oneBucket('files');
  const { lambda } = stack.clients;
  const step = (functionName: string) => lambdaFunction<never, never>({ client: lambda, functionName });
  return createCoordinator({
    ...{ store, locations, split: step('split'), resolve: step('resolve'), merge: step('merge') },
    process: chunkQueue({
      ...{ client, store, work: locations.work, queueUrl: stack.queueUrl('chunks'), pollMs: 50, timeoutMs },
    }),
    retry: [],
  });
};

/** Sends every second message in the envelope that SNS puts around it. */
const halfThroughSns = (): SQSClient => {
  let sent = 0;
  const send = (command: SendMessageCommand, options: object) => {
    const { MessageBody = '' } = command.input;
    const envelope = {
      Type: 'Notification',
      MessageId: 'm',
      TopicArn: 'arn:aws:sns:us-east-1:0:chunks',
      Message: MessageBody,
    };
    const body = ++sent % 2 === 0 ? MessageBody : JSON.stringify(envelope);
    return stack.clients.sqs.send(new Send({ ...command.input, MessageBody: body }), options);
  };
  return { send } as unknown as SQSClient;
};

const upload = async (name: string, input: string) => {
  const source = { bucket: 'files', key: `apart/${name}.csv` };
  await stack.clients.s3.send(new PutObjectCommand({ Bucket: source.bucket, Key: source.key, Body: input }));
  return source;
};
const outputOf = async (batchId: string, name: string): Promise<string> =>
  (await readObject(stack.clients.s3, { bucket: 'files', key: `batches/${batchId}/output/r1/${name}.csv` })).toString();

describe('chunks from a queue', () => {
  it('are done by its consumer, directly and through SNS; one that fails comes again, and no other with it', async () => {
    const rows = Array.from({ length: 20 }, (_, index) => (index === 7 ? 'strike:lookup' : `row ${index}`));
    await strike('strike:lookup', 2);
    const input = csv(rows);
    const source = await upload('queued', input);
    const { batchId, chunksDone } = await coordinator(halfThroughSns()).run({ source, settings });
    expect(chunksDone).toBe(10);
    expect(await outputOf(batchId, 'queued')).toBe(input);
    const lines = stack.logs.filter(({ functionName }) => functionName === 'chunk-consumer').map(({ line }) => line);
    const failed = lines.filter((line) => line.includes('"message":"queue.failed"'));
    expect(failed.map((line) => JSON.parse(line.slice(line.indexOf('{'))))).toMatchObject([
      { error: 'PipelineLookupError', received: 1 },
      { error: 'PipelineLookupError', received: 2 },
    ]);
    expect(lines.filter((line) => line.includes('"message":"chunk.committed"'))).toHaveLength(10);
    expect(await drain(stack, 'chunk-letters')).toEqual([]);
  });

  it('that fail each time wait among the dead letters with what is no chunk at all; nothing is lost', async () => {
    await strike('strike:refused', 3);
    const input = csv(['a', 'b', 'strike:refused', 'c', 'd']);
    const source = await upload('poisoned', input);
    const { sqs } = stack.clients;
    for (const MessageBody of ['no JSON', '{"no":"chunk"}'])
      await sqs.send(new Send({ QueueUrl: stack.queueUrl('chunks'), MessageBody }));
    await expect(coordinator(sqs, 3000).run({ source, settings })).rejects.toMatchObject({ name: 'States.Timeout' });
    const letters = await takeFrom(stack, 'chunk-letters', 3);
    const chunk = letters.find(({ Body = '' }) => Body.includes('"batchId"'))!;
    expect(letters.map(({ Body }) => Body).sort()).toEqual([chunk.Body, 'no JSON', '{"no":"chunk"}'].sort());

    // Sent again once the cause is gone, it is done; the coordinator goes on with what was committed.
    await sqs.send(new Send({ QueueUrl: stack.queueUrl('chunks'), MessageBody: chunk.Body }));
    const { batchId, chunksDone, chunksKept } = await coordinator(sqs).run({ source, settings });
    expect(chunksDone + chunksKept).toBe(3);
    expect(chunksKept).toBeGreaterThanOrEqual(2);
    expect(await outputOf(batchId, 'poisoned')).toBe(input);
  });
});

describe('a failure that nobody could be told of', () => {
  it('waits among the dead letters, as the status event it was', async () => {
    await strike('strike:refused', 9);
    await stack.redeploy(eventsApp({ astray: true }), ['failure']);
    const source = await stack.upload('input/untold.csv', Buffer.from(csv(['strike:refused'])));
    const [letter] = await takeFrom(stack, 'generic-dead-letters', 1);
    await stack.redeploy(eventsApp(), ['failure']);
    const { detail } = JSON.parse(letter!.Body!);
    expect(detail).toMatchObject({ status: 'FAILED', stateMachineArn: stack.stateMachineArn });
    expect(JSON.parse(detail.input).source.key).toBe(source.key);
  });
});

describe('another team', () => {
  interface Told {
    readonly source: string;
    readonly 'detail-type': string;
    readonly detail: { readonly batchId: string; readonly step?: string; readonly chunk?: number };
  }
  /** Waits until the queue of the other team has had an event of this type for a batch. */
  const toldOf = async (batchId: string, last: string): Promise<readonly Told[]> => {
    const all: Told[] = [];
    return eventually(async () => {
      for (const { Body = '' } of await drain(stack, 'other-team')) all.push(JSON.parse(Body) as Told);
      const own = all.filter(({ detail }) => detail.batchId === batchId);
      return own.some((event) => event['detail-type'] === last) ? own : undefined;
    }, `${last} of ${batchId}`);
  };

  it('hears how a batch comes on and that it succeeded', async () => {
    await drain(stack, 'other-team');
    const { batchId, status } = await stack.run('input/told.csv', csv(['x', 'y', 'z']));
    expect(status).toBe('SUCCEEDED');
    const told = await toldOf(batchId, 'BatchSucceeded');
    const steps = told.map((event) =>
      `${event['detail-type']} ${event.detail.step ?? ''} ${event.detail.chunk ?? ''}`.trim(),
    );
    expect(steps.sort()).toEqual([
      ...['BatchProgress chunk 0', 'BatchProgress chunk 1', 'BatchProgress planned', 'BatchProgress processed'],
      'BatchSucceeded',
    ]);
    expect(told.find((event) => event['detail-type'] === 'BatchSucceeded')).toMatchObject({
      source: 'pipeline',
      detail: { revision: 1, rowsRead: 3, rowsWritten: 3, rowsRejected: 0, source: { key: 'input/told.csv' } },
    });
  });

  it('hears that a batch failed', async () => {
    await strike('strike:refused', 9);
    const { batchId, status } = await stack.run('input/failing.csv', csv(['strike:refused']));
    expect(status).toBe('FAILED');
    const told = await toldOf(batchId, 'BatchFailed');
    expect(told.find((event) => event['detail-type'] === 'BatchFailed')).toMatchObject({
      detail: { code: 'LOOKUP_REFUSED', status: 'FAILED', source: { key: 'input/failing.csv' } },
    });
  });
});
