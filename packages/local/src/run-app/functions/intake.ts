import { SFNClient } from '@aws-sdk/client-sfn';
import { createIntakeHandler } from '@pipeline/handlers';
import { readSettings } from '../settings.ts';
import { surroundings } from '../surroundings.ts';

const { STATE_MACHINE_ARN: stateMachineArn = '', REPLAY_MACHINE_ARN: replayMachineArn } = process.env;

export const handler = createIntakeHandler({
  ...surroundings(),
  sfn: new SFNClient(),
  stateMachineArn,
  ...(replayMachineArn === undefined ? {} : { replayMachineArn }),
  suffix: '',
  settings: readSettings().batch ?? {},
});
