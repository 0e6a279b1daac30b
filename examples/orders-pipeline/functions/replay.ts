import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createReplayHandler, rejectTable } from '@pipeline/handlers';
import { orderStage } from '../src/order-stage.ts';
import { surroundings } from '../src/surroundings.ts';

const { parameters, store, locations } = surroundings();

export const handler = createReplayHandler({
  stage: orderStage(parameters),
  store,
  locations,
  rejectSink: rejectTable({ client: new DynamoDBClient(), tableName: parameters.errorsTable }),
});
