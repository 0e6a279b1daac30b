import type { SFNClient } from '@aws-sdk/client-sfn';
import {
  batchKeys,
  type ObjectRef,
  type ObjectStore,
  PipelineConfigError,
  PipelineError,
  type RunContext,
  writeJson,
} from '@pipeline/core';
import { keepOriginal, keptKey } from './archive-handler.ts';
import { createCheckedHandler, type HandlerOptions, type PipelineHandler } from './create-handler.ts';
import { statusEventCheck } from './events/event-checks.mjs';
import { findFailure } from './find-failure.ts';
import type { PipelineLocations } from './locations.ts';
import { failureMail } from './mail/failure-mail.ts';
import { sendOnce } from './mail/mail-record.ts';
import type { Notifier } from './mail/notifier.ts';
import type { TellBatch } from './observability/batch-events.ts';
import { replayRecord, tellReplayFailed } from './replay/tell-refused.ts';
import type { BatchInput, ReplayInput } from './state.ts';

/** Where executions are asked about, where the original lies, and who is told. */
export interface FailureHandlerOptions extends HandlerOptions {
  /** Asks why the execution failed. */
  readonly sfn: SFNClient;
  /** Where the batches lie. */
  readonly store: ObjectStore;
  /** Where everything has its place; `oneBucket` gives the usual layout. */
  readonly locations: PipelineLocations;
  /** How mails are sent. */
  readonly notifier: Notifier;
  /** Puts `BatchFailed` where other teams see it. @default nowhere */
  readonly tell?: TellBatch;
}

/**
 * EventBridge's "Step Functions Execution Status Change", as far as it is read:
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export interface StatusEvent {
  /** The execution and its new status. */
  readonly detail: { readonly executionArn: string; readonly status: string; readonly name?: string };
}

/** What the failure handler found and did. */
export interface FailureOutput {
  readonly batchId: string;
  /** Why the batch failed: a code of the catalogue, or the name of an error. */
  readonly code: string;
  /** Where a copy of the original lies; `null` when there is none. */
  readonly copy: ObjectRef | null;
  /** Status of the mail, see `MailRecord`. */
  readonly mail: string;
}

/**
 * Called by the status event of an execution that failed, timed out or was stopped: copies the original under `failed/`,
 * records why, and sends one mail per try. It moves nothing, so that a redrive finds everything where it was. Executions of
 * replays are told of, too: of those nothing is copied, since the batch has its original.
 *
 * @throws from a call: PipelineConfigError `EVENT_INVALID` for an execution that no intake started;
 * PipelineDeliveryError `DELIVERY_FAILED` when the mail was refused
 * @example
 * export const handler = createFailureHandler({ sfn: new SFNClient(), store, locations: oneBucket('orders'), notifier });
 */
export const createFailureHandler = (options: FailureHandlerOptions): PipelineHandler<StatusEvent, FailureOutput> => {
  const { sfn, store, locations, notifier, tell } = options;
  return createCheckedHandler<StatusEvent, FailureOutput>(
    {
      name: 'failure',
      check: statusEventCheck,
      work: async ({ detail }, context) => {
        const { failure, input, redriveCount } = await findFailure(sfn, detail.executionArn, context);
        const started = startedWith(input);
        const { batchId } = started;
        const run = { ...context, batchId };
        if ('rejects' in started) {
          const { rejects } = started;
          const name = replayRecord(detail.executionArn.split(':').at(-1)!, redriveCount);
          const status = await tellReplayFailed({ batchId, rejects }, failure, name, {
            store,
            locations,
            notifier,
            run,
          });
          return { batchId, code: failure.code, copy: null, mail: status };
        }
        const { source } = started;
        const copy = await keepCopy(store, source, keptKey(locations.failed, source), run);
        const keys = batchKeys(batchId, locations);
        await writeJson(
          store,
          keys.mail(`failure-${redriveCount}.reason`),
          { ...failure, source, copy: copy ?? null },
          { signal: run.signal },
        );
        const { status, code, message } = failure;
        // Neither waits for the other's failure: people get their mail though the bus is down, and the other way round.
        const telling = tell?.(
          { type: 'BatchFailed', batchId, source, executionArn: detail.executionArn, status, code, message },
          run,
        );
        telling?.catch(() => {}); // thrown below
        const record = await sendOnce(
          async () => failureMail(source, batchId, failure, copy),
          notifier,
          keys.mail(`failure-${redriveCount}`),
          { store, run },
        );
        await telling;
        return { batchId, code: failure.code, copy: copy ?? null, mail: record.status };
      },
    },
    options,
  );
};

/** @throws PipelineConfigError `EVENT_INVALID` for an execution that was started with neither a batch nor a replay */
const startedWith = (input: string | undefined): BatchInput | ReplayInput => {
  const found = JSON.parse(input ?? '{}') as Partial<BatchInput & ReplayInput>;
  const object = found.source ?? found.rejects;
  if (typeof found.batchId !== 'string' || typeof object?.bucket !== 'string' || typeof object.key !== 'string')
    throw new PipelineConfigError('EVENT_INVALID', {
      reason: "the execution's input has no batchId with a source or rejects",
    });
  return found as BatchInput | ReplayInput;
};

/** The copy is a service; that the original is gone or was replaced must not keep the mail from being sent. */
const keepCopy = async (
  store: ObjectStore,
  source: ObjectRef,
  target: ObjectRef,
  run: RunContext,
): Promise<ObjectRef | undefined> => {
  try {
    await keepOriginal(store, source, target, run);
    return target;
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    run.observe({ type: 'failure.copy-missing', batchId: run.batchId, code: error.code });
    return undefined;
  }
};
