import { SFNClient } from '@aws-sdk/client-sfn';
import { createFailureHandler } from '@pipeline/handlers';
import { notifier, surroundings } from './surroundings.ts';

const { deployment, store, locations, events } = surroundings();

export const handler = createFailureHandler({
  ...{ sfn: new SFNClient(), store, locations },
  notifier: notifier(deployment),
  ...events,
});
