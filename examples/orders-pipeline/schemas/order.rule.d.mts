// Made by `pipeline compile-rule`; make it anew rather than edit it.
import type { LoadOptions, RowRule } from '@pipeline/validate/precompiled';

/** A row that passes, as later stages get it. */
export interface Row {
  readonly "uuid": string;
  readonly "Country": string;
  readonly "Item Type": "Baby Food" | "Beverages" | "Cereal" | "Clothes" | "Cosmetics" | "Fruits" | "Household" | "Meat" | "Office Supplies" | "Personal Care" | "Snacks" | "Vegetables";
  readonly "Sales Channel": "Online" | "Offline";
  readonly "Order Priority": "C" | "H" | "L" | "M";
  readonly "Order Date": string;
  readonly "Region": "Asia" | "Australia and Oceania" | "Central America and the Caribbean" | "Europe" | "Middle East and North Africa" | "North America" | "Sub-Saharan Africa";
  readonly "Ship Date": string;
}

/** Makes the rule with checks in code, or with other levels and limits of issues. */
export declare const createRule: <Out = Row>(options?: LoadOptions<Out>) => RowRule<Out>;
export declare const rule: RowRule<Row>;
export default rule;
