import type { ObjectStore } from '@pipeline/core';
import {
  type CoordinatorOptions,
  createArchiveHandler,
  createMergeHandler,
  createNotifyHandler,
  createProcessHandler,
  createResolveHandler,
  createSplitHandler,
  inProcess,
  type Mail,
  oneBucket,
} from '../../src/index.ts';
import { at, quiet, rejectingBad } from '../helpers.ts';

export const locations = oneBucket('orders');
export const source = at('input/orders.csv');
export const settings = { chunkRows: 2 };
export const input = 'id,name\n1,a\nbad,b\n3,c\n4,d\n5,e\n6,f\n7,g\n';

/** Every step in this process, on a store; mails are kept. */
export const stepsOn = (store: ObjectStore, mails: Mail[] = []): CoordinatorOptions => {
  const all = { store, locations, log: quiet };
  const notifier = {
    send: async (mail: Mail) => {
      mails.push(mail);
      return { messageId: String(mails.length) };
    },
  };
  return {
    store,
    locations,
    split: inProcess(createSplitHandler(all)),
    process: inProcess(createProcessHandler({ ...all, stage: rejectingBad }), { concurrency: 2 }),
    resolve: inProcess(createResolveHandler(all)),
    merge: inProcess(createMergeHandler(all)),
    archive: inProcess(createArchiveHandler(all)),
    notify: inProcess(
      createNotifyHandler({
        ...all,
        notifier,
        link: async ({ key }) => ({ url: `https://example.com/${key}`, expiresAt: 0, certain: true }),
      }),
    ),
  };
};
