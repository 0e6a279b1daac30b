import { type ObjectStore, PipelineDeadlineError, type PipelineEvent, readJson, writeJson } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { openManifest, readManifest, readRows, type SplitCursor, split } from '../src/index.ts';
import { chunksOf, failureOf, input, locations, runOf, see, splitText, storeWith } from './helpers.ts';

const text = 'id,name\r\n1,ann\r\n2,bob\r\n3,cy\r\n';

describe('split', () => {
  test('makes a manifest and a plan that name the exact object', async () => {
    const { store, manifest, chunks } = await splitText(text, { chunkRows: 2 });
    expect(manifest).toMatchObject({ batchId: 'batch', revision: 1, chunkCount: 2, rowCount: 3, bytes: text.length });
    const { etag } = (await store.head(input)).ref;
    expect(manifest.sources).toEqual([
      {
        object: { ...input, etag },
        sizeBytes: text.length,
        dialect: { delimiter: ',', quote: '"', newline: 'crlf' },
        bom: false,
        header: { start: 0, end: 9 },
        headerText: 'id,name\r\n',
        columns: ['id', 'name'],
        strippedColumns: 0,
        rowCount: 3,
      },
    ]);
    expect(
      chunks.map(({ index, kind, range, firstRow, rowCount }) => ({ index, kind, range, firstRow, rowCount })),
    ).toEqual([
      { index: 0, kind: 'csv-range', range: { start: 9, end: 23 }, firstRow: 1, rowCount: 2 },
      { index: 1, kind: 'csv-range', range: { start: 23, end: 29 }, firstRow: 3, rowCount: 1 },
    ]);
    expect(store.keys()).toEqual([
      'inbox/orders.csv',
      'work/batches/batch/chunks.jsonl',
      'work/batches/batch/manifest.json',
    ]);
    expect(await chunksOf(manifest), 'as often as wanted').toEqual(chunks);
  });

  test('never changes a plan that was made', async () => {
    const { store, manifest } = await splitText(text, { chunkRows: 1 });
    const again = await split(input, { store, locations, run: runOf(), chunkRows: 3 });
    expect(again.chunkCount).toBe(3);
    expect(again.createdAt).toBe(manifest.createdAt);
  });

  test('two splits that race agree on one plan', async () => {
    const store = await storeWith(text);
    const both = await Promise.all([1, 2].map(() => split(input, { store, locations, run: runOf(), chunkRows: 2 })));
    expect(await chunksOf(both[0]!)).toEqual(await chunksOf(both[1]!));
    expect(both[0]?.createdAt).toBe(both[1]?.createdAt);
  });

  test.each(['id,name', 'id,name\n', '\uFEFFid,name\r\n'])('a header only (%j) has one empty chunk', async (header) => {
    const { store, manifest, chunks } = await splitText(header);
    expect(manifest).toMatchObject({ chunkCount: 1, rowCount: 0 });
    expect(chunks[0]).toMatchObject({ rowCount: 0, firstRow: 1 });
    expect((await see(readRows(chunks[0]!, { store }))).batchRows).toEqual([]);
  });

  test('a missing object is SOURCE_NOT_FOUND, a pinned one that changed SOURCE_CHANGED', async () => {
    const store = await storeWith(text);
    const splitting = (ref: typeof input & { etag?: string }) =>
      failureOf(split(ref, { store, locations, run: runOf() }));
    expect(await splitting({ ...input, key: 'missing' })).toMatchObject({ code: 'SOURCE_NOT_FOUND' });
    expect(await splitting({ ...input, etag: '"other"' })).toMatchObject({ code: 'SOURCE_CHANGED' });
  });

  test('an overwrite between header and rows is SOURCE_CHANGED, and nothing is planned', async () => {
    const store = await storeWith(text);
    const overwritten: ObjectStore = {
      ...store,
      async *read(ref, options) {
        yield* store.read(ref, options);
        if (ref.key === input.key) await store.write(input, Buffer.from('id,name\n9,zoe\n'));
      },
    };
    expect(await failureOf(split(input, { store: overwritten, locations, run: runOf() }))).toMatchObject({
      code: 'SOURCE_CHANGED',
    });
    expect(store.keys()).toEqual(['inbox/orders.csv']);
  });

  test('an abort leaves with its reason', async () => {
    const reason = new Error('stop');
    const store = await storeWith(text);
    await expect(split(input, { store, locations, run: runOf({ signal: AbortSignal.abort(reason) }) })).rejects.toBe(
      reason,
    );
  });

  test('events tell what was planned', async () => {
    const events: PipelineEvent[] = [];
    await splitText(text, { run: runOf({ observe: (event) => void events.push(event) }) });
    expect(events).toEqual([{ type: 'split.done', batchId: 'batch', chunks: 1, rows: 3, plan: 'sequential' }]);
  });
});

describe('a resumed split', () => {
  /** Splits until the first chunk is planned, then strikes the deadline. */
  const interrupted = async (
    store: ObjectStore,
    { attempt = '1', firstBytes = 8 }: { attempt?: string; firstBytes?: number } = {},
  ): Promise<SplitCursor> => {
    const controller = new AbortController();
    const striking: ObjectStore = {
      ...store,
      async *read(ref, options) {
        if (ref.key !== input.key || (options?.range?.start ?? 0) === 0) {
          yield* store.read(ref, options);
          return;
        }
        for await (const piece of store.read(ref, options)) {
          yield piece.subarray(0, firstBytes);
          controller.abort(new PipelineDeadlineError('DEADLINE', {}));
          yield piece.subarray(firstBytes);
        }
      },
    };
    const run = runOf({ signal: controller.signal, attempt });
    const error = await failureOf(split(input, { store: striking, locations, run, chunkRows: 1 }));
    expect(error).toMatchObject({ code: 'DEADLINE', retryable: true });
    expect(error.details.cursor).toBeDefined();
    return error.details.cursor as SplitCursor;
  };

  test('goes on behind the last whole chunk', async () => {
    const store = await storeWith(text);
    const cursor = await interrupted(store);
    expect(cursor).toMatchObject({ batchId: 'batch', offset: 16, nextRow: 2, nextIndex: 1, segments: ['0000000.1'] });
    const manifest = await split(input, { store, locations, run: runOf(), chunkRows: 1, resume: cursor });
    expect(await chunksOf(manifest)).toEqual((await splitText(text, { chunkRows: 1 })).chunks);
  });

  test('is not disturbed by a late first try that was cut elsewhere', async () => {
    const store = await storeWith(text);
    const resume = await interrupted(store, { attempt: 'retry', firstBytes: 15 });
    const late = await interrupted(store, { attempt: 'zombie', firstBytes: 8 });
    expect([resume.nextIndex, late.nextIndex]).toEqual([2, 1]);
    expect(late.segments).not.toEqual(resume.segments);
    const manifest = await split(input, { store, locations, run: runOf(), chunkRows: 1, resume });
    expect(await chunksOf(manifest)).toEqual((await splitText(text, { chunkRows: 1 })).chunks);
  });

  test('can be resumed again when it broke off after joining its pieces', async () => {
    const store = await storeWith(text);
    const resume = await interrupted(store);
    const failing: ObjectStore = {
      ...store,
      write: (ref, body, options) =>
        ref.key.endsWith('manifest.json') ? Promise.reject(new Error('lost')) : store.write(ref, body, options),
    };
    await expect(split(input, { store: failing, locations, run: runOf(), chunkRows: 1, resume })).rejects.toThrow(
      'lost',
    );
    const manifest = await split(input, { store, locations, run: runOf(), chunkRows: 1, resume });
    expect(await chunksOf(manifest)).toEqual((await splitText(text, { chunkRows: 1 })).chunks);
    expect(store.keys().filter((key) => key.includes('/plan/'))).toEqual([]);
  });

  test('starts over when the cursor is of another object or batch', async () => {
    const store = await storeWith(text);
    const resume = await interrupted(store);
    for (const other of [
      { ...resume, etag: '"other"' },
      { ...resume, batchId: 'other' },
    ]) {
      const fresh = await storeWith(text);
      const manifest = await split(input, { store: fresh, locations, run: runOf(), chunkRows: 1, resume: other });
      expect(await chunksOf(manifest)).toHaveLength(3);
    }
  });

  test('without progress there is no cursor to go on from', async () => {
    const store = await storeWith(text);
    const signal = AbortSignal.abort(new PipelineDeadlineError('DEADLINE', {}));
    const error = await failureOf(split(input, { store, locations, run: runOf({ signal }) }));
    expect(error.code).toBe('DEADLINE');
    expect(error.details.cursor).toBeUndefined();
  });
});

describe('openManifest', () => {
  test('ignores what it does not know and refuses another major version', async () => {
    const { store, manifest } = await splitText(text);
    const file = await readJson<Record<string, unknown>>(store, manifest.object);
    await writeJson(store, manifest.object, { ...file, formatVersion: '1.7', future: { a: 1 } });
    expect(await chunksOf(await openManifest(store, manifest.object, runOf()))).toHaveLength(1);
    await writeJson(store, manifest.object, { ...file, formatVersion: '2.0' });
    expect(await failureOf(openManifest(store, manifest.object, runOf()))).toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('readManifest answers nothing where there is none', async () => {
    const { store, manifest } = await splitText(text);
    expect(await readManifest(store, { ...manifest.object, key: 'missing' }, runOf())).toBeUndefined();
  });
});

describe('readRows', () => {
  test('refuses a plan that does not fit the object', async () => {
    const { store, chunks } = await splitText(text);
    const [chunk] = chunks;
    const reading = (changed: object) => failureOf(see(readRows({ ...chunk!, ...changed }, { store })));
    expect(await reading({ rowCount: 2 })).toMatchObject({ code: 'CHUNK_MISMATCH', details: { index: 0 } });
    expect(await reading({ kind: 'parquet' })).toMatchObject({ code: 'CHUNK_MISMATCH' });
    await store.write(input, Buffer.from(text.toUpperCase()));
    expect(await reading({})).toMatchObject({ code: 'SOURCE_CHANGED' });
  });

  test('reads nothing before the first pull and closes its source on an early exit', async () => {
    const { store, chunks } = await splitText(text);
    let open = 0;
    let opened = 0;
    const watched: ObjectStore = {
      ...store,
      async *read(ref, options) {
        open++;
        opened++;
        try {
          yield* store.read(ref, options);
        } finally {
          open--;
        }
      },
    };
    const rows = readRows(chunks[0]!, { store: watched, batchRows: 1 });
    expect(opened).toBe(0);
    for await (const _ of rows) break;
    expect([opened, open]).toEqual([1, 0]);
  });
});
