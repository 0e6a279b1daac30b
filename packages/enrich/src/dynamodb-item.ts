import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/**
 * An attribute as plain data. Numbers stay the text that DynamoDB holds: they have up to 38 digits, a JavaScript number
 * has 15, and in a CSV file text is what they end as. Sets are arrays.
 */
export type DynamoDbValue =
  | string
  | boolean
  | null
  | Uint8Array
  | readonly DynamoDbValue[]
  | { readonly [name: string]: DynamoDbValue };

/** An item as plain data, by attribute name. */
export type DynamoDbItem = Readonly<Record<string, DynamoDbValue>>;

const decodeValue = (value: AttributeValue): DynamoDbValue => {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return value.N;
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.M !== undefined) return decodeItem(value.M);
  if (value.L !== undefined) return value.L.map(decodeValue);
  return value.B ?? value.SS ?? value.NS ?? value.BS ?? null;
};

/** Plain data of an item. */
export const decodeItem = (item: Readonly<Record<string, AttributeValue>>): DynamoDbItem =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, decodeValue(value)]));
