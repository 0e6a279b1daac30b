import {
  type BatchLocations,
  batchKeys,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  type RunContext,
  writeJson,
} from '@pipeline/core';
import { replayIdOf } from '@pipeline/merge';
import { type Failure, replayFailureMail } from '../mail/failure-mail.ts';
import { sendOnce } from '../mail/mail-record.ts';
import type { Notifier } from '../mail/notifier.ts';

interface Replayed {
  readonly batchId: string;
  readonly rejects: ObjectRef;
}

interface Where {
  readonly store: ObjectStore;
  readonly locations: BatchLocations;
  readonly run: RunContext;
}

/** Names the mail of a try. What starts a replay names its execution, so the name may hold anything. */
export const replayRecord = (execution: string, redriveCount: number): string =>
  `replay-${encodeURIComponent(execution).replaceAll('%', '_')}.failure-${redriveCount}`;

/** Records why a replay failed and tells people, once per record; answers the status of the mail. */
export const tellReplayFailed = async (
  { batchId, rejects }: Replayed,
  failure: Failure,
  record: string,
  { store, locations, notifier, run }: Where & { readonly notifier: Notifier },
): Promise<string> => {
  const keys = batchKeys(batchId, locations);
  await writeJson(store, keys.mail(`${record}.reason`), { ...failure, rejects }, { signal: run.signal });
  const mail = async () => replayFailureMail(rejects, batchId, failure);
  return (await sendOnce(mail, notifier, keys.mail(record), { store, run })).status;
};

/** Tells people of a replay that no other try can save; what may pass is tried again by whoever called. */
export const tellRefused = async (
  error: unknown,
  { batchId, rejects }: Replayed,
  notifier: Notifier,
  where: Where,
): Promise<void> => {
  if (!PipelineError.is(error) || error.retryable) return;
  const message = error.message.replace(`${error.code}: `, '').slice(0, 500);
  const failure: Failure = { status: 'FAILED', error: error.name, code: error.code, message };
  const record = replayRecord(replayIdOf({ batchId, revision: 0, mended: rejects }), 0);
  await tellReplayFailed({ batchId, rejects }, failure, record, { ...where, notifier });
};
