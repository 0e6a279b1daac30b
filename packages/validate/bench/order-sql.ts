import { orderSchema } from './order-schema.ts';

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const list = (values: readonly string[]): string => values.map(text).join(', ');
const { country, status, currency } = orderSchema.properties;

const decimal = '-?([0-9]+([.][0-9]+)?|[.][0-9]+)([eE][-+]?[0-9]+)?';

/** A number that is written as the rule reads it: casts of SQL take more, such as spaces and signs. */
const number = (column: string, written: string, type: string, least: number, most: number): string =>
  `(regexp_full_match("${column}", '${written}') and coalesce(try_cast("${column}" as ${type}) between ${least} and ${most}, false))`;

/** What the schema says, as conditions that a good row meets, by column and keyword. Empty fields are empty texts. */
export const conditions: readonly (readonly [column: string, rule: string, holds: string])[] = [
  ['orderId', 'pattern', `regexp_full_match("orderId", 'ORD-[0-9]{9}')`],
  ['customerId', 'pattern', `regexp_full_match("customerId", 'C[0-9]{7}')`],
  ['customer', 'length', `length("customer") between 1 and 80`],
  [
    'email',
    'format',
    `regexp_full_match(lower("email"), '[a-z0-9!#$%&''*+/=?^_\`{|}~-]+(?:\\.[a-z0-9!#$%&''*+/=?^_\`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?')`,
  ],
  ['country', 'enum', `"country" in (${list(country.enum)})`],
  ['city', 'length', `length("city") between 1 and 40`],
  [
    'orderedAt',
    'format',
    `(regexp_full_match("orderedAt", '\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\dZ') and try_cast("orderedAt"[1:10] as date) is not null)`,
  ],
  ['status', 'enum', `"status" in (${list(status.enum)})`],
  ['sku', 'pattern', `regexp_full_match("sku", 'SKU-[0-9]{6}')`],
  ['quantity', 'integer', number('quantity', '-?[0-9]+', 'integer', 1, 1000)],
  ['unitPrice', 'number', number('unitPrice', decimal, 'double', 0, 100_000)],
  ['discount', 'number', number('discount', decimal, 'double', 0, 1)],
  ['currency', 'enum', `"currency" in (${list(currency.enum)})`],
  ['note', 'length', `length("note") <= 200`],
];

/** A table of the file's fields as text. */
export const readOrders = (file: string, columns: readonly string[]): string =>
  `read_csv(${text(file)}, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', auto_detect = false, ` +
  `columns = {${columns.map((name) => `${text(name)}: 'VARCHAR'`).join(', ')}}, nullstr = '\\N', max_line_size = 4000000)`;

/** The columns of a row that break the rule, in file order. */
export const brokenColumns = `list_filter([${conditions
  .map(([column, , holds]) => `case when ${holds} then null else ${text(column)} end`)
  .join(', ')}], x -> x is not null)`;
