// Fills the table of financial data for the sample orders: `pnpm --filter @pipeline/example-orders seed <table>`.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { putItems } from '@pipeline/local';
import { financialsOf, tableKeys } from '../sample/generate.ts';

const [tableName] = process.argv.slice(2);
if (tableName === undefined) throw new Error('usage: seed <name of the table, see the output FinancialsTable>');
const items = Array.from({ length: tableKeys }, (_, index) => financialsOf(index));
console.log(`${await putItems(new DynamoDBClient(), tableName, items)} items in ${tableName}`);
