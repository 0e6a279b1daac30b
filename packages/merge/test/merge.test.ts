import { openManifest, processChunk } from '@pipeline/chunker';
import {
  batchKeys,
  type ChunkResult,
  type CsvRecord,
  createRunContext,
  type ManifestFile,
  mapRows,
  type ObjectStore,
  passThrough,
  readJson,
  writeJson,
} from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { merge, type ReportFile, readReport } from '../src/index.ts';
import { at, crcOf, errorOf, locations, processed, rejecting, textOf } from './helpers.ts';

const keys = batchKeys('b1', locations);
const rows = (count: number): string => Array.from({ length: count }, (_, row) => `${row},name ${row}\n`).join('');

/** More than a listing has on ten pages, and than an upload takes parts: half a minute. */
const chunkCounts = process.env.TEST_LONG === '1' ? [1, 2, 11, 1001, 10_001] : [1, 2, 11, 1001];

describe('merge', () => {
  test.each(chunkCounts)(
    'of %i chunks is the input, in order, with one header',
    async (count) => {
      const source = `id,name\n${rows(count)}`;
      const { store, manifest, run } = await processed(source, { chunkRows: 1 });
      expect(manifest.chunkCount).toBe(count);
      const report = await merge(manifest, { store, locations, run });
      expect(await textOf(store, report.output.object)).toBe(source);
      expect(report).toMatchObject({ rowsRead: count, rowsWritten: count, rowsRejected: 0, chunkCount: count });
      expect(report.rejects).toBeUndefined();
      expect(store.openUploads()).toBe(0);
    },
    120_000,
  );

  test('tells how long each stage took, and no clock that is ahead makes it less than nothing', async () => {
    const { store, manifest, run } = await processed('id\n1\n2\n3\n', { chunkRows: 1 });
    const result = await readJson<ChunkResult>(store, keys.result(1));
    const startedAt = Date.parse(manifest.createdAt) + 1_000;
    await writeJson(store, keys.result(1), {
      ...result,
      startedAt: new Date(startedAt).toISOString(),
      durationMs: 5_000,
    });
    const report = await merge(manifest, { store, locations, run, startedAt: startedAt - 3_000 });
    expect(report.stageMs).toMatchObject({ split: 2_000, resolve: 0 });
    expect(report.stageMs!.process).toBeGreaterThanOrEqual(5_000);
    expect(report.stageMs!.merge).toBeGreaterThanOrEqual(0);
  });

  test.each<[string, string]>([
    ['a byte order mark', '\uFEFFid,name\n1,a\n2,b\n3,c\n'],
    ['no final newline', 'id,name\n1,a\n2,b\n3,c'],
    ['CRLF', 'id,name\r\n1,a\r\n2,b\r\n3,c\r\n'],
    ['CRLF and no final newline', 'id,name\r\n1,a\r\n2,b\r\n3,c'],
    ['newlines in fields', 'id,name\n1,"a\nb"\n2,"c\r\nd"\n3,"""e"""\n'],
    ['only a header', 'id,name\n'],
    ['only a header without newline', 'id,name'],
    ['only a header behind a byte order mark', '\uFEFFid,name\r\n'],
    ['one row without newline', 'id,name\n1,a'],
  ])('gives back a file with %s byte for byte', async (_, source) => {
    const { store, manifest, run } = await processed(source, { chunkRows: 1 });
    const { output } = await merge(manifest, { store, locations, run });
    expect(await textOf(store, output.object)).toBe(source);
    expect(output).toMatchObject({ bytes: Buffer.byteLength(source), crc32: crcOf(Buffer.from(source)) });
  });

  test('of split is the identity, whatever the fields and the size of chunks', async () => {
    const field = fc.oneof(
      fc.constantFrom('', '"', ',', '\n', '\r\n', ' ', '007', '1.10', '=1+1', 'ü€😀'),
      fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
    );
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(field, field), { maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        async (fields, chunkRows, final) => {
          const records = fields.map((record) => record.map(quoted).join(','));
          const source = ['a,b', ...records].join('\n') + (final ? '\n' : '');
          const { store, manifest, run } = await processed(source, { chunkRows });
          const { output } = await merge(manifest, { store, locations, run });
          expect(await textOf(store, output.object)).toBe(source);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('every row rejected: output has the header, rejects have every row', async () => {
    const { store, manifest, run } = await processed('id,name\n1,bad\n2,bad\n3,bad\n', { stage: rejecting('bad') });
    const report = await merge(manifest, { store, locations, run });
    expect(await textOf(store, report.output.object)).toBe('id,name\n');
    expect(report).toMatchObject({ rowsRead: 3, rowsWritten: 0, rowsRejected: 3, rejects: { rows: 3 } });
  });

  test('added columns stand in the header once', async () => {
    const stage = mapRows({ columns: ['total'], map: (row: CsvRecord) => ({ total: Number(row.id) * 2 }) });
    const { store, manifest, run } = await processed('id\n1\n2\n3\n', { stage, chunkRows: 1 });
    const report = await merge(manifest, { store, locations, run });
    expect(await textOf(store, report.output.object)).toBe('id,total\n1,2\n2,4\n3,6\n');
    expect(report.columns).toEqual(['id', 'total']);
  });

  test('output, rejects and report go to the places of their roles, under the given name', async () => {
    const { store, manifest, run } = await processed('id\nbad\n', { stage: rejecting('bad') });
    const places = {
      ...locations,
      output: { bucket: 'out', prefix: '' },
      rejects: { bucket: 'private', prefix: 'tenant/' },
    };
    const report = await merge(manifest, { store, locations: places, run, fileName: 'done.csv' });
    expect([report.output, report.rejects!].map(({ object }) => `${object.bucket}/${object.key}`)).toEqual([
      'out/b1/output/r1/done.csv',
      'private/tenant/b1/output/r1/rejects.csv',
    ]);
    expect(`${report.report.bucket}/${report.report.key}`).toBe('out/b1/output/r1/report.json');
  });

  describe('report.json', () => {
    test('says what was read, written and rejected, when, and what each chunk did', async () => {
      const { store, manifest } = await processed(`id,name\n${rows(4)}5,bad\n`, { stage: rejecting('bad') });
      await writeJson(store, keys.resolved, { issues: { 'RULE_CUSTOM|word|name': 1 } });
      const run = createRunContext({ clock: { now: () => Date.parse('2026-11-02T10:00:05.250Z') } });
      const report = await merge(manifest, { store, locations, run, startedAt: Date.parse('2026-11-02T10:00:00Z') });
      const file = await readJson<ReportFile>(store, keys.report(1));
      const { chunks, ...rest } = file;
      expect(rest).toEqual(report);
      expect(report).toMatchObject({
        formatVersion: '1.0',
        batchId: 'b1',
        revision: 1,
        source: { bucket: 'work', key: 'input/orders.csv', etag: expect.any(String) },
        sourceBytes: 8 + Buffer.byteLength(rows(4)) + 6,
        rowsRead: 5,
        rowsWritten: 4,
        rowsRejected: 1,
        chunkCount: 3,
        resolved: { issues: { 'RULE_CUSTOM|word|name': 1 } },
        startedAt: '2026-11-02T10:00:00.000Z',
        finishedAt: '2026-11-02T10:00:05.250Z',
        durationMs: 5250,
      });
      expect(chunks.map(({ index, rowsRead, rowsRejected }) => [index, rowsRead, rowsRejected])).toEqual([
        [0, 2, 0],
        [1, 2, 0],
        [2, 1, 1],
      ]);
      for (const [index, chunk] of chunks.entries())
        expect(chunk).toEqual(await readJson<ChunkResult>(store, keys.result(index)));
    });

    test('readReport reads a large one only as far as its chunks', async () => {
      const { store, manifest, run } = await processed(`id,name\n${rows(600)}`, { chunkRows: 1 });
      const report = await merge(manifest, { store, locations, run });
      let bytesRead = 0;
      const counting: ObjectStore = {
        ...store,
        async *read(ref, options) {
          for await (const bytes of store.read(ref, options)) {
            for (let from = 0; from < bytes.length; from += 100) {
              const piece = bytes.subarray(from, from + 100);
              bytesRead += piece.length;
              yield piece;
            }
          }
        },
      };
      expect(await readReport(counting, report, run)).toEqual(report);
      expect(bytesRead).toBeLessThan(3000);
      expect((await store.head(report.report)).sizeBytes).toBeGreaterThan(200_000);
    });

    test('readReport reads one that somebody formatted anew', async () => {
      const { store, manifest, run } = await processed(`id,name\n${rows(3)}`);
      const report = await merge(manifest, { store, locations, run });
      await writeJson(store, at('copy.json'), await readJson(store, keys.report(1)));
      expect(await readReport(store, { report: at('copy.json') }, run)).toEqual(report);
    });
  });

  describe('limits of rejects', () => {
    const source = 'id\n1\nbad\n2\nbad\n';
    const merging = async (limits: { maxRejects?: number; maxRejectRatio?: number }) => {
      const { store, manifest, run } = await processed(source, { stage: rejecting('bad') });
      return { store, merged: merge(manifest, { store, locations, run, ...limits }) };
    };

    test.each([{}, { maxRejects: 2 }, { maxRejectRatio: 0.5 }, { maxRejects: 2, maxRejectRatio: 1 }])(
      '%j lets 2 of 4 pass',
      async (limits) => {
        expect((await (await merging(limits)).merged).rowsRejected).toBe(2);
      },
    );

    test.each([{ maxRejects: 1 }, { maxRejects: 0 }, { maxRejectRatio: 0.49 }, { maxRejectRatio: 0 }])(
      '%j fails the batch and publishes nothing',
      async (limits) => {
        const { store, merged } = await merging(limits);
        const error = await errorOf(merged);
        expect([error.name, error.code]).toEqual(['PipelineRejectLimitError', 'REJECT_LIMIT']);
        expect(error.message).toMatch(/^REJECT_LIMIT: 2 of 4 rows were rejected/);
        expect(store.keys().filter((key) => key.includes('/output/'))).toEqual([]);
      },
    );

    test('a file without rows has no share of rejects', async () => {
      const { store, manifest, run } = await processed('id\n');
      expect((await merge(manifest, { store, locations, run, maxRejectRatio: 0, maxRejects: 0 })).rowsRead).toBe(0);
    });
  });

  describe('again', () => {
    test('three times gives one output, one report and the same answer', async () => {
      const { store, manifest, run } = await processed('id\n1\nbad\n2\n', { stage: rejecting('bad') });
      const first = await merge(manifest, { store, locations, run });
      const before = store.keys();
      const later = createRunContext({ clock: { now: () => Date.now() + 60_000 } });
      expect(await merge(manifest, { store, locations, run: later })).toEqual(first);
      expect(await merge(manifest, { store, locations, run: later, maxRejects: 0 })).toEqual(first);
      expect(store.keys()).toEqual(before);
      expect(await textOf(store, first.output.object)).toBe('id\n1\n2\n');
    });

    test('two at once answer the same report', async () => {
      const { store, manifest } = await processed('id\n1\nbad\n2\n', { stage: rejecting('bad') });
      const times = [1000, 2000].map((ms) => createRunContext({ clock: { now: () => ms } }));
      const [a, b] = await Promise.all(times.map((run) => merge(manifest, { store, locations, run })));
      expect(a).toEqual(b);
    });

    test.each(['output', 'rejects', 'report'] as const)('goes on after a try that broke at the %s', async (where) => {
      const { store, manifest, run } = await processed('id\n1\nbad\n2\n', { stage: rejecting('bad') });
      const target = { output: keys.output(1, 'orders.csv'), rejects: keys.rejects(1), report: keys.report(1) }[where];
      const breaking: ObjectStore = {
        ...store,
        write: async (ref, body, options) => {
          const written = await store.write(ref, body, options);
          if (ref.key === target.key) throw new Error('answer lost');
          return written;
        },
      };
      await expect(merge(manifest, { store: breaking, locations, run })).rejects.toThrow('answer lost');
      const report = await merge(manifest, { store, locations, run });
      expect(await textOf(store, report.output.object)).toBe('id\n1\n2\n');
      expect(report.rowsRejected).toBe(1);
    });
  });

  describe('what does not add up is never published', () => {
    const spoil = async (change: (results: ChunkResult[]) => ChunkResult[]) => {
      const batch = await processed(`id\n1\n2\n3\n4\n5\n6\n`);
      const results = await Promise.all([0, 1, 2].map((i) => readJson<ChunkResult>(batch.store, keys.result(i))));
      for (const [index, result] of change(results).entries()) await writeJson(batch.store, keys.result(index), result);
      const error = await errorOf(merge(batch.manifest, { ...batch, locations }));
      expect(batch.store.keys().filter((key) => key.includes('/output/'))).toEqual([]);
      expect(batch.store.openUploads()).toBe(0);
      return error;
    };

    test('the output of one chunk twice', async () => {
      const error = await spoil(([a, b, c]) => [a!, b!, { ...c!, output: b!.output }]);
      expect([error.code, error.details.index]).toEqual(['MERGE_MISMATCH', 2]);
    });

    test('a chunk whose columns are others', async () => {
      const error = await spoil(([a, b, c]) => [a!, { ...b!, columns: ['id', 'more'] }, c!]);
      expect([error.code, error.details.index]).toEqual(['MERGE_MISMATCH', 1]);
    });

    test('bytes that nobody read', async () => {
      const error = await spoil(([a, b, c]) => [a!, b!, { ...c!, bytesRead: 3 }]);
      expect(error.message).toMatch(/^MERGE_MISMATCH: the batch: 11 bytes were read, the source has 12 behind/);
    });

    test('a plan that was cut short', async () => {
      const { store, manifest, run } = await processed('id\n1\n2\n3\n4\n');
      const [first] = (await textOf(store, keys.chunks)).split('\n');
      const plan = (await store.write(keys.chunks, Buffer.from(`${first}\n`)))!;
      const file = await readJson<ManifestFile>(store, keys.manifest);
      await writeJson(store, keys.manifest, { ...file, chunks: plan });
      expect(manifest.chunkCount).toBe(2);
      const error = await errorOf(merge(await openManifest(store, keys.manifest, run), { store, locations, run }));
      expect(error.message).toMatch(/^MERGE_MISMATCH: the batch: 1 chunks have results, the plan has 2/);
    });

    test('a processed chunk that was overwritten is named', async () => {
      const { store, manifest, run } = await processed('id\n1\n2\n3\n4\n');
      await store.write(keys.processed(1, 'a1'), Buffer.from('3\n5\n'));
      const error = await errorOf(merge(manifest, { store, locations, run }));
      expect([error.code, error.details.index]).toEqual(['MERGE_MISMATCH', 1]);
    });

    test('rejects that were overwritten or lost are named', async () => {
      for (const lose of [true, false]) {
        const { store, manifest, run } = await processed('id\nbad\n', { stage: rejecting('bad') });
        const part = keys.rejectsPart(0, 'a1');
        if (lose) await store.deleteMany([part]);
        else await store.write(part, Buffer.from(''));
        const error = await errorOf(merge(manifest, { store, locations, run }));
        expect(error.code).toBe('MERGE_MISMATCH');
        expect(error.message).toContain(part.key);
      }
    });
  });

  test('two attempts of a chunk are never mixed: only what was committed counts', async () => {
    const store = memoryStore();
    const { manifest } = await processed('id\n1\n2\n3\n4\n', { store });
    const late = createRunContext({ batchId: 'b1', attempt: 'zombie' });
    const other = mapRows({ columns: ['id'], map: () => ({ id: 'zombie' }) });
    for await (const chunk of manifest.chunks) await processChunk(chunk, other, { store, locations, run: late });
    await store.write(keys.processed(1, 'zombie'), Buffer.from('zombie\n'));
    const report = await merge(manifest, { store, locations, run: late });
    expect(await textOf(store, report.output.object)).toBe('id\n1\n2\n3\n4\n');
  });

  test('nothing of a row is observed', async () => {
    const seen: unknown[] = [];
    const run = createRunContext({ batchId: 'b1', attempt: 'a1', observe: (event) => seen.push(event) });
    const { store, manifest } = await processed('id\ncanary-1\ncanary-2\n', { stage: passThrough<CsvRecord>() });
    await merge(manifest, { store, locations, run });
    expect(seen).toHaveLength(1);
    expect(JSON.stringify(seen)).not.toContain('canary');
  });
});
