// Deterministic sample data: the same numbers give the same bytes on every machine.

/** Keys that the financial table holds; larger files repeat them. */
export const tableKeys = 10_000;

const countries = [
  'Australia',
  'Brazil',
  'Canada',
  "Cote d'Ivoire",
  'Germany',
  'India',
  'Japan',
  'Kenya',
  'Lebanon',
  'Norway',
  'Panama',
  'Samoa',
  'São Tomé and Príncipe',
  'The Gambia',
  'Türkiye',
  'United Kingdom',
];
const regions = [
  'Asia',
  'Australia and Oceania',
  'Central America and the Caribbean',
  'Europe',
  'Middle East and North Africa',
  'North America',
  'Sub-Saharan Africa',
];
/** Item type, unit price and unit cost in cents. */
const items = [
  ['Baby Food', 25_528, 15_942],
  ['Beverages', 4_745, 3_179],
  ['Cereal', 20_570, 11_711],
  ['Clothes', 10_928, 3_584],
  ['Cosmetics', 43_720, 26_333],
  ['Fruits', 933, 692],
  ['Household', 66_827, 50_254],
  ['Meat', 42_189, 36_469],
  ['Office Supplies', 65_121, 52_496],
  ['Personal Care', 8_173, 5_667],
  ['Snacks', 15_258, 9_744],
  ['Vegetables', 15_406, 9_093],
] as const;
const priorities = ['C', 'H', 'L', 'M'];

/** A number that looks random and depends on `seed` only: the finalizer of MurmurHash3. */
const mix = (seed: number): number => {
  let hash = seed | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};
const pick = <T>(list: readonly T[], seed: number): T => list[mix(seed) % list.length]!;
const euros = (cents: number): string => (cents / 100).toFixed(2);
const csvText = (text: string, delimiter: string): string =>
  text.includes(delimiter) || text.includes('"') ? `"${text.replaceAll('"', '""')}"` : text;

/** The nine digits of key `index`; distinct for every index below 10,000. */
export const uuidOf = (index: number): string => String(100_000_000 + (index % tableKeys) * 79_193 + 1_234);
/** Nine digits that are in no table. */
const unknownUuid = (row: number): string => String(999_000_000 + (row % 999_999));

/** The financial data of key `index`, as the table keeps it. */
export const financialsOf = (index: number): Readonly<Record<string, string>> => {
  const [, price, cost] = pick(items, index * 7 + 1);
  const units = 1 + (mix(index * 7 + 6) % 9_999);
  return {
    uuid: uuidOf(index),
    unitsSold: String(units),
    unitPrice: euros(price),
    unitCost: euros(cost),
    totalRevenue: euros(units * price),
    totalCost: euros(units * cost),
    totalProfit: euros(units * (price - cost)),
  };
};

/** How a row is wrong, and which rule says so. */
export const faults = {
  'uuid with letters': 'RULE_FAILED|pattern|uuid',
  'unknown item type': 'RULE_FAILED|enum|Item Type',
  'empty country': 'RULE_FAILED|required|Country',
  'no such day': 'RULE_CUSTOM|real Order Date|Order Date',
  'shipped before ordered': 'RULE_CUSTOM|shipped after ordered|Ship Date',
  'field missing': 'ROW_FIELD_COUNT|fields|',
  'field too many': 'ROW_FIELD_COUNT|fields|',
  'text behind a quote': 'ROW_BAD_QUOTE|quotes|',
  'key not in the table': 'LOOKUP_MISSING|financials|uuid',
} as const;

export type Fault = keyof typeof faults;

const faultNames = Object.keys(faults) as Fault[];

/** Which row is wrong and how: about one in a hundred. */
export const faultOf = (row: number): Fault | undefined =>
  mix(row * 31 + 17) % 100 === 0 ? pick(faultNames, row * 131 + 5) : undefined;

export const header = [
  'uuid',
  'Country',
  'Item Type',
  'Sales Channel',
  'Order Priority',
  'Order Date',
  'Region',
  'Ship Date',
];

const dateOf = (day: number): string => {
  const date = new Date(Date.UTC(2010, 0, 1) + day * 86_400_000);
  return `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${String(date.getUTCFullYear()).slice(2)}`;
};

/** The line of data row `row` (1-based), without newline. */
export const orderLine = (row: number, delimiter = ','): string => {
  const index = row - 1;
  const ordered = mix(row * 7 + 4) % 5_000;
  const fault = faultOf(row);
  const fields = [
    fault === 'uuid with letters'
      ? `AB${uuidOf(index).slice(2)}`
      : fault === 'key not in the table'
        ? unknownUuid(row)
        : uuidOf(index),
    fault === 'empty country' ? '' : pick(countries, row * 7 + 2),
    fault === 'unknown item type' ? 'Fireworks' : pick(items, (index % tableKeys) * 7 + 1)[0],
    pick(['Online', 'Offline'], row * 7 + 3),
    pick(priorities, row * 7 + 5),
    fault === 'no such day' ? '2/30/12' : dateOf(ordered),
    pick(regions, row * 7 + 6),
    dateOf(ordered + (fault === 'shipped before ordered' ? -1 - (mix(row) % 30) : mix(row) % 50)),
  ].map((field) => csvText(field, delimiter));
  if (fault === 'text behind a quote') fields[1] = `"${fields[1]?.replaceAll('"', '')}" (sic)`;
  if (fault === 'field missing') fields.pop();
  if (fault === 'field too many') fields.push('?');
  return fields.join(delimiter);
};

/** An order file of `rows` rows, in pieces of some thousand lines. CRLF, no newline at the end, as in the published sample. */
export function* orderFile(rows: number, delimiter = ','): Generator<string> {
  let lines = [header.join(delimiter)];
  for (let row = 1; row <= rows; row++) {
    lines.push(orderLine(row, delimiter));
    if (lines.length < 5_000 || row === rows) continue;
    yield `${lines.join('\r\n')}\r\n`;
    lines = [];
  }
  yield lines.join('\r\n');
}
