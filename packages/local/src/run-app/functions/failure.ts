import { SFNClient } from '@aws-sdk/client-sfn';
import { createFailureHandler } from '@pipeline/handlers';
import { notifier, surroundings } from '../surroundings.ts';

export const handler = createFailureHandler({ ...surroundings(), sfn: new SFNClient(), notifier: notifier() });
