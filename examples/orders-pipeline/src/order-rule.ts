import { defineCheck, type RowRule } from '@pipeline/validate/precompiled';
// Made of order.schema.json by `pipeline compile-rule`, so that functions start without a compiler.
import { createRule } from '../schemas/order.rule.mjs';

/** One row of an order file, as it is written in the file. */
export interface Order {
  readonly uuid: string;
  readonly Country: string;
  readonly 'Item Type': string;
  readonly 'Sales Channel': string;
  readonly 'Order Priority': string;
  readonly 'Order Date': string;
  readonly Region: string;
  readonly 'Ship Date': string;
}

/** Days since the epoch of an M/D/YY date of this century, or `undefined` when the calendar has no such day. */
const dayOf = (text: string): number | undefined => {
  const [month = 0, day = 0, year = 0] = text.split('/').map(Number);
  const date = new Date(Date.UTC(2000 + year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / 86_400_000 : undefined;
};

const realDate = (column: 'Order Date' | 'Ship Date') =>
  defineCheck<Order>({
    name: `real ${column}`,
    columns: [column],
    check: (order) => dayOf(order[column]) !== undefined || 'must be a day of the calendar',
  });

const shippedAfterOrdered = defineCheck<Order>({
  name: 'shipped after ordered',
  columns: ['Ship Date'],
  check: (order) =>
    (dayOf(order['Ship Date']) ?? Number.POSITIVE_INFINITY) >= (dayOf(order['Order Date']) ?? 0) ||
    'must not be before the order date',
});

/** The rules of an order: the schema of its columns, and what spans two of them. */
export const orderRule: RowRule<Order> = createRule<Order>({
  checks: [realDate('Order Date'), realDate('Ship Date'), shippedAfterOrdered],
});

/** The columns that an order file must have. */
export const orderColumns: readonly string[] = orderRule.required;
