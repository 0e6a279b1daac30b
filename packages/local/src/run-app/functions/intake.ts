import { SFNClient } from '@aws-sdk/client-sfn';
import { createIntakeHandler } from '@pipeline/handlers';
import { readSettings } from '../settings.ts';
import { surroundings } from '../surroundings.ts';

export const handler = createIntakeHandler({
  ...surroundings(),
  sfn: new SFNClient(),
  stateMachineArn: process.env.STATE_MACHINE_ARN ?? '',
  suffix: '',
  settings: readSettings().batch ?? {},
});
