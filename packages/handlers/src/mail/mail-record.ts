import {
  type ObjectRef,
  type ObjectStore,
  PipelineDeliveryError,
  PipelineError,
  type RunContext,
  readJson,
  writeJson,
} from '@pipeline/core';
import type { Mail, Notifier } from './notifier.ts';
import { surelyRefused } from './refusal.ts';

/**
 * What is known of one mail. SENDING is written before the call and SENT after it; a record that is found SENDING by a
 * later try means that nobody knows: it becomes UNKNOWN and no second mail is sent. FAILED was refused and is tried again.
 */
export interface MailRecord {
  readonly status: 'SENDING' | 'SENT' | 'UNKNOWN' | 'FAILED';
  /** The service's id of the mail, once it was sent. */
  readonly messageId: string | null;
  /** When the status was reached, ISO 8601. */
  readonly at: string;
  /** Who is sending: tells a sender its own record, when the answer to its write was lost. Only of SENDING. */
  readonly by?: string;
}

/**
 * Sends a mail at most once per record.
 *
 * @throws PipelineDeliveryError `DELIVERY_FAILED` when it was refused, so that the state machine tries again
 * @example
 * const mail = async () => ({ subject: 'Done', text: 'The batch is done.', html: '<p>The batch is done.</p>' });
 * const { status } = await sendOnce(mail, notifier, { bucket: 'work', key: 'mail/done.json' }, { store, run });
 */
export const sendOnce = async (
  mail: () => Promise<Mail>,
  notifier: Notifier,
  record: ObjectRef,
  { store, run }: { readonly store: ObjectStore; readonly run: RunContext },
): Promise<MailRecord> => {
  const at = (): string => new Date(run.clock.now()).toISOString();
  // An attempt's id alone would do, but that the platform gives the same one to an event that it delivers again.
  const by = `${run.attempt}.${run.random().toString(36).slice(2)}`;
  const sending = (): MailRecord => ({ status: 'SENDING', messageId: null, at: at(), by });
  const claim = await writeJson(store, record, sending(), { ifAbsent: true, signal: run.signal });
  const claimed = claim ?? (await claimAgain(store, record, sending, run));
  if (!('key' in claimed)) return claimed;
  const settle = async (settled: MailRecord): Promise<MailRecord> => {
    await writeJson(store, record, settled, { ...(claimed.etag === undefined ? {} : { ifMatch: claimed.etag }) });
    return settled;
  };
  const fail = async (status: 'FAILED' | 'UNKNOWN', error: unknown): Promise<never> => {
    await settle({ status, messageId: null, at: at() });
    run.observe({ type: 'mail.failed', batchId: run.batchId, status, error: (error as Error).name });
    throw new PipelineDeliveryError(
      'DELIVERY_FAILED',
      { what: 'the mail', reason: (error as Error).name },
      { cause: error },
    );
  };
  // Each step on its own: a mail that could not be written was surely not sent, one whose record could not be written
  // surely was, whatever the error looks like.
  const written = await mail().catch((error: unknown) => fail('FAILED', error));
  const { messageId } = await notifier
    .send(written, run)
    .catch((error: unknown) => fail(surelyRefused(error) ? 'FAILED' : 'UNKNOWN', error));
  return settle({ status: 'SENT', messageId, at: at() });
};

/** Takes over a record whose mail was refused; settles one whose sender vanished. */
const claimAgain = async (
  store: ObjectStore,
  record: ObjectRef,
  sending: () => MailRecord,
  run: RunContext,
): Promise<ObjectRef | MailRecord> => {
  const mine = sending();
  for (;;) {
    const { ref } = await store.head({ bucket: record.bucket, key: record.key }, { signal: run.signal });
    const found = await readJson<MailRecord>(store, ref, { signal: run.signal }).catch(unlessChanged);
    if (found === undefined) continue;
    if (found.status === 'SENT' || found.status === 'UNKNOWN') return found;
    if (found.status === 'SENDING' && found.by === mine.by) return ref; // our own write, whose answer was lost
    const { by: _, ...unknown }: MailRecord = { ...sending(), status: 'UNKNOWN' };
    const next = found.status === 'FAILED' ? sending() : unknown;
    const written = await writeJson(store, record, next, { ifMatch: ref.etag ?? '', signal: run.signal });
    if (written === undefined) continue; // another try was faster, or this one was and did not hear of it
    if (next.status === 'SENDING') return written;
    run.observe({ type: 'mail.unknown', batchId: run.batchId });
    return next;
  }
};

/** What another try wrote between two calls is read in the next round. */
const unlessChanged = (error: unknown): undefined => {
  if (!PipelineError.is(error) || error.code !== 'SOURCE_CHANGED') throw error;
};
