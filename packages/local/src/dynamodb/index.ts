export { type LocalDynamoDb, type StartDynamoDbOptions, startDynamoDb } from './start-dynamodb.ts';
export { createTable, type KeyAttribute, type LookupItem, putItems } from './tables.ts';
