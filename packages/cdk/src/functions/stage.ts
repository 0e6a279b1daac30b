import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type CsvRecord, compose, passThrough, type Stage } from '@pipeline/core';
import { columnText, enrich } from '@pipeline/enrich';
import { type DynamoDbItem, dynamoDbLookup } from '@pipeline/enrich/dynamodb';
import { type RowRule, validate } from '@pipeline/validate/precompiled';
import type { DeployedLookup, Deployment } from './deployment.ts';

/** What happens to each row: the rule, where there is one, then the columns of each table. */
export const deployedStage = (
  rule: RowRule<unknown> | undefined,
  { lookups }: Pick<Deployment, 'lookups'>,
): Stage<CsvRecord, unknown> =>
  lookups.reduce<Stage<CsvRecord, unknown>>(
    (stage, lookup) => compose(stage, fromTable(lookup)),
    rule === undefined ? passThrough() : validate(rule),
  );

const fromTable = ({ name, tableName, column, keyAttribute, keyType, columns, onMissing }: DeployedLookup) => {
  const table = dynamoDbLookup({
    ...{ name, tableName, keyAttribute, keyType },
    client: new DynamoDBClient({ maxAttempts: 1 }),
    attributes: [...new Set(Object.values(columns))],
    cacheSize: 20_000,
    decode: (item) => item,
  });
  const added = Object.keys(columns);
  return compose(
    columnText(column),
    enrich(table, {
      key: (row) => row.key,
      ...{ keyColumn: column, columns: added, onMissing },
      assign: (_, item) => Object.fromEntries(added.map((to) => [to, textOf(item, columns[to]!)])),
    }),
  );
};

/** An attribute that is not there is an empty field; one that is no text, number or truth value cannot be one. */
const textOf = (item: DynamoDbItem, attribute: string): string | boolean | null => {
  const value = item[attribute] ?? null;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  throw new TypeError(`the attribute ${attribute} is no text, number or truth value`);
};
