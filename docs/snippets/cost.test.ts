import { readFileSync } from 'node:fs';
import { listPrices } from '@pipeline/handlers/report';
import { expect, test } from 'vitest';
import { type Bill, distributedMap, load, ours, perRowSample, totalOf } from './cost.ts';

const page = readFileSync(new URL('../cost.md', import.meta.url), 'utf8');
const source = readFileSync(new URL('./cost.ts', import.meta.url), 'utf8');

const dollars = (amount: number): string =>
  amount === 0 ? '–' : amount < 0.01 ? amount.toFixed(4) : amount.toFixed(2);
const line = (name: string, bill: Bill): string =>
  `| ${[name, ...[bill.transitions, bill.calls, bill.compute, bill.requests, bill.lookUps].map(dollars), `**${dollars(totalOf(bill))}**`].join(' | ')} |`;

test.each([
  ['this pipeline, 2 chunks of 64 MiB', ours(load, 2)],
  ['this pipeline, 100 chunks of 10,000 rows', ours(load, 100)],
  ['Distributed Map with batches of 1,400 rows', distributedMap(load)],
  ['the per-row sample', perRowSample(load)],
])('docs/cost.md has what a million rows cost by %s', (name, bill) => {
  expect(page).toContain(line(name, bill));
});

test.each(['ours', 'map', 'sample'])('the formula "%s" of docs/cost.md is the compiled one', (name) => {
  const [, body] = new RegExp(`// #region ${name}\\n([\\s\\S]*?)// #endregion`).exec(source)!;
  expect(page).toContain(body!.trim());
});

test('docs/cost.md names the prices that reports are made with', () => {
  expect(page).toContain(listPrices.source);
});
