// Compiled, not run: the sources do not exist.
import type { ObjectStore } from '@pipeline/core';
import {
  compositeKey,
  createLookup,
  csvLookup,
  enrich,
  httpBatchLookup,
  httpLookup,
  jsonLinesLookup,
  LookupKeyError,
  LookupSourceError,
} from '@pipeline/enrich';
import { type DynamoDbLookupOptions, dynamoDbLookup } from '@pipeline/enrich/dynamodb';
import { type SecretsManagerOptions, secretsManagerHeaders } from '@pipeline/enrich/secrets-manager';
import type { Order } from './surroundings.ts';

export const lookUps = (
  store: ObjectStore,
  client: DynamoDbLookupOptions<unknown>['client'],
  secrets: SecretsManagerOptions['client'],
  crm: {
    find(
      ids: readonly string[],
      options: { signal: AbortSignal },
    ): Promise<{ restarting: boolean; customers: { id: string; tier: string; locked: boolean }[] }>;
  },
) => {
  // #region function
  const customers = createLookup<string, { tier: string }>({
    name: 'customers',
    load: async (ids, { signal }) => {
      const { restarting, customers } = await crm.find(ids, { signal });
      if (restarting) throw new LookupSourceError('the CRM is restarting', { retryable: true, retryAfterMs: 2_000 });
      return new Map(
        customers.map((each) => [each.id, each.locked ? new LookupKeyError('the account is locked') : each]),
      );
    },
    batchSize: 50,
    ratePerSecond: 20,
  });
  // #endregion

  // #region policies
  const withTier = enrich(customers, {
    key: (row: Order) => row.customerId,
    keyColumn: 'customerId',
    columns: ['tier'],
    assign: (_, customer) => ({ tier: customer.tier }),
    onMissing: { default: { tier: 'none' } },
    onPoisoned: 'reject',
    onFailed: 'fail',
    onSlow: 'reject',
  });
  // #endregion

  // #region dynamodb
  const prices = dynamoDbLookup({
    client, // new DynamoDBClient({ maxAttempts: 1 }): the look-up retries
    tableName: 'prices',
    keyAttribute: 'shop',
    sortKeyAttribute: 'article',
    sortKeyType: 'N',
    attributes: ['price'],
    decode: (item) => String(item.price),
  });
  const withPrice = enrich(prices, {
    key: (row: { readonly shop: string; readonly article: string }) => compositeKey(row.shop, row.article),
    columns: ['price'],
    assign: (_, price) => ({ price }),
  });
  // #endregion

  // #region http
  const rates = httpLookup({
    name: 'rates',
    url: 'https://rates.example.com/v1/{key}?base=EUR',
    secretHeaders: {
      load: secretsManagerHeaders({
        client: secrets,
        secretId: 'rates/api',
        field: 'key',
        headers: (key) => ({ 'x-api-key': key }),
      }),
      ttlMs: 600_000,
    },
    pointer: '/data/rate',
    decode: (rate) => (typeof rate === 'string' ? rate : new LookupKeyError('the rate is not a text')),
  });
  // #endregion

  // #region http-batch
  const offers = httpBatchLookup({
    name: 'offers',
    url: 'https://offers.example.com/v1/search',
    batchSize: 50,
    body: (keys) => ({ ids: keys }),
    pointer: '/items',
    keyOf: (item) => (item as { readonly id?: string }).id,
    decode: (item) => (item as { readonly price?: string }).price,
  });
  // #endregion

  // #region files
  const countries = csvLookup({
    name: 'countries',
    store,
    source: { bucket: 'reference', key: 'countries.csv' },
    keyColumn: 'code',
    columns: ['region', 'currency'],
  });
  const discounts = jsonLinesLookup({
    name: 'discounts',
    store,
    source: { bucket: 'reference', key: 'discounts.jsonl' },
    keyField: ['shop', 'article'],
    fields: ['discount'],
    decode: ({ discount }) => String(discount),
    ttlMs: 300_000,
  });
  // #endregion

  return { withTier, withPrice, rates, offers, countries, discounts };
};
