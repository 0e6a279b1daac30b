/**
 * Load time, memory and look-ups a second of reference files with 5,000,000 keys and three columns, generated while they are
 * read; each format in a process of its own.
 *
 *     node --conditions=@pipeline/source packages/enrich/bench/reference.bench.ts [csv|jsonl] [keys]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createRunContext, type ObjectStore } from '@pipeline/core';
import { csvLookup, jsonLinesLookup } from '@pipeline/enrich';

const [format, given] = process.argv.slice(2);
const keyCount = Number(given ?? 5_000_000);

const keyOf = (index: number): string => `customer-${String(index).padStart(8, '0')}`;

const lineOf = {
  csv: (index: number): string => `${keyOf(index)},tier-${index % 5},EUR,${index % 1000}\n`,
  jsonl: (index: number): string =>
    `${JSON.stringify({ id: keyOf(index), tier: `tier-${index % 5}`, currency: 'EUR', discount: String(index % 1000) })}\n`,
};

/** A store with one object, which is made while it is read. */
const generated = (line: (index: number) => string, head: string): ObjectStore => {
  const lines = function* (): Generator<Buffer> {
    yield Buffer.from(head);
    for (let index = 0; index < keyCount; index += 1_000)
      yield Buffer.from(Array.from({ length: Math.min(1_000, keyCount - index) }, (_, i) => line(index + i)).join(''));
  };
  let sizeBytes = 0;
  for (const piece of lines()) sizeBytes += piece.length;
  const ref = { bucket: 'reference', key: 'customers', etag: '1' };
  return {
    head: async () => ({ ref, sizeBytes, metadata: {} }),
    async *read(_: unknown, { range }: { range?: { start: number; end: number } } = {}) {
      const { start, end } = range ?? { start: 0, end: sizeBytes };
      let at = 0;
      for (const piece of lines()) {
        if (at >= end) return;
        const [from, to] = [Math.max(0, start - at), Math.min(piece.length, end - at)];
        if (from < to) yield piece.subarray(from, to);
        at += piece.length;
      }
    },
  } as Partial<ObjectStore> as ObjectStore;
};

const measure = async (name: 'csv' | 'jsonl'): Promise<void> => {
  const run = createRunContext();
  const source = { bucket: 'reference', key: 'customers' };
  const store = generated(lineOf[name], name === 'csv' ? 'id,tier,currency,discount\n' : '');
  const lookup =
    name === 'csv'
      ? csvLookup({ name, store, source, keyColumn: 'id', maxBytes: 2 ** 30 })
      : jsonLinesLookup({
          name,
          store,
          source,
          keyField: 'id',
          fields: ['tier', 'currency', 'discount'],
          maxBytes: 2 ** 30,
        });
  const start = performance.now();
  const first = await lookup.loadMany([keyOf(0), keyOf(keyCount - 1), 'none'], run);
  const loadMs = performance.now() - start;
  if (first.size !== 2) throw new Error(`${first.size} of 2 keys were found`);
  const asked = 500_000;
  let found = 0;
  const began = performance.now();
  for (let index = 0; index < asked; index += 1_000) {
    const keys = Array.from({ length: 1_000 }, (_, i) => keyOf(((index + i) * 7_919) % keyCount));
    found += (await lookup.loadMany(keys, run)).size;
  }
  if (found !== asked) throw new Error(`${found} of ${asked} keys were found`);
  const perSecond = asked / ((performance.now() - began) / 1000);
  console.log(
    `${name.padEnd(6)} ${keyCount.toLocaleString('en-US')} keys: loaded in ${(loadMs / 1000).toFixed(1)} s, ` +
      `${(perSecond / 1e6).toFixed(2)} M look-ups/s, peak ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB of process memory`,
  );
};

if (format === 'csv' || format === 'jsonl') await measure(format);
else
  for (const name of ['csv', 'jsonl'])
    spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), name, String(keyCount)], {
      stdio: 'inherit',
    });
