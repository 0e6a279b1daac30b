import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createBatchGate, createIntakeHandler, sendLater } from '@pipeline/handlers';
import { surroundings } from '../src/surroundings.ts';

const { parameters, store, locations } = surroundings();
const { stateMachineArn, replayMachineArn, delimiter, chunkRows, chunkBytes } = parameters;
const { maxBatches, uploadsQueueUrl: queueUrl, uploadWaitSeconds: delaySeconds = 60 } = parameters;
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
  ...(queueUrl === '' ? {} : { later: sendLater({ client: new SQSClient(), queueUrl, delaySeconds }) }),
  settings: {
    delimiter,
    ...(chunkRows === undefined ? {} : { chunkRows }),
    ...(chunkRows === undefined && chunkBytes !== undefined ? { chunkBytes } : {}),
  },
});
