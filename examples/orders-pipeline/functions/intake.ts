import { SFNClient } from '@aws-sdk/client-sfn';
import { createIntakeHandler } from '@pipeline/handlers';
import { surroundings } from '../src/surroundings.ts';

const { parameters, store, locations } = surroundings();
const { stateMachineArn, replayMachineArn, delimiter, chunkRows, chunkBytes } = parameters;

export const handler = createIntakeHandler({
  sfn: new SFNClient(),
  stateMachineArn,
  ...(replayMachineArn === '' ? {} : { replayMachineArn }),
  store,
  locations,
  settings: {
    delimiter,
    ...(chunkRows === undefined ? {} : { chunkRows }),
    ...(chunkRows === undefined && chunkBytes !== undefined ? { chunkBytes } : {}),
  },
});
