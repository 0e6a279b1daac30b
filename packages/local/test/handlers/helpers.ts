import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { createRunContext, type RunContext } from '@pipeline/core';

export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const common = { region: 'us-east-1', credentials };

export const s3Client = (endpoint: string): S3Client => new S3Client({ ...common, endpoint, forcePathStyle: true });
export const dynamoClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({ ...common, endpoint, maxAttempts: 1 });
export const sesClient = (endpoint: string): SESv2Client => new SESv2Client({ ...common, endpoint });

let invocations = 0;
/** What Lambda passes beside the event. */
// biome-ignore lint/suspicious/noExplicitAny: the rest of Lambda's context is not looked at
export const context = (): any => ({
  awsRequestId: `request-${++invocations}`,
  getRemainingTimeInMillis: () => 60_000,
});

export const quiet = (): void => {};

/** A run whose waits are noted instead of waited. */
export const hurried = (parts: Partial<RunContext> = {}): RunContext & { readonly waits: number[] } => {
  const waits: number[] = [];
  const timers = {
    sleep: async (ms: number, signal?: AbortSignal): Promise<void> => {
      // Limits of calls are as long as they are; only waits are hurried.
      if (ms >= 20_000) return delay(ms, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) });
      waits.push(ms);
    },
  };
  return { ...createRunContext({ timers, random: () => 0.5, ...parts }), waits };
};
