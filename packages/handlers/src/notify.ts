import {
  type BatchLocations,
  type BatchReport,
  batchKeys,
  createRunContext,
  type ObjectStore,
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
  const mail = async () =>
    successMail(report, {
      output: await link(report.output.object, run.clock),
      ...(report.rejects === undefined ? {} : { rejects: await link(report.rejects.object, run.clock) }),
    });
  return sendOnce(mail, notifier, batchKeys(report.batchId, locations).mail(`success-r${report.revision}`), {
    store,
    run,
  });
};
