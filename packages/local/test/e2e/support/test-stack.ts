import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import type { ObjectRef } from '@pipeline/core';
import {
  type GatedCall,
  type LocalApp,
  type LocalStack,
  type LogLine,
  type SentMail,
  startLocalStack,
} from '@pipeline/local';
import { readJsonObject } from './bucket.ts';
import { mailsOf } from './mail.ts';

/** One upload and what became of it. */
export interface Batch {
  readonly batchId: string;
  readonly executionArn: string;
  /** Status of its execution when it was last waited for. */
  readonly status: string;
  readonly source: ObjectRef;
  readonly input: Buffer;
}

export interface TestStack extends LocalStack {
  /** Every line that a function wrote. */
  readonly logs: readonly LogLine[];
  /** Uploads bytes and waits until their batch has ended and its mail is sent. */
  run(key: string, input: string | Uint8Array): Promise<Batch>;
  /** Waits until the execution of an upload has ended, again after a redrive, and until the mail of that try is sent. */
  settled(source: ObjectRef, input: Uint8Array): Promise<Batch>;
  /** What keys of outputs begin with. */
  readonly outputs: string;
  /** Calls that a role of a template was refused. */
  readonly refused: readonly string[];
  /** Calls a function and waits for its answer. */
  invoke(functionName: string, event: unknown): Promise<unknown>;
  /** Calls a function and waits for no answer. */
  invokeLater(functionName: string, event: unknown): Promise<void>;
  /** The mails of one batch, oldest first. */
  mailsOf(batch: Pick<Batch, 'batchId'>): Promise<readonly SentMail[]>;
}

/** Milliseconds after which something hangs: a machine that is ten times slower than usual gets there in time. */
export const limitMs = 240_000;

/** Waits until `attempt` gives a value. */
export const eventually = async <T>(attempt: () => Promise<T | undefined>, what: string): Promise<T> => {
  for (const startedAt = Date.now(); Date.now() - startedAt < limitMs; ) {
    const value = await attempt();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what} did not happen within ${limitMs} ms`);
};

/** Starts a stack that ignores the endpoints and credentials of the environment the tests run in. */
export const startTestStack = async (
  app: LocalApp,
  onAccess: (call: GatedCall) => void = () => {},
): Promise<TestStack> => {
  const logs: LogLine[] = [];
  const refused: string[] = [];
  const stack = await startLocalStack(app, {
    ...{ environment: {}, maxProcesses: 10, onLog: (line) => logs.push(line) },
    onAccess: (call) => {
      for (const { action, resource } of call.refused) refused.push(`${call.caller.arn} ${action} ${resource}`);
      onAccess(call);
    },
  });
  const outputs = app.template?.functions.map(({ environment }) => environment.OUTPUT_PREFIX).find((one) => one);
  const { s3, sfn } = stack.clients;

  const mailSent = async (batchId: string, executionArn: string, status: string): Promise<void> => {
    const { redriveCount = 0 } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    const name = status === 'SUCCEEDED' ? 'success-r1' : `failure-${redriveCount}`;
    const key = `batches/${batchId}/mail/${name}.json`;
    await eventually(async () => {
      const record = await readJsonObject<{ status: string }>(s3, { bucket: app.bucket, key }).catch(() => undefined);
      return record?.status === 'SENT' ? record : undefined;
    }, `mail ${name}`);
  };

  const settled: TestStack['settled'] = async (source, input) => {
    const { executionArn, batchId, status } = await stack.executions.waitFor(
      (execution) =>
        execution.status !== 'RUNNING' &&
        execution.source.key === source.key &&
        execution.source.versionId === source.versionId,
      AbortSignal.timeout(limitMs),
    );
    await mailSent(batchId, executionArn, status);
    return { batchId, executionArn, status, source, input: Buffer.from(input) };
  };

  return {
    ...stack,
    logs,
    refused,
    outputs: outputs ?? 'batches/',
    settled,
    run: async (key, input) => {
      const bytes = Buffer.from(input);
      return settled(await stack.upload(key, bytes), bytes);
    },
    invoke: async (FunctionName, event) => {
      const { Payload } = await stack.clients.lambda.send(
        new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) }),
      );
      return JSON.parse(Buffer.from(Payload!).toString('utf8'));
    },
    invokeLater: async (FunctionName, event) => {
      const Payload = Buffer.from(JSON.stringify(event));
      await stack.clients.lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
    },
    mailsOf: async ({ batchId }) => mailsOf(await stack.mails(), batchId),
  };
};
