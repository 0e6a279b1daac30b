import type { CsvRecord, RowIssue, Stage } from '@pipeline/core';
import { compose, mapRows } from '@pipeline/core';
import { expectTypeOf, it } from 'vitest';
import { compileRule, defineCheck, type RowOutcome, type RowRule, type RowVerdict, validate } from '../src/index.ts';

interface Order {
  readonly id: string;
  readonly units: number;
}

it('a rule has the type it was asked for, or that of text', () => {
  expectTypeOf(compileRule<Order>({})).toEqualTypeOf<RowRule<Order>>();
  expectTypeOf(compileRule({})).toEqualTypeOf<RowRule<CsvRecord>>();
});

it('an outcome is either a value or issues', () => {
  const outcome: RowOutcome<Order> = compileRule<Order>({}).check({});
  if (outcome.ok) expectTypeOf(outcome.value).toEqualTypeOf<Order>();
  else expectTypeOf(outcome.issues).toEqualTypeOf<readonly RowIssue[]>();
});

it('a stage takes text and gives typed rows, also through compose', () => {
  const stage = validate(compileRule<Order>({}));
  expectTypeOf(stage).toEqualTypeOf<Stage<CsvRecord, Order>>();
  const total = mapRows({ columns: ['total'], map: (row: Order) => ({ total: row.units * 2 }) });
  expectTypeOf(compose(stage, total)).toEqualTypeOf<Stage<CsvRecord, Order & { total: number }>>();
});

it('checks see the typed row', () => {
  const check = defineCheck<Order>({
    name: 'x',
    check: (row, record, rowNumber) => {
      expectTypeOf(row).toEqualTypeOf<Order>();
      expectTypeOf(record).toEqualTypeOf<CsvRecord>();
      expectTypeOf(rowNumber).toEqualTypeOf<number>();
      return row.units > 0 || 'must be positive';
    },
  });
  expectTypeOf(compileRule({}, { checks: [check] })).toEqualTypeOf<RowRule<Order>>();
  expectTypeOf(check.check).returns.toEqualTypeOf<RowVerdict>();
});

it('a check of another row, or one that answers later, does not fit', () => {
  const other = defineCheck<{ price: number }>({ name: 'x', check: (row) => row.price > 0 || 'no' });
  // @ts-expect-error Order has no price
  compileRule<Order>({}, { checks: [other] });
  // @ts-expect-error a promise is no verdict
  compileRule<Order>({}, { checks: [{ name: 'x', check: async () => true }] });
});
