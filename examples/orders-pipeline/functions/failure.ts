import { SFNClient } from '@aws-sdk/client-sfn';
import { createFailureHandler } from '@pipeline/handlers';
import { events, notifier, surroundings } from '../src/surroundings.ts';

const { parameters, store, locations } = surroundings();

export const handler = createFailureHandler({
  sfn: new SFNClient(),
  store,
  locations,
  notifier: notifier(parameters),
  ...events(parameters),
});
