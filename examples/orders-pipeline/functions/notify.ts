import { createNotifyHandler } from '@pipeline/handlers';
import { events, links, notifier, surroundings } from '../src/surroundings.ts';

const { parameters, store, locations } = surroundings();

export const handler = createNotifyHandler({
  store,
  locations,
  notifier: notifier(parameters),
  link: links(parameters),
  ...events(parameters),
});
