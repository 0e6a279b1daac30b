import type { ObjectStore } from '@pipeline/core';
import { readReport } from '@pipeline/merge';
import { createCheckedHandler, type HandlerOptions, type PipelineHandler } from './create-handler.ts';
import { notifyCheck } from './events/event-checks.mjs';
import type { PipelineLocations } from './locations.ts';
import type { MakeLink } from './mail/links.ts';
import type { Notifier } from './mail/notifier.ts';
import { notify } from './notify.ts';
import { succeeded, type TellBatch } from './observability/batch-events.ts';
import type { NotifyInput, NotifyOutput } from './state.ts';

/** Where the batches lie, and how people are told of them. */
export interface NotifyHandlerOptions extends HandlerOptions {
  /** Where the batches lie. */
  readonly store: ObjectStore;
  /** Where everything has its place; `oneBucket` gives the usual layout. */
  readonly locations: PipelineLocations;
  /** How mails are sent. */
  readonly notifier: Notifier;
  /** Makes the links of the mail. */
  readonly link: MakeLink;
  /** Puts `BatchSucceeded` where other teams see it. @default nowhere */
  readonly tell?: TellBatch;
}

/**
 * Sends the success mail, at most once per batch and revision.
 *
 * @throws from a call: PipelineConfigError `EVENT_INVALID`; PipelineDeliveryError `DELIVERY_FAILED` when the mail was refused
 * @example
 * const notifier = sesNotifier({ client: new SESv2Client(), from: 'pipeline@example.com', to: ['team@example.com'] });
 * const link = createLinks({ client: new S3Client() });
 * export const handler = createNotifyHandler({ store, locations: oneBucket('orders'), notifier, link });
 */
export const createNotifyHandler = (options: NotifyHandlerOptions): PipelineHandler<NotifyInput, NotifyOutput> => {
  const { store, locations, notifier, link, tell } = options;
  return createCheckedHandler<NotifyInput, NotifyOutput>(
    {
      name: 'notify',
      check: notifyCheck,
      work: async ({ report: object }, run) => {
        const report = await readReport(store, { report: object }, run);
        // Neither waits for the other's failure: people get their mail though the bus is down, and the other way round.
        const telling = tell?.(succeeded(report), run);
        telling?.catch(() => {}); // thrown below
        const { status, messageId } = await notify(report, { store, locations, notifier, link, run });
        await telling;
        return { status: status === 'SENT' ? 'SENT' : 'UNKNOWN', messageId };
      },
    },
    options,
  );
};
