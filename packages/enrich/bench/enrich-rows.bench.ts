/**
 * Rows per second through `enrich`, against the obvious loop that awaits the same Map for every row: with a hot cache of 10,000
 * keys, and with a cold one that every row asks for a key of its own, so that all are loaded, 1,000 at a time.
 *
 *     node --conditions=@pipeline/source packages/enrich/bench/enrich-rows.bench.ts
 */
import { type CsvRecord, createRowBatch, createRunContext, type RawRecords, type RowBatch } from '@pipeline/core';
import { createLookup, enrich } from '@pipeline/enrich';

const rowCount = 400_000;
const batchRows = 1_000;
const keyCount = 10_000;
const rounds = 5;

interface Customer {
  readonly tier: string;
  readonly discount: number;
}
const values = new Map<string, Customer>();
for (let index = 0; index < keyCount; index++)
  values.set(`customer-${index}`, { tier: `tier-${index % 5}`, discount: index });

// Knuth's multiplier spreads the keys, so that the cache is asked in no particular order.
const keyOf = (index: number): string => `customer-${(index * 2_654_435_761) % keyCount}`;
const rows: CsvRecord[] = Array.from({ length: rowCount }, (_, index) => ({
  id: String(index),
  customer: keyOf(index),
}));

const batches: RowBatch<CsvRecord>[] = [];
for (let start = 0; start < rowCount; start += batchRows) {
  const part = rows.slice(start, start + batchRows);
  const empty = new Uint8Array();
  const records: RawRecords = {
    length: part.length,
    columns: ['id', 'customer'],
    rowNumber: (position) => start + position + 1,
    byteOffset: () => 0,
    bytes: () => empty,
    newline: () => empty,
    fieldBytes: () => empty,
    field: (position, column) => (column === 0 ? part[position]!.id! : part[position]!.customer!),
    record: (position) => part[position]!,
    values: (position) => Object.values(part[position]!),
    span: () => undefined,
    raw: () => empty,
  };
  const batch = createRowBatch(
    records,
    part.map((_, position) => position),
  );
  void batch.rows; // decoded before, as after validation
  batches.push(batch);
}
async function* source() {
  yield* batches;
}

const lookup = createLookup<string, Customer>({
  name: 'customers',
  load: async () => values,
  batchSize: keyCount,
  cacheSize: keyCount,
});
const stage = enrich(lookup, {
  key: (row: CsvRecord) => row.customer,
  columns: ['tier', 'discount'],
  assign: (_, { tier, discount }) => ({ tier, discount }),
});

/** Every row has a key of its own, and nothing is remembered when a round begins. */
const coldStage = () =>
  enrich(
    createLookup<string, Customer>({
      name: 'orders',
      load: async (ids) => new Map(ids.map((id) => [id, values.get(keyOf(Number(id)))!])),
      batchSize: 1_000,
    }),
    {
      key: (row: CsvRecord) => row.id,
      columns: ['tier', 'discount'],
      assign: (_, { tier, discount }) => ({ tier, discount }),
    },
  );

const through = async (own: typeof stage): Promise<number> => {
  let count = 0;
  for await (const batch of own(source(), createRunContext())) count += batch.assigned.length;
  return count;
};

const awaitedPerRow = async (): Promise<number> => {
  const lookUp = async (key: string): Promise<Customer | undefined> => values.get(key);
  let count = 0;
  for await (const batch of source()) {
    const assigned: unknown[] = [];
    for (const row of batch.rows) {
      const customer = await lookUp(row.customer!);
      assigned.push(customer === undefined ? undefined : { tier: customer.tier, discount: customer.discount });
    }
    count += assigned.length;
  }
  return count;
};

/** The best of some rounds, in rows per second. */
const best = async (work: () => Promise<number>): Promise<number> => {
  let rate = 0;
  for (let round = 0; round < rounds; round++) {
    const startedMs = performance.now();
    const count = await work();
    if (count !== rowCount) throw new Error(`${count} rows came out of ${rowCount}`);
    rate = Math.max(rate, (count / (performance.now() - startedMs)) * 1000);
  }
  return rate;
};

const perRow = await best(awaitedPerRow);
const hot = await best(() => through(stage));
const cold = await best(() => through(coldStage()));
const line = (name: string, rate: number): string =>
  `${name.padEnd(16)}${(rate / 1e6).toFixed(2)} M rows/s  ${(rate / perRow).toFixed(2)} of await per row`;
console.log(line('await per row', perRow));
console.log(line('enrich, hot', hot));
console.log(line('enrich, cold', cold));
