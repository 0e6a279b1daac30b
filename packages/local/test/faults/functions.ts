import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { CsvRecord, RunContext, Stage } from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import {
  type BatchSettings,
  createArchiveHandler,
  createFailureHandler,
  createIntakeHandler,
  createLinks,
  createMergeHandler,
  createNotifyHandler,
  createProcessHandler,
  createResolveHandler,
  createSplitHandler,
  type Log,
  oneBucket,
  rejectTable,
  sesNotifier,
} from '@pipeline/handlers';
import { orderStage } from './job.ts';

/** What lies around the functions of a job. */
export interface Surroundings {
  readonly bucket: string;
  readonly stateMachineArn: string;
  readonly settings: BatchSettings;
  readonly clients: {
    readonly s3: S3Client;
    readonly dynamodb: DynamoDBClient;
    readonly ses: SESv2Client;
    readonly sfn: SFNClient;
  };
  readonly httpEndpoint: string;
  readonly run: Pick<RunContext, 'clock' | 'timers' | 'random' | 'fetch'>;
  /** Another one in each run. */
  readonly currentRun: () => unknown;
  readonly log: Log;
}

// biome-ignore lint/suspicious/noExplicitAny: events and contexts of every handler
export type AnyHandler = (event: any, context: any) => Promise<unknown>;

/** Finds a function by its caller's name. Each is made once, since making one takes longer than most calls. */
export const createFunctions = (around: Surroundings): ((caller: string) => AnyHandler) => {
  const made = new Map<string, AnyHandler>();
  return (caller) => {
    const handler = made.get(caller) ?? makeFunction(caller.replace(/-\d+$/, ''), around);
    made.set(caller, handler);
    return handler;
  };
};

/** With look-ups that remember nothing of the last call. */
const freshStage = (make: () => Stage<CsvRecord, unknown>): Stage<CsvRecord, unknown> =>
  Object.assign(((rows, run) => make()(rows, run)) as Stage<CsvRecord, unknown>, { columns: make().columns });

/** Calls of processes that died in an earlier run never end: what they count in must not be what later runs count in. */
const anewForEachRun = <T extends object>(make: () => T, runOf: () => unknown): T => {
  let made: T | undefined;
  let madeFor: unknown;
  const current = (): T => {
    if (made === undefined || madeFor !== runOf()) made = make();
    madeFor = runOf();
    return made;
  };
  return new Proxy({} as T, { get: (_, name) => current()[name as keyof T] });
};

const makeFunction = (name: string, around: Surroundings): AnyHandler => {
  const { clients, run, log, bucket } = around;
  const locations = oneBucket(bucket);
  const { timers, random } = run;
  const makeStore = () => s3Store(clients.s3, { context: { timers, random, observe: () => {} } });
  const place = { store: anewForEachRun(makeStore, around.currentRun), locations, log, run };
  const notifier = sesNotifier({ client: clients.ses, from: 'pipeline@example.com', to: ['team@example.com'] });
  switch (name) {
    case 'intake':
      return createIntakeHandler({
        ...place,
        sfn: clients.sfn,
        stateMachineArn: around.stateMachineArn,
        settings: around.settings,
      });
    case 'split':
      return createSplitHandler(place);
    case 'process': {
      const rejectSink = rejectTable({ client: clients.dynamodb, tableName: 'rejects' });
      const stage = freshStage(() => orderStage(clients.dynamodb, around.httpEndpoint));
      return createProcessHandler({ ...place, stage, rejectSink });
    }
    case 'resolve':
      return createResolveHandler(place);
    case 'merge':
      return createMergeHandler(place);
    case 'archive':
      return createArchiveHandler(place);
    case 'notify':
      return createNotifyHandler({ ...place, notifier, link: createLinks({ client: clients.s3 }) });
    case 'failure':
      return createFailureHandler({ ...place, sfn: clients.sfn, notifier });
    default:
      throw new Error(`there is no function ${name}`);
  }
};
