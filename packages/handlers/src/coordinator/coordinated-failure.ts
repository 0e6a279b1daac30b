import { createRunContext, type ObjectRef, type ObjectStore, type RunContext } from '@pipeline/core';
import { describeError } from '../find-failure.ts';
import type { PipelineLocations } from '../locations.ts';
import type { Notifier } from '../mail/notifier.ts';
import type { TellBatch } from '../observability/batch-events.ts';
import { tellFailure } from '../tell-failure.ts';

/** Who is told of batches that fail. */
export interface FailureNotice {
  /** How mails are sent: one for each start that fails. */
  readonly notifier: Notifier;
  /** Puts `BatchFailed` where other teams see it. @default nowhere */
  readonly tell?: TellBatch;
}

/**
 * Tells of a start that failed, as the failure handler does of an execution. The failure itself is what the coordinator ends
 * with: that nobody could be told of it is a log line.
 */
export const tellCoordinatedFailure = async (
  error: unknown,
  batch: { readonly batchId: string; readonly source: ObjectRef },
  {
    notice,
    store,
    locations,
    run,
  }: {
    readonly notice: FailureNotice;
    readonly store: ObjectStore;
    readonly locations: PipelineLocations;
    readonly run: RunContext;
  },
): Promise<void> => {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: '' };
  const failure = { status: 'FAILED' as const, ...describeError(name, message) };
  // What ended the work does not end the telling of it.
  const own = { ...run, signal: createRunContext().signal };
  try {
    await tellFailure({ ...batch, failure, attempt: run.attempt }, { ...notice, store, locations, run: own });
  } catch (unheard) {
    run.observe({ type: 'failure.failed', batchId: batch.batchId, error: (unheard as Error).name });
  }
};
