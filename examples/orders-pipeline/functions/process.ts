import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createProcessHandler, rejectTable } from '@pipeline/handlers';
import { orderStage } from '../src/order-stage.ts';
import { sidecars } from '../src/sidecars.ts';
import { events, surroundings } from '../src/surroundings.ts';

const { parameters, store, locations } = surroundings();

export const handler = createProcessHandler({
  stage: orderStage(parameters),
  store,
  locations,
  sidecars,
  ...events(parameters),
  rejectSink: rejectTable({ client: new DynamoDBClient(), tableName: parameters.errorsTable }),
});
