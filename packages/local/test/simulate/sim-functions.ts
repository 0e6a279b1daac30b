import type { SFNClient } from '@aws-sdk/client-sfn';
import type { CsvRecord, ObjectStore, RunContext, Stage } from '@pipeline/core';
import {
  createArchiveHandler,
  createFailureHandler,
  createIntakeHandler,
  createMergeHandler,
  createNotifyHandler,
  createProcessHandler,
  createResolveHandler,
  createSplitHandler,
  type LogEntry,
  type Notifier,
  oneBucket,
  type RejectSink,
} from '@pipeline/handlers';
import type { AnyHandler } from '../faults/functions.ts';
import { chunkRows } from './sim-job.ts';

/** The world of one run, as its functions see it. */
export interface Around {
  readonly store: ObjectStore;
  readonly sfn: Pick<SFNClient, 'send'>;
  readonly notifier: Notifier;
  readonly rejectSink: RejectSink;
  readonly stage: Stage<CsvRecord, unknown>;
  readonly run: Pick<RunContext, 'clock' | 'timers' | 'random'>;
  readonly log: (entry: LogEntry) => void;
}

export const bucket = 'orders';
export const stateMachineArn = `arn:aws:states:us-east-1:000000000000:stateMachine:${bucket}`;

/** Passes every use on to what `around` is at that time. */
const late = <T extends object>(part: () => T): T =>
  new Proxy({} as T, {
    get: (_, name) => {
      const value = part()[name as keyof T];
      return typeof value === 'function' ? value.bind(part()) : value;
    },
  });

/**
 * The handlers work in whatever world there is, and are made once: that takes longer than a simulated run. Only the worker,
 * which remembers manifests, is made anew by `forget`.
 */
export const createSimFunctions = (around: () => Around) => {
  const locations = oneBucket(bucket);
  const store = late(() => around().store);
  const run = {
    clock: late(() => around().run.clock),
    timers: late(() => around().run.timers),
    random: () => around().run.random(),
  };
  const place = { store, locations, run, log: (entry: LogEntry) => around().log(entry) };
  const sfn = late(() => around().sfn) as SFNClient;
  const notifier = late(() => around().notifier);
  const stage = Object.assign(((rows, here) => around().stage(rows, here)) as Stage<CsvRecord, unknown>, {
    columns: (before: readonly string[]) => [...before, 'asker'],
  });
  const made: Readonly<Record<string, AnyHandler>> = {
    intake: createIntakeHandler({ ...place, sfn, stateMachineArn, settings: { chunkRows } }),
    split: createSplitHandler(place),
    resolve: createResolveHandler(place),
    merge: createMergeHandler(place),
    archive: createArchiveHandler(place),
    notify: createNotifyHandler({
      ...place,
      notifier,
      link: async ({ key }, clock) => ({ url: `https://links/${key}`, expiresAt: clock.now(), certain: true }),
    }),
    failure: createFailureHandler({ ...place, sfn, notifier }),
  };
  const makeWorker = (): AnyHandler =>
    createProcessHandler({ ...place, stage, rejectSink: late(() => around().rejectSink) });
  let worker = makeWorker();
  return {
    find: (name: string): AnyHandler => (name === 'process' ? worker : made[name]!),
    forget: () => {
      worker = makeWorker();
    },
  };
};
