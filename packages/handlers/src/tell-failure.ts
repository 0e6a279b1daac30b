import { batchKeys, type ObjectRef, type ObjectStore, PipelineError, type RunContext, writeJson } from '@pipeline/core';
import { keepOriginal, keptKey } from './archive-handler.ts';
import type { PipelineLocations } from './locations.ts';
import { type Failure, failureMail } from './mail/failure-mail.ts';
import { sendOnce } from './mail/mail-record.ts';
import type { Notifier } from './mail/notifier.ts';
import type { TellBatch } from './observability/batch-events.ts';

/** A try of a batch that failed. */
export interface FailedTry {
  readonly batchId: string;
  /** The upload. */
  readonly source: ObjectRef;
  readonly failure: Failure;
  /** Names the try among those of its batch: the count of redrives, or the id of a coordinator's start. */
  readonly attempt: string;
}

/** Where the original lies, and who is told. */
export interface TellFailureOptions {
  readonly store: ObjectStore;
  readonly locations: PipelineLocations;
  readonly notifier: Notifier;
  /** Puts `BatchFailed` where other teams see it. @default nowhere */
  readonly tell?: TellBatch;
  readonly run: RunContext;
}

/**
 * Copies the original under `failed/`, records why, tells other teams, and sends one mail per try. It moves nothing.
 *
 * @throws PipelineDeliveryError `DELIVERY_FAILED` when mail or event was refused
 */
export const tellFailure = async (
  { batchId, source, failure, attempt }: FailedTry,
  { store, locations, notifier, tell, run }: TellFailureOptions,
): Promise<{ readonly copy: ObjectRef | undefined; readonly mail: string }> => {
  const copy = await keepCopy(store, source, keptKey(locations.failed, source), run);
  const keys = batchKeys(batchId, locations);
  await writeJson(
    store,
    keys.mail(`failure-${attempt}.reason`),
    { ...failure, source, copy: copy ?? null },
    { signal: run.signal },
  );
  const { status, code, message, executionArn = null } = failure;
  // Neither waits for the other's failure: people get their mail though the bus is down, and the other way round.
  const telling = tell?.({ type: 'BatchFailed', batchId, source, executionArn, attempt, status, code, message }, run);
  telling?.catch(() => {}); // thrown below
  const record = await sendOnce(
    async () => failureMail(source, batchId, failure, copy),
    notifier,
    keys.mail(`failure-${attempt}`),
    { store, run },
  );
  await telling;
  return { copy, mail: record.status };
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
