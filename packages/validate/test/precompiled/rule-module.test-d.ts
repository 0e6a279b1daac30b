import { expectTypeOf, test } from 'vitest';
import made, { createRule, type Row, rule } from '../../../../examples/orders-pipeline/schemas/order.rule.mjs';
import { defineCheck, type RowRule } from '../../src/index.ts';

test('the module of a rule has the type of its rows', () => {
  expectTypeOf(rule).toEqualTypeOf<RowRule<Row>>();
  expectTypeOf(made).toEqualTypeOf<RowRule<Row>>();
  expectTypeOf<Row['Order Priority']>().toEqualTypeOf<'C' | 'H' | 'L' | 'M'>();
  expectTypeOf<Row['Country']>().toEqualTypeOf<string>();
});

test('checks in code see that type, or one that is named', () => {
  const check = defineCheck<Row>({ name: 'known', check: (row) => row.Country !== '' || 'must be known' });
  expectTypeOf(createRule({ checks: [check] })).toEqualTypeOf<RowRule<Row>>();
  expectTypeOf(createRule<{ uuid: string }>()).toEqualTypeOf<RowRule<{ uuid: string }>>();
  // @ts-expect-error settled when the module was made
  createRule({ trim: true });
});
