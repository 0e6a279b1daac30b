import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { financialAttributes } from '../src/financials.ts';
import { readParameters } from '../src/parameters.ts';

const client = new DynamoDBClient();
const { financialsTable } = readParameters();

const answer = (statusCode: number, body: unknown): APIGatewayProxyResult => ({
  statusCode,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

/** `GET /financials/{uuid}`: the financial data of one order. */
export const handler = async (event: Pick<APIGatewayProxyEvent, 'pathParameters'>): Promise<APIGatewayProxyResult> => {
  const uuid = event.pathParameters?.uuid ?? '';
  if (!/^[0-9]{9}$/.test(uuid)) return answer(400, { message: 'uuid must have nine digits' });
  const { Item } = await client.send(new GetItemCommand({ TableName: financialsTable, Key: { uuid: { S: uuid } } }));
  if (Item === undefined) return answer(404, { message: 'there is no financial data for this uuid' });
  return answer(200, { item: Object.fromEntries(financialAttributes.map((name) => [name, Item[name]?.S])) });
};
