import {
  type BatchLocations,
  type BatchReport,
  batchKeys,
  createRunContext,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  type RunContext,
} from '@pipeline/core';
import type { MakeLink } from './mail/links.ts';
import { type MailRecord, sendOnce } from './mail/mail-record.ts';
import type { Notifier } from './mail/notifier.ts';
import { successMail } from './mail/success-mail.ts';

/** Where the batch lies, and how people are told of it. */
export interface NotifyOptions {
  /** Where the record of the mail is kept. */
  readonly store: ObjectStore;
  /** Where the batch keeps its things. */
  readonly locations: BatchLocations;
  /** How mails are sent. */
  readonly notifier: Notifier;
  /** Makes the links of the mail. */
  readonly link: MakeLink;
  /** Its signal ends the sending. @default createRunContext() */
  readonly run?: RunContext;
}

/**
 * Tells people that a batch is done: counts, file name, duration, and links with their true end. At most once per batch and
 * revision, however often it is called.
 *
 * @throws PipelineDeliveryError `DELIVERY_FAILED`
 * @example
 * await notify(report, { store, locations, notifier: sesNotifier({ client, from, to }), link: createLinks({ client: s3 }) });
 */
export const notify = (
  report: BatchReport,
  { store, locations, notifier, link, run = createRunContext() }: NotifyOptions,
): Promise<MailRecord> => {
  const keys = batchKeys(report.batchId, locations);
  const mail = async () => {
    const page = keys.reportPage(report.revision);
    return successMail(report, {
      ...((await isThere(store, page, run)) ? { page: await link(page, run.clock, { inline: true }) } : {}),
      output: await link(report.output.object, run.clock),
      ...(report.rejects === undefined ? {} : { rejects: await link(report.rejects.object, run.clock) }),
    });
  };
  return sendOnce(mail, notifier, keys.mail(`success-r${report.revision}`), {
    store,
    run,
  });
};

/** A merge may be made to write no page. */
const isThere = async (store: ObjectStore, ref: ObjectRef, { signal }: RunContext): Promise<boolean> => {
  try {
    await store.head(ref, { signal });
    return true;
  } catch (error) {
    if (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND') return false;
    throw error;
  }
};
