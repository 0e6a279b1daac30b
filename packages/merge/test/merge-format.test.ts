import { decompress, type OutputFormat } from '@pipeline/chunker';
import { batchKeys, type ChunkResult, readJson, writeJson } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { type MergeOptions, merge } from '../src/index.ts';
import { errorOf, locations, processed, textOf } from './helpers.ts';

const csv = 'id,name\n1,a\n2,b\n3,c\n';
const jsonLines = '{"id":"1","name":"a"}\n{"id":"2","name":"b"}\n{"id":"3","name":"c"}\n';

const unpacked = async (bytes: AsyncIterable<Uint8Array>, compression: 'gzip' | 'zstd'): Promise<string> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of decompress(bytes, { compression, object: 'output' })) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces).toString();
};

describe('the output is what the chunks were written as', () => {
  test.each<[Pick<OutputFormat, 'format' | 'compression'>, Pick<MergeOptions, 'fileName'>, string, string]>([
    [{}, {}, 'orders.csv', 'text/csv'],
    [{ format: 'jsonl' }, {}, 'orders.jsonl', 'application/x-ndjson'],
    [{ compression: 'gzip' }, {}, 'orders.csv.gz', 'application/gzip'],
    [{ format: 'jsonl', compression: 'zstd' }, {}, 'orders.jsonl.zst', 'application/zstd'],
    [{ format: 'jsonl' }, { fileName: 'done.txt' }, 'done.txt', 'application/x-ndjson'],
  ])('%j %j: its name, its type, its bytes', async (processing, options, name, contentType) => {
    const { store, manifest, run } = await processed(csv, { chunkRows: 1, processing });
    const { output, writtenAs } = await merge(manifest, { store, locations, run, ...options });
    expect(writtenAs).toEqual(processing);
    expect(output.object.key).toBe(`batches/b1/output/r1/${name}`);
    expect((await store.head(output.object)).contentType).toBe(contentType);
    const { format = 'csv', compression } = processing;
    const text =
      compression === undefined
        ? await textOf(store, output.object)
        : await unpacked(store.read(output.object), compression);
    expect(text).toBe(format === 'csv' ? csv : jsonLines);
    expect(output.rows).toBe(3);
  });

  test.each<[Partial<ChunkResult>, string]>([
    [{ format: 'jsonl' }, 'its output is jsonl, that of chunk 0 is csv'],
    [{ compression: 'gzip' }, 'its output is csv packed with gzip, that of chunk 0 is csv'],
  ])('a chunk that was written otherwise (%j) is MERGE_MISMATCH', async (other, reason) => {
    const { store, manifest, run } = await processed(csv, { chunkRows: 1 });
    const target = batchKeys('b1', locations).result(2);
    await writeJson(store, target, { ...(await readJson<ChunkResult>(store, target)), ...other });
    const error = await errorOf(merge(manifest, { store, locations, run }));
    expect([error.code, error.details.index, error.details.reason]).toEqual(['MERGE_MISMATCH', 2, reason]);
  });

  test('results that do not say it are CSV, as older ones are', async () => {
    const { store, manifest, run } = await processed(csv, { chunkRows: 1, processing: { format: 'csv' } });
    const target = batchKeys('b1', locations).result(1);
    const { format: _, ...older } = await readJson<ChunkResult>(store, target);
    await writeJson(store, target, older);
    expect((await merge(manifest, { store, locations, run })).output.object.key).toMatch(/orders\.csv$/);
  });
});
