import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { createTable, type LocalStack } from '@pipeline/local';

const tableName = 'financials';

/** Deletes the table that look-ups read, as somebody might by mistake. */
export const loseTable = async ({ clients }: LocalStack): Promise<void> => {
  await clients.dynamodb.send(new DeleteTableCommand({ TableName: tableName }));
};

/** Makes the table again, with its items. */
export const restoreTable = async (stack: LocalStack): Promise<void> => {
  await createTable(stack.clients.dynamodb, { tableName, partitionKey: 'uuid' });
  await stack.app.seed?.(stack);
};
