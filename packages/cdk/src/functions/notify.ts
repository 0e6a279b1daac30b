import { createNotifyHandler } from '@pipeline/handlers';
import { link, notifier, surroundings } from './surroundings.ts';

const { deployment, store, locations, events } = surroundings();

export const handler = createNotifyHandler({ store, locations, notifier: notifier(deployment), link, ...events });
