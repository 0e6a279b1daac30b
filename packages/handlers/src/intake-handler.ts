import { createHash } from 'node:crypto';
import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import {
  batchIdOf,
  canonicalJson,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  type RunContext,
} from '@pipeline/core';
import { batchOfMended, openBatch } from '@pipeline/merge';
import { createCheckedHandler, type HandlerOptions, type PipelineHandler } from './create-handler.ts';
import { intakeCheck } from './events/event-checks.mjs';
import { inTime } from './in-time.ts';
import { type IncomingObject, isIgnored, readIntakeEvent } from './intake-events.ts';
import { checkLocations, isWithin, type PipelineLocations, writtenPlaces } from './locations.ts';
import type { BatchGate } from './queue/batch-gate.ts';
import type { PutOff } from './queue/send-later.ts';
import { checkSettings } from './settings.ts';
import type { BatchInput, BatchSettings, ReplayInput } from './state.ts';

/** Which uploads start a batch, and under which settings. */
export interface IntakeHandlerOptions extends HandlerOptions {
  /** Starts the executions. */
  readonly sfn: SFNClient;
  /** ARN of the state machine that runs a batch. */
  readonly stateMachineArn: string;
  /** Where the batches lie. */
  readonly store: ObjectStore;
  /** Where everything has its place; `oneBucket` gives the usual layout. */
  readonly locations: PipelineLocations;
  /** Ending of the keys that start a batch. @default '.csv' */
  readonly suffix?: string;
  /** Settings of every batch, part of its identity. @default {} */
  readonly settings?: BatchSettings;
  /**
   * ARN of the state machine that replays. The first row of each upload is then looked at: mended rejects of a batch that is
   * done start this one, under the settings of this intake, instead of a batch of their own.
   * @default none: mended rejects are a batch like any other
   */
  readonly replayMachineArn?: string;
  /**
   * Lets so many batches run at once. For an intake behind a queue: what finds the gate full is put off, by `later`.
   * @default none: every upload starts its batch at once
   */
  readonly gate?: BatchGate;
  /**
   * Puts off what found the gate full, see `sendLater`; a message that only comes again would end in the dead-letter queue.
   * @default the message comes again
   */
  readonly later?: PutOff;
  /** Anything else that changes what comes out, such as a version of the rules; part of the batch's identity. @default none */
  readonly configVersion?: string;
}

/** What became of each part of an event. */
export interface IntakeOutput {
  /** Replays that this event began; only where they are asked for. */
  readonly replays?: readonly { readonly batchId: string; readonly executionArn: string; readonly key: string }[];
  /** Batches that this event began. */
  readonly started: readonly { readonly batchId: string; readonly executionArn: string; readonly key: string }[];
  /** Events of uploads whose batch was started before. */
  readonly duplicates: number;
  /** Uploads that found the gate full and were put off; only where there is a gate. */
  readonly waiting?: number;
  /** Why each part that starts nothing was left alone. */
  readonly ignored: readonly string[];
  /** For SQS with `ReportBatchItemFailures`: only these messages come again. */
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

type Begun = IntakeOutput['started'][number] & { readonly kind: 'batch' | 'replay' };

/** The gate is full; name and message are for the log. */
const gateFull = (): Error => Object.assign(new Error('as many batches run as may'), { name: 'GateFull' });

/**
 * The intake: turns upload events of every envelope into executions, one per object version. A duplicate event meets the
 * execution that its batch id already names. What we wrote ourselves, folder markers and test events start nothing.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when made, if a place that we write to lies within the trigger's, or the
 * settings contradict themselves
 * @example
 * export const handler = createIntakeHandler({ sfn: new SFNClient(), stateMachineArn, store, locations: oneBucket('orders') });
 */
export const createIntakeHandler = (options: IntakeHandlerOptions): PipelineHandler<unknown, IntakeOutput> => {
  const locations = checkLocations(options.locations);
  const { sfn, stateMachineArn, replayMachineArn, store, suffix = '.csv', configVersion, gate, later } = options;
  const settings = checkSettings(options.settings ?? {});

  const ignoredBecause = (item: IncomingObject): string | undefined => {
    if (item.key.endsWith('/')) return 'folder marker';
    if (writtenPlaces(locations).some((place) => isWithin(item, place))) return 'written by the pipeline';
    if (!isWithin(item, locations.input)) return 'outside the input prefix';
    return item.key.toLowerCase().endsWith(suffix.toLowerCase()) ? undefined : 'other suffix';
  };

  /** Events carry version or etag; a direct call may not, and is pinned to what is there now. */
  const pinned = async (item: IncomingObject, run: RunContext): Promise<IncomingObject> => {
    if (item.versionId !== undefined || item.etag !== undefined) return item;
    const { ref } = await store.head({ bucket: item.bucket, key: item.key }, { signal: run.signal });
    return { ...item, ...ref };
  };

  /** The batch whose mended rejects an upload is, where replays are asked for and that batch is done. */
  const replayedBatch = async (object: ObjectRef, run: RunContext): Promise<string | undefined> => {
    if (replayMachineArn === undefined) return undefined;
    try {
      const batchId = await batchOfMended(object, { store, run, like: settings });
      if (batchId !== undefined) await openBatch(batchId, { store, locations, run });
      return batchId;
    } catch (error) {
      // What is wrong with the file is for its batch to tell.
      if (PipelineError.is(error) && !error.retryable) return undefined;
      throw error;
    }
  };

  const execute = async (
    machine: string,
    name: string,
    input: BatchInput | ReplayInput,
    run: RunContext,
  ): Promise<string | undefined> => {
    try {
      const request = new StartExecutionCommand({ stateMachineArn: machine, name, input: JSON.stringify(input) });
      const { executionArn } = await inTime(run, (abort) => sfn.send(request, abort));
      return executionArn ?? '';
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists || (error as Error).name === 'ExecutionAlreadyExists')
        return undefined;
      throw error;
    }
  };

  const start = async (found: IncomingObject, run: RunContext): Promise<Begun | 'waiting' | undefined> => {
    const { bucket, key, versionId, etag, sequencer } = await pinned(found, run);
    const version = { ...(versionId === undefined ? {} : { versionId }), ...(etag === undefined ? {} : { etag }) };
    const source = { bucket, key, ...version };
    const replayed = await replayedBatch(source, run);
    if (replayed !== undefined) {
      const name = `replay-${createHash('sha256')
        .update(canonicalJson([replayed, source]))
        .digest('hex')
        .slice(0, 32)}`;
      const input: ReplayInput = { batchId: replayed, rejects: source, settings };
      const executionArn = await execute(replayMachineArn!, name, input, run);
      return executionArn === undefined ? undefined : { kind: 'replay', batchId: replayed, executionArn, key };
    }
    const batchId = batchIdOf({
      bucket,
      key,
      ...version,
      ...(sequencer === undefined ? {} : { sequencer }),
      config: { settings, configVersion },
    });
    if (gate !== undefined && !(await gate.enter(batchId, run))) {
      if (later === undefined) throw gateFull();
      const now = run.clock.now();
      const { waitingSince = now } = found;
      await later({ ...source, ...(sequencer === undefined ? {} : { sequencer }), waitingSince }, run);
      run.observe({ type: 'intake.waits', batchId, waitedMs: now - waitingSince });
      return 'waiting';
    }
    const executionArn = await execute(stateMachineArn, batchId, { batchId, source, settings }, run);
    return executionArn === undefined ? undefined : { kind: 'batch', batchId, executionArn, key };
  };

  return createCheckedHandler<unknown, IntakeOutput>(
    {
      name: 'intake',
      check: intakeCheck,
      work: async (event, run) => {
        const begun: Begun[] = [];
        const ignored: string[] = [];
        const failures = new Map<string, unknown>();
        let [duplicates, waiting] = [0, 0];
        for (const item of readIntakeEvent(event)) {
          const reason = isIgnored(item) ? item.reason : ignoredBecause(item);
          if (isIgnored(item) || reason !== undefined) {
            ignored.push(reason ?? '');
            continue;
          }
          try {
            const execution = await start(item, run);
            if (execution === undefined) duplicates++;
            else if (execution === 'waiting') waiting++;
            else begun.push(execution);
          } catch (error) {
            if (item.messageId === undefined) throw error; // the whole event comes again; what was started is a duplicate then
            failures.set(item.messageId, error);
            run.observe({ type: 'intake.failed', messageId: item.messageId, error: (error as Error).name });
          }
        }
        const of = (kind: Begun['kind']): IntakeOutput['started'] =>
          begun.filter((one) => one.kind === kind).map(({ kind: _, ...rest }) => rest);
        const started = of('batch');
        const replays = of('replay');
        run.observe({
          type: 'intake.done',
          started: started.length,
          ...(replayMachineArn === undefined ? {} : { replays: replays.length }),
          ...(gate === undefined ? {} : { waiting }),
          duplicates,
          ignored: ignored.length,
        });
        return {
          ...(replayMachineArn === undefined ? {} : { replays }),
          started,
          ...(gate === undefined ? {} : { waiting }),
          duplicates,
          ignored,
          batchItemFailures: [...failures.keys()].map((itemIdentifier) => ({ itemIdentifier })),
        };
      },
    },
    options,
  );
};
