import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createBatchGate, createIntakeHandler, sendLater } from '@pipeline/handlers';
import { surroundings } from './surroundings.ts';

const { deployment, store, locations } = surroundings();
const { settings, suffix } = deployment;
const { STATE_MACHINE_ARN: stateMachineArn = '', REPLAY_MACHINE_ARN: replayMachineArn } = process.env;
const { MAX_BATCHES: maxBatches, UPLOADS_QUEUE_URL: queueUrl } = process.env;
const sfn = new SFNClient();

export const handler = createIntakeHandler({
  ...{ sfn, stateMachineArn, store, locations, settings },
  ...(replayMachineArn === undefined ? {} : { replayMachineArn }),
  ...(suffix === undefined ? {} : { suffix }),
  ...(maxBatches === undefined || queueUrl === undefined
    ? {}
    : {
        gate: createBatchGate({ sfn, stateMachineArn, store, work: locations.work, maxBatches: Number(maxBatches) }),
        later: sendLater({ client: new SQSClient(), queueUrl }),
      }),
});
