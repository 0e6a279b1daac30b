import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type CsvRecord, compose, type ObjectStore, type Stage } from '@pipeline/core';
import { describe, expectTypeOf, test } from 'vitest';
import { type DynamoDbItem, dynamoDbLookup } from '../src/dynamodb.ts';
import { createLookup, csvLookup, enrich, httpLookup, type Lookup, type OnMissing } from '../src/index.ts';

interface Customer {
  readonly tier: 'gold' | 'silver';
  readonly discount: number;
}
interface Order {
  readonly id: string;
  readonly customerId: string | undefined;
}

declare const customers: Lookup<string, Customer>;
declare const policy: OnMissing<{ tier: 'gold' | 'silver' }>;

const options = {
  key: (row: Order) => row.customerId,
  columns: ['tier'] as const,
  assign: (_: Order, { tier }: Customer) => ({ tier }),
};

describe('enrich', () => {
  test('adds the type of what assign gives', () => {
    expectTypeOf(enrich(customers, options)).toExtend<Stage<Order, Order & { tier: 'gold' | 'silver' }>>();
    expectTypeOf(enrich(customers, { ...options, onMissing: 'fail' })).toExtend<
      Stage<Order, { tier: 'gold' | 'silver' }>
    >();
    expectTypeOf(enrich(customers, { ...options, onMissing: { default: { tier: 'silver' } } })).toExtend<
      Stage<Order, { tier: 'gold' | 'silver' }>
    >();
  });

  test("says that values may be null under 'null', and under a policy that is not known", () => {
    type Out<S> = S extends Stage<Order, infer R> ? R : never;
    const empty = enrich(customers, { ...options, onMissing: 'null' });
    expectTypeOf<Out<typeof empty>['tier']>().toEqualTypeOf<'gold' | 'silver' | null>();
    const unknown = enrich(customers, { ...options, onMissing: policy });
    expectTypeOf<Out<typeof unknown>['tier']>().toEqualTypeOf<'gold' | 'silver' | null>();
    const failed = enrich(customers, { ...options, onFailed: 'null' });
    expectTypeOf<Out<typeof failed>['tier']>().toEqualTypeOf<'gold' | 'silver' | null>();
    expectTypeOf(empty).not.toExtend<Stage<Order, { tier: 'gold' | 'silver' }>>();
  });

  test('adds only the declared columns', () => {
    const stage = enrich(customers, { ...options, assign: (_, customer) => customer });
    type Out = typeof stage extends Stage<Order, infer R> ? R : never;
    expectTypeOf<keyof Out>().toEqualTypeOf<'id' | 'customerId' | 'tier'>();
  });

  test('refuses columns that assign does not give, keys of another type, and incomplete defaults', () => {
    // @ts-expect-error `area` is not assigned
    enrich(customers, { ...options, columns: ['area'] });
    // @ts-expect-error the look-up has keys of text
    enrich(customers, { ...options, key: () => 7 });
    // @ts-expect-error the default lacks the column
    enrich(customers, { ...options, onMissing: { default: {} } });
    // @ts-expect-error no such policy
    enrich(customers, { ...options, onMissing: 'skip' });
  });

  test('infers rows and columns when written in place, and through compose', () => {
    const first: Stage<CsvRecord, Order> = null as never;
    const stage = compose(
      first,
      enrich(customers, {
        key: (row) => row.customerId,
        columns: ['tier', 'discount'],
        assign: (_, c) => ({ tier: c.tier, discount: c.discount }),
      }),
    );
    expectTypeOf(stage).toExtend<Stage<CsvRecord, Order & Customer>>();
  });
});

describe('look-ups', () => {
  test('carry the types of keys and values', () => {
    expectTypeOf(
      createLookup({ name: 'a', load: async (keys: readonly number[]) => new Map(keys.map((key) => [key, true])) }),
    ).toEqualTypeOf<Lookup<number, boolean>>();
    expectTypeOf(
      httpLookup({ name: 'a', url: 'https://a.example/{key}', decode: (body) => String(body) }),
    ).toEqualTypeOf<Lookup<string, string>>();
    const client = new DynamoDBClient();
    expectTypeOf(dynamoDbLookup({ client, tableName: 't', keyAttribute: 'k' })).toEqualTypeOf<
      Lookup<string, DynamoDbItem>
    >();
    expectTypeOf(
      dynamoDbLookup<number, number>({ client, tableName: 't', keyAttribute: 'k', decode: Number }),
    ).toEqualTypeOf<Lookup<number, number>>();
    const store = {} as ObjectStore;
    const csv = csvLookup({ name: 'a', store, source: { bucket: 'b', key: 'k' }, keyColumn: 'k', columns: ['x', 'y'] });
    expectTypeOf(csv).toEqualTypeOf<Lookup<string, Readonly<Record<'x' | 'y', string>>>>();
  });
});
