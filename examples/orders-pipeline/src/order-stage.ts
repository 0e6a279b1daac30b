import { compose } from '@pipeline/core';
import { enrich } from '@pipeline/enrich';
import { validate } from '@pipeline/validate/precompiled';
import { financialsLookup } from './financials.ts';
import { orderRule } from './order-rule.ts';
import type { Parameters } from './parameters.ts';

/** What happens to each order: its rules, then six financial columns by uuid. Eight columns in, fourteen out. */
export const orderStage = (parameters: Parameters) =>
  compose(
    validate(orderRule),
    enrich(financialsLookup(parameters), {
      key: (order) => order.uuid,
      keyColumn: 'uuid',
      columns: ['Units Sold', 'Unit Price', 'Unit Cost', 'Total Revenue', 'Total Cost', 'Total Profit'],
      assign: (_, financials) => ({
        'Units Sold': financials.unitsSold,
        'Unit Price': financials.unitPrice,
        'Unit Cost': financials.unitCost,
        'Total Revenue': financials.totalRevenue,
        'Total Cost': financials.totalCost,
        'Total Profit': financials.totalProfit,
      }),
    }),
  );
