// Rows per second of the validate stage against plain ajv with `coerceTypes` on rows made by `Object.fromEntries`.
// Both get the same fields; runs are interleaved, medians are compared.
//   node --conditions=@pipeline/source packages/validate/bench/validate.bench.ts [rows] [rounds]
import { createRowBatch, createRunContext, type RawRecords, type Rows } from '@pipeline/core';
import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import { compileRule, validate } from '../src/index.ts';

const rowCount = Number(process.argv[2] ?? 200_000);
const rounds = Number(process.argv[3] ?? 9);
const batchRows = 1000;

const columns = ['orderId', 'customerId', 'ordered', 'units', 'price', 'currency', 'express', 'note'];
const schema = {
  type: 'object',
  required: ['orderId', 'customerId', 'ordered', 'units', 'price', 'currency'],
  properties: {
    orderId: { type: 'string', pattern: '^[A-Z]{2}-\\d{6}$' },
    customerId: { type: 'string', minLength: 1, maxLength: 20 },
    ordered: { type: 'string', format: 'date' },
    units: { type: 'integer', minimum: 1, maximum: 1000 },
    price: { type: 'number', minimum: 0 },
    currency: { enum: ['EUR', 'USD', 'GBP'] },
    express: { type: 'boolean' },
    note: { type: 'string', maxLength: 200 },
  },
};

/** One row in a hundred is bad. */
const fieldsOf = (row: number): string[] => [
  `DE-${String(row % 1_000_000).padStart(6, '0')}`,
  `c${row % 5000}`,
  `2024-0${1 + (row % 9)}-1${row % 10}`,
  row % 100 === 99 ? 'many' : String(1 + (row % 900)),
  `${row % 500}.${10 + (row % 90)}`,
  ['EUR', 'USD', 'GBP'][row % 3]!,
  row % 2 === 0 ? 'true' : 'false',
  row % 4 === 0 ? 'leave at the door' : 'ring twice',
];

const table = Array.from({ length: rowCount }, (_, row) => fieldsOf(row));
const none = new Uint8Array();

const recordsOf = (rows: readonly (readonly string[])[], firstRow: number): RawRecords => ({
  length: rows.length,
  columns,
  rowNumber: (position) => firstRow + position,
  byteOffset: () => 0,
  bytes: () => none,
  newline: () => none,
  fieldBytes: () => none,
  field: (position, column) => rows[position]![column]!,
  record: (position) => {
    const fields = rows[position]!;
    const record: Record<string, string> = {};
    for (let column = 0; column < columns.length; column++) record[columns[column]!] = fields[column]!;
    return record;
  },
  values: (position) => [...rows[position]!],
  span: () => undefined,
  raw: () => none,
});

async function* batches(): Rows<Readonly<Record<string, string>>> {
  for (let start = 0; start < table.length; start += batchRows) {
    const rows = table.slice(start, start + batchRows);
    yield createRowBatch(
      recordsOf(rows, start + 1),
      rows.map((_, position) => position),
    );
  }
}

const stage = validate(compileRule<object>(schema));

const runStage = async (): Promise<number> => {
  let passed = 0;
  for await (const batch of stage(batches(), createRunContext())) passed += batch.rows.length;
  return passed;
};

const ajv = new Ajv({ allErrors: true, coerceTypes: true });
ajvFormats.default(ajv);
const plain = ajv.compile(schema);

/** Keeps a batch of rows at a time, as the stage does, so that neither side pays for holding all of them. */
const runPlain = async (): Promise<number> => {
  let count = 0;
  for (let start = 0; start < table.length; start += batchRows) {
    const passed: object[] = [];
    const failed: unknown[] = [];
    for (const fields of table.slice(start, start + batchRows)) {
      const row = Object.fromEntries(columns.map((name, column) => [name, fields[column]]));
      if (plain(row)) passed.push(row);
      else failed.push(plain.errors);
    }
    count += passed.length;
  }
  return count;
};

const timed = async (work: () => Promise<number>): Promise<{ rowsPerSecond: number; passed: number }> => {
  const start = process.hrtime.bigint();
  const passed = await work();
  return { rowsPerSecond: rowCount / (Number(process.hrtime.bigint() - start) / 1e9), passed };
};

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const shown = (value: number): string => Math.round(value).toLocaleString('en-US').padStart(12);

const stageRates: number[] = [];
const plainRates: number[] = [];
for (let round = -2; round < rounds; round++) {
  const ours = await timed(runStage);
  const theirs = await timed(runPlain);
  if (ours.passed !== theirs.passed) throw new Error(`passed ${ours.passed} and ${theirs.passed} rows`);
  if (round < 0) continue; // warm-up
  stageRates.push(ours.rowsPerSecond);
  plainRates.push(theirs.rowsPerSecond);
}

console.log(
  `${rowCount.toLocaleString('en-US')} rows of ${columns.length} columns, ${rounds} rounds, Node ${process.version}`,
);
console.log(`validate stage            ${shown(median(stageRates))} rows/s`);
console.log(`ajv coerceTypes           ${shown(median(plainRates))} rows/s`);
console.log(`ratio (stage : plain ajv) ${(median(stageRates) / median(plainRates)).toFixed(2).padStart(12)}`);
