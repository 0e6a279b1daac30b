import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createBatchGate, createIntakeHandler, sendLater } from '@pipeline/handlers';
import { surroundings } from '../src/surroundings.ts';

const { parameters, store, locations } = surroundings();
const { stateMachineArn, replayMachineArn, delimiter, chunkRows, chunkBytes, maxBatches, uploadsQueueUrl } = parameters;
const sfn = new SFNClient();

export const handler = createIntakeHandler({
  sfn,
  stateMachineArn,
  ...(replayMachineArn === '' ? {} : { replayMachineArn }),
  store,
  locations,
  ...(maxBatches === undefined
    ? {}
    : { gate: createBatchGate({ sfn, stateMachineArn, store, work: locations.work, maxBatches }) }),
  ...(uploadsQueueUrl === '' ? {} : { later: sendLater({ client: new SQSClient(), queueUrl: uploadsQueueUrl }) }),
  settings: {
    delimiter,
    ...(chunkRows === undefined ? {} : { chunkRows }),
    ...(chunkRows === undefined && chunkBytes !== undefined ? { chunkBytes } : {}),
  },
});
