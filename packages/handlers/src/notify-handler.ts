import type { ObjectStore } from '@pipeline/core';
import { readReport } from '@pipeline/merge';
import { createHandler, type HandlerOptions, type PipelineHandler } from './create-handler.ts';
import type { PipelineLocations } from './locations.ts';
import type { MakeLink } from './mail/links.ts';
import type { Notifier } from './mail/notifier.ts';
import { notify } from './notify.ts';
import { notifySchema } from './schemas.ts';
import type { NotifyInput, NotifyOutput } from './state.ts';

export interface NotifyHandlerOptions extends HandlerOptions {
  readonly store: ObjectStore;
  readonly locations: PipelineLocations;
  readonly notifier: Notifier;
  readonly link: MakeLink;
}

/** Sends the success mail, at most once per batch and revision. */
export const createNotifyHandler = (options: NotifyHandlerOptions): PipelineHandler<NotifyInput, NotifyOutput> => {
  const { store, locations, notifier, link } = options;
  return createHandler<NotifyInput, NotifyOutput>(
    {
      name: 'notify',
      schema: notifySchema,
      work: async ({ report: object }, run) => {
        const report = await readReport(store, { report: object }, run);
        const { status, messageId } = await notify(report, { store, locations, notifier, link, run });
        return { status: status === 'SENT' ? 'SENT' : 'UNKNOWN', messageId };
      },
    },
    options,
  );
};
