import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parseRows } from '@pipeline/chunker';
import { createRunContext } from '@pipeline/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../chunker/bench/support/random.ts';
import { shapes } from '../../chunker/bench/support/shapes.ts';
import { orderSchema } from '../bench/order-schema.ts';
import { brokenColumns, readOrders } from '../bench/order-sql.ts';
import { compileRule, validate } from '../src/index.ts';

const rowCount = process.env.TEST_LONG === undefined ? 20_000 : 1_000_000;
const { columns } = shapes.nasty;

/** What may stand in a spoilt field of each column: some of it is good after all. */
const spoils: Readonly<Record<string, readonly string[]>> = {
  orderId: ['', 'ORD-1', 'ord-000000001', 'ORD-0000000011', 'xORD-000000001', 'ORD-00000000١'],
  customerId: ['', 'C1', 'C00000001', 'C123456é'],
  customer: ['', 'x'.repeat(80), 'x'.repeat(81), 'é'.repeat(80), '😀'.repeat(81), `"${'"'.repeat(78)}"`],
  email: ['', 'a@b', 'a@b.c', '@b.c', 'a b@c.de', 'Ä@c.de', 'A.B+C@D-E.FG', 'a@-b.cd', 'a..b@c.de'],
  country: ['', 'de', 'DE ', 'XX', 'DEU'],
  city: ['', 'x'.repeat(40), 'ö'.repeat(41)],
  orderedAt: [
    '',
    '2024-02-29T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2024-01-01 00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-01-01T24:00:00Z',
  ],
  status: ['', 'New', 'paid ', 'lost'],
  sku: ['', 'SKU-00000', 'SKU-0000000', 'sku-000000'],
  quantity: ['', '0', '1', '1000', '1001', '-5', '007', '1.0', '1e2', '+5', ' 5', 'many', '99999999999999999999'],
  unitPrice: ['', '0', '-0.01', '100000', '100000.01', '.5', '5.', '1e3', '1e6', '1,5', '12.345678901234567890'],
  discount: ['', '0', '1', '1.0000000000000002', '1.1', '-0', '0x1'],
  currency: ['', 'EUR', 'eur', 'CHF'],
  note: ['', 'x'.repeat(200), 'x'.repeat(201), `"${'"'.repeat(198)}"`, `"${'"'.repeat(199)}"`],
};

const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** One order in three has one to three spoilt fields. */
const writeOrders = (target: string): void => {
  const random = createRandom(7);
  const file = openSync(target, 'w');
  let lines = [columns.join(',')];
  for (let n = 0; n < rowCount; n++) {
    const row = [...shapes.nasty.row(n, random)];
    for (let spoilt = random.below(3) === 0 ? 1 + random.below(3) : 0; spoilt > 0; spoilt--) {
      const column = random.below(columns.length);
      row[column] = random.pick(spoils[columns[column]!]!);
    }
    lines.push(row.map(field).join(','));
    if (lines.length < 10_000) continue;
    writeSync(file, `${lines.join('\n')}\n`);
    lines = [];
  }
  writeSync(file, lines.map((line) => `${line}\n`).join(''));
  closeSync(file);
};

describe(`the rule of an order, on ${rowCount.toLocaleString('en-US')} generated rows`, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pipeline-oracle-'));
  const file = path.join(folder, 'orders.csv');
  beforeAll(() => writeOrders(file));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('rejects the rows that the same checks in SQL reject, for the same columns', { timeout: 300_000 }, async () => {
    const ours = new Map<number, string>();
    let passed = 0;
    const input = parseRows(createReadStream(file, { start: columns.join(',').length + 1 }), {
      columns,
      dialect: { delimiter: ',', quote: '"' },
    });
    for await (const batch of validate(compileRule(orderSchema))(input, createRunContext())) {
      passed += batch.positions.length;
      for (const { rowNumber, issues } of batch.rejects)
        ours.set(rowNumber, [...new Set(issues.map((issue) => issue.column))].sort().join());
    }

    const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
    const result = await connection.stream(
      `select row, array_to_string(list_sort(broken), ',') from (select row_number() over () as row, ${brokenColumns} as broken ` +
        `from ${readOrders(file, columns)}) where len(broken) > 0`,
    );
    const theirs = new Map<number, string>();
    for await (const chunk of result)
      for (const [row, broken] of chunk.getRows()) theirs.set(Number(row), String(broken));
    connection.closeSync();

    expect(passed + ours.size).toBe(rowCount);
    expect(theirs.size).toBeGreaterThan(rowCount / 6);
    const different = [...new Set([...ours.keys(), ...theirs.keys()])]
      .filter((row) => ours.get(row) !== theirs.get(row))
      .map((row) => ({ row, ours: ours.get(row), theirs: theirs.get(row) }));
    expect(different.slice(0, 5)).toEqual([]);
  });
});
