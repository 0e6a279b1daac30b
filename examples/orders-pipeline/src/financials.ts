import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { httpLookup, type Lookup } from '@pipeline/enrich';
import { dynamoDbLookup } from '@pipeline/enrich/dynamodb';
import type { Parameters } from './parameters.ts';

/** The financial data of one order, as the table keeps it: text, so that no digit changes. */
export interface Financials {
  readonly unitsSold: string;
  readonly unitPrice: string;
  readonly unitCost: string;
  readonly totalRevenue: string;
  readonly totalCost: string;
  readonly totalProfit: string;
}

export const financialAttributes = [
  'unitsSold',
  'unitPrice',
  'unitCost',
  'totalRevenue',
  'totalCost',
  'totalProfit',
] as const;

/** Takes over what both sources give: an item with these attributes as text. */
export const readFinancials = (item: unknown): Financials | undefined => {
  const fields = item as Readonly<Record<string, unknown>> | undefined;
  if (fields === undefined) return undefined;
  const text = (name: string): string => {
    const value = fields[name];
    if (typeof value !== 'string') throw new TypeError(`attribute ${name} is not a text`);
    return value;
  };
  return {
    unitsSold: text('unitsSold'),
    unitPrice: text('unitPrice'),
    unitCost: text('unitCost'),
    totalRevenue: text('totalRevenue'),
    totalCost: text('totalCost'),
    totalProfit: text('totalProfit'),
  };
};

/** Straight from the table, 100 keys a call: fast, the default. Or one signed request per key through the API in front of it. */
export const financialsLookup = ({
  financialsSource,
  financialsTable,
  financialsUrl,
  financialsUrlPrivate,
  region,
  credentials,
}: Parameters): Lookup<string, Financials> =>
  financialsSource === 'api'
    ? httpLookup({
        name: 'financials',
        url: `${financialsUrl}/financials/{key}`,
        allowPrivateAddresses: financialsUrlPrivate,
        sign: { region, credentials },
        concurrency: 16,
        cacheSize: 20_000,
        decode: (body) => readFinancials((body as { item?: unknown }).item),
      })
    : dynamoDbLookup({
        name: 'financials',
        client: new DynamoDBClient({ maxAttempts: 1 }),
        tableName: financialsTable,
        keyAttribute: 'uuid',
        attributes: financialAttributes,
        cacheSize: 20_000,
        decode: readFinancials,
      });
