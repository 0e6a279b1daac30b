import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { ObjectRef } from '@pipeline/core';
import type { GatedCall, LocalApp } from '@pipeline/local';
import { listVersions } from '../../../../packages/local/test/e2e/support/bucket.ts';
import { drain } from '../../../../packages/local/test/e2e/support/queues.ts';
import type { TestStack } from '../../../../packages/local/test/e2e/support/test-stack.ts';

/** Queues of another team: for the pipeline's own events, and for what becomes of executions. */
export const toldQueue = 'told';
export const statusQueue = 'status';

/** What a scenario acts on. */
export interface Trial {
  readonly stack: TestStack;
  readonly app: LocalApp;
  /** Waits until `look` gives something; ends at once when something became a dead letter that should not. */
  until<T>(look: () => Promise<T | undefined>, what: string): Promise<T>;
  /** Puts an object, with tags. */
  put(key: string, body: string | Uint8Array, tags?: string): Promise<ObjectRef & { readonly versionId?: string }>;
  /** The same, where dead letters are what is waited for, or nobody's business. */
  patient<T>(look: () => Promise<T | undefined>, what: string): Promise<T>;
  /** Waits until the execution of an upload has ended. */
  ended(
    source: ObjectRef,
  ): Promise<{ readonly batchId: string; readonly executionArn: string; readonly status: string }>;
  /** Waits until no queue has anything to hand out. */
  idle(): Promise<void>;
  /** Tags of an object. */
  tagsOf(key: string): Promise<Readonly<Record<string, string>>>;
  /** Removes an object for good. */
  remove(key: string): Promise<void>;
  /** Rejected rows of a batch in the table. */
  rejectsOf(batchId: string): Promise<readonly unknown[]>;
  /** The event that tells of the end of an execution. */
  statusEventOf(executionArn: string): Promise<object>;
  /** Calls a listener with each call of a role; the answer ends that. */
  onCall(listener: (call: GatedCall) => void): () => void;
  /** Takes the calls of another stack for those of this one. */
  hear(call: GatedCall): void;
  /** The whole name of the role that a part of the stack has, such as `Merge`. */
  roleOf(part: string): string;
  /** A name that no other trial has. */
  name(): string;
}

/** Queues whose messages say that something went wrong. */
const letterQueues = ({ template }: LocalApp): readonly string[] =>
  template!.queues.map(({ name }) => name).filter((name) => /letters/i.test(name));

const waiting = async ({ clients, queueUrl }: TestStack, queue: string): Promise<number> => {
  const { Attributes } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl(queue), AttributeNames: ['All'] }),
  );
  return (['', 'NotVisible', 'Delayed'] as const).reduce(
    (sum, kind) => sum + Number(Attributes?.[`ApproximateNumberOfMessages${kind}`] ?? 0),
    0,
  );
};

interface StatusEvent {
  readonly detail: { readonly executionArn: string; readonly status: string };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let names = 0;

/** Who is told of every call of a role. */
export type Listeners = Set<(call: GatedCall) => void>;

/** @param limitMs how long anything may take */
export const openTrial = (stack: TestStack, listeners: Listeners, limitMs: number): Trial => {
  const { app, clients } = stack;
  const bucket = app.bucket;
  const patient: Trial['patient'] = async (look, what) => {
    for (const startedAt = Date.now(); Date.now() - startedAt < limitMs; await pause(30)) {
      const found = await look();
      if (found !== undefined) return found;
    }
    throw new Error(`${what} did not happen within ${limitMs} ms`);
  };
  const until: Trial['until'] = (look, what) =>
    patient(async () => {
      const found = await look();
      if (found !== undefined) return found;
      for (const queue of letterQueues(app))
        if ((await waiting(stack, queue)) > 0) throw new Error(`${what} did not happen: there is a dead letter`);
      return undefined;
    }, what);
  return {
    stack,
    app,
    until,
    patient,
    async put(key, body, tags) {
      const { VersionId } = await clients.s3.send(
        new PutObjectCommand({
          ...{ Bucket: bucket, Key: key, Body: Buffer.from(body) },
          ...(tags === undefined ? {} : { Tagging: tags }),
        }),
      );
      return { bucket, key, ...(VersionId === undefined ? {} : { versionId: VersionId }) };
    },
    ended: (source) =>
      until(
        async () =>
          stack.executions
            .all()
            .find(
              (one) =>
                one.status !== 'RUNNING' && one.source.key === source.key && one.source.versionId === source.versionId,
            ),
        `the end of the batch of ${source.key}`,
      ),
    async idle() {
      const feeding = app.template!.sources.map(({ queue }) => queue);
      await patient(async () => {
        for (const queue of feeding) if ((await waiting(stack, queue)) > 0) return undefined;
        return true;
      }, 'the end of all messages');
    },
    async tagsOf(key) {
      const { TagSet = [] } = await clients.s3.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key }));
      return Object.fromEntries(TagSet.map(({ Key, Value }) => [Key!, Value!]));
    },
    async remove(key) {
      for (const VersionId of await listVersions(clients.s3, bucket, key))
        await clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId }));
    },
    async rejectsOf(batchId) {
      const { Items = [] } = await clients.dynamodb.send(
        new ScanCommand({
          TableName: 'order-errors',
          FilterExpression: 'begins_with(pk, :batch)',
          ExpressionAttributeValues: { ':batch': { S: `${batchId}#` } },
        }),
      );
      return Items;
    },
    statusEventOf: (executionArn) =>
      patient(async () => {
        const events = (await drain(stack, statusQueue)).map(({ Body = '' }) => JSON.parse(Body) as StatusEvent);
        return events.find(({ detail }) => detail.executionArn === executionArn && detail.status !== 'RUNNING');
      }, `the status event of ${executionArn}`),
    onCall(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    hear(call) {
      for (const tell of listeners) tell(call);
    },
    roleOf: (part) => stack.roles!.names.find((name) => name.startsWith(`Orders${part}Role`))!,
    name: () => `f${++names}`,
  };
};

/** Stops what still runs and forgets what waits, so that nothing of a trial is seen by the next. */
export const tidyUp = async ({ stack, app }: Trial): Promise<void> => {
  const { s3, sfn } = stack.clients;
  for (const { executionArn } of stack.executions.all().filter(({ status }) => status === 'RUNNING'))
    await sfn.send(new StopExecutionCommand({ executionArn })).catch(() => {});
  for (let quiet = 0; quiet < 2; ) {
    await pause(50);
    const running = stack.executions.all().some(({ status }) => status === 'RUNNING');
    quiet = running ? 0 : quiet + 1;
  }
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: app.bucket }));
  for (const { Key, UploadId } of Uploads)
    await s3.send(new AbortMultipartUploadCommand({ Bucket: app.bucket, Key, UploadId })).catch(() => {});
  for (const name of [...app.template!.queues.map((queue) => queue.name), toldQueue, statusQueue])
    await drain(stack, name);
};

/** Makes the queues of another team, and the rules that lead events to them. */
export const listenAsOthers = async ({ clients }: TestStack): Promise<void> => {
  const listeners = [
    [toldQueue, { source: ['orders-pipeline'] }],
    [statusQueue, { source: ['aws.states'] }],
  ] as const;
  for (const [QueueName, pattern] of listeners) {
    await clients.sqs.send(new CreateQueueCommand({ QueueName }));
    await clients.eventBridge.send(new PutRuleCommand({ Name: QueueName, EventPattern: JSON.stringify(pattern) }));
    const Arn = `arn:aws:sqs:us-east-1:000000000000:${QueueName}`;
    await clients.eventBridge.send(new PutTargetsCommand({ Rule: QueueName, Targets: [{ Id: QueueName, Arn }] }));
  }
};
