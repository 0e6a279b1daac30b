/**
 * Uniqueness over 5,000,000 keys: time and memory of gathering them in workers and of comparing them at the barrier, with
 * budgets of 256, 64 and 16 MiB, beside a plain Set of the same keys. Keys lie in files, as they lie in S3 otherwise; each way
 * runs in a process of its own, and memory is that above the process at its start.
 *
 *     node --conditions=@pipeline/source packages/local/bench/unique.bench.ts [keys]
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  batchKeys,
  type ChunkManifest,
  type ChunkRef,
  type ChunkResult,
  createRowBatch,
  createRunContext,
  formatVersion,
  type ObjectStore,
  type RawRecords,
  type UniqueKeys,
  writeJson,
} from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { resolve } from '@pipeline/merge';
import { uniqueRows } from '@pipeline/validate';

const here = fileURLToPath(import.meta.url);
const chunkRows = 100_000;
const locations = { work: { bucket: 'work', prefix: 'batches/' } };
const rule = uniqueRows({ columns: ['id'] });
const keyOf = (row: number): string => `customer-${String((row * 7_919) % 100_000_007).padStart(9, '0')}`;

const chunksOf = (keys: number): number => Math.ceil(keys / chunkRows);
const rowsOf = (keys: number, chunk: number): number => Math.min(chunkRows, keys - chunk * chunkRows);
const fileOf = (folder: string, chunk: number): string => path.join(folder, `${chunk}.keys`);
const chunkAt = (index: number): ChunkRef =>
  ({ batchId: 'b', index, firstRow: index * chunkRows + 1, rowCount: chunkRows }) as ChunkRef;

/** One worker's part. */
const gather = (folder: string, keys: number): void => {
  for (let index = 0; index < chunksOf(keys); index++) {
    const chunk = chunkAt(index);
    const of = rule.start(chunk);
    const count = rowsOf(keys, index);
    for (let from = 0; from < count; from += 1_000) {
      const length = Math.min(1_000, count - from);
      const records = {
        length,
        columns: ['id'],
        rowNumber: (position: number) => chunk.firstRow + from + position,
        field: (position: number) => keyOf(chunk.firstRow + from + position),
      } as Partial<RawRecords> as RawRecords;
      of.add(
        createRowBatch(
          records,
          Array.from({ length }, (_, i) => i),
        ),
      );
    }
    of.finish();
    writeFileSync(fileOf(folder, index), Buffer.concat([...of.object!()!]));
  }
};

/** Small objects in memory, keys in their files. */
const storeOver = (folder: string): ObjectStore => {
  const store = memoryStore();
  return {
    ...store,
    async *read(ref, options) {
      const [, chunk] = /^keys\/(\d+)$/.exec(ref.key) ?? [];
      if (chunk === undefined) yield* store.read(ref, options);
      else {
        const { start = 0, end = statSync(fileOf(folder, Number(chunk))).size } = options?.range ?? {};
        const bytes = Buffer.alloc(end - start);
        const file = openSync(fileOf(folder, Number(chunk)), 'r');
        readSync(file, bytes, 0, bytes.length, start);
        closeSync(file);
        yield bytes;
      }
    },
  };
};

const compare = async (folder: string, keys: number, budgetMb: number): Promise<void> => {
  const store = storeOver(folder);
  const run = createRunContext({ batchId: 'b' });
  const work = batchKeys('b', locations);
  for (let index = 0; index < chunksOf(keys); index++) {
    const rows = rowsOf(keys, index);
    const part = { bytes: 0, crc32: '00000000', rows };
    const unique: UniqueKeys = { means: rule.means, keys: rows, skipped: 0 };
    const result = {
      ...{ formatVersion, batchId: 'b', index, attempt: 'a', columns: ['id'], rowsRead: rows, rowsWritten: rows },
      ...{ rowsRejected: 0, bytesRead: 0, output: { object: { bucket: 'work', key: `out/${index}` }, ...part } },
      sidecars: { issues: {}, [rule.name]: unique },
      sidecarObjects: {
        [rule.name]: { object: { bucket: 'work', key: `keys/${index}` }, bytes: 0, crc32: '00000000' },
      },
    } as unknown as ChunkResult;
    await writeJson(store, work.result(index), result);
  }
  const manifest = {
    ...{ formatVersion, batchId: 'b', revision: 1, sources: [], chunkCount: chunksOf(keys) },
    chunks: {
      async *[Symbol.asyncIterator]() {
        for (let index = 0; index < chunksOf(keys); index++) yield { ...chunkAt(index), rowCount: rowsOf(keys, index) };
      },
    },
  } as unknown as ChunkManifest;
  const resolution = await resolve(manifest, {
    ...{ store, locations, run, unique: [rule], uniqueMemoryBytes: budgetMb * 1024 * 1024 },
  });
  const told = 'resolved' in resolution ? (resolution.resolved.unique as Record<string, { keys: number }>) : {};
  if (told[rule.name]?.keys !== keys) throw new Error(`${told[rule.name]?.keys} of ${keys} keys were compared`);
};

const plainSet = (keys: number): void => {
  const seen = new Set<string>();
  for (let row = 1; row <= keys; row++) seen.add(keyOf(row));
  if (seen.size !== keys) throw new Error(`${seen.size} of ${keys} keys differ`);
};

const ways: readonly (readonly [name: string, work: (folder: string, keys: number) => unknown])[] = [
  ['plain Set', (_, keys) => plainSet(keys)],
  ['gathering in the workers', gather],
  ['comparing, 256 MiB', (folder, keys) => compare(folder, keys, 256)],
  ['comparing, 64 MiB', (folder, keys) => compare(folder, keys, 64)],
  ['comparing, 16 MiB', (folder, keys) => compare(folder, keys, 16)],
];

const [given = '5000000', way, place = ''] = process.argv.slice(2);
const keys = Number(given);
if (way !== undefined) {
  const [name, work] = ways[Number(way)]!;
  const before = process.memoryUsage.rss();
  const began = performance.now();
  await work(place, keys);
  const seconds = (performance.now() - began) / 1000;
  const mib = (process.resourceUsage().maxRSS * 1024 - before) / 1024 / 1024;
  console.log(
    `${name.padEnd(26)} ${seconds.toFixed(1).padStart(5)} s ${mib.toFixed(0).padStart(5)} MiB above the process at its start`,
  );
} else {
  const folder = mkdtempSync(path.join(tmpdir(), 'unique-bench-'));
  try {
    console.log(
      `${keys.toLocaleString('en-US')} keys, all different, in chunks of ${chunkRows.toLocaleString('en-US')} rows`,
    );
    for (const index of ways.keys())
      spawnSync(process.execPath, [...process.execArgv, here, given, String(index), folder], { stdio: 'inherit' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
