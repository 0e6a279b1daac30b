import { type ManifestFile, type ObjectStore, PipelineDeadlineError, readJson } from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type BatchSettings,
  createScanHandler,
  createSplitHandler,
  oneBucket,
  type SplitInput,
  type SplitOutput,
} from '../src/index.ts';
import { at, codeOf, context, keptLog, quiet, textOf } from './helpers.ts';

const locations = oneBucket('orders');
const source = at('input/orders.csv');
const rows = 4000;
const csv = `id,name\n${Array.from({ length: rows }, (_, row) => `${row},name ${row}\n`).join('')}`;

let store: MemoryStore;
beforeEach(async () => {
  store = memoryStore();
  await store.write(source, Buffer.from(csv));
});

const input = (more: Partial<SplitInput> = {}): SplitInput => ({
  batchId: 'b1',
  source,
  settings: { chunkRows: 100 },
  ...more,
});

describe('split', () => {
  test('answers pointers and counts', async () => {
    const handler = createSplitHandler({ store, locations, log: quiet });
    const output = await handler(input(), context());
    expect(output).toEqual({
      done: true,
      cursor: null,
      scan: null,
      planNumber: 1,
      manifest: expect.objectContaining(at('batches/b1/manifest.json')),
      chunks: expect.objectContaining(at('batches/b1/chunks.jsonl')),
      chunkCount: 40,
      rowCount: rows,
      emptyChunk: null,
    });
  });

  test('a file without rows gives its only chunk', async () => {
    await store.write(source, Buffer.from('id,name\n'));
    const output = await createSplitHandler({ store, locations, log: quiet })(input(), context());
    expect(output).toMatchObject({ done: true, rowCount: 0, chunkCount: 1, emptyChunk: { index: 0, rowCount: 0 } });
  });

  test('takes delimiter and sizes from the settings, checks of the header from its options', async () => {
    await store.write(source, Buffer.from('id;name\n1;a\n2;b\n'));
    const handler = createSplitHandler({ store, locations, log: quiet, columns: { required: ['id', 'name'] } });
    expect(await handler(input({ settings: { delimiter: ';', chunkRows: 1 } }), context())).toMatchObject({
      chunkCount: 2,
    });
    expect(await codeOf(handler(input({ batchId: 'b2' }), context()))).toBe('CSV_BAD_HEADER');
  });

  test('a file of no bytes is SOURCE_EMPTY', async () => {
    await store.write(source, new Uint8Array());
    expect(await codeOf(createSplitHandler({ store, locations, log: quiet })(input(), context()))).toBe('SOURCE_EMPTY');
  });

  describe('when time runs short', () => {
    /** Aborts the run after some bytes, as the deadline would, whatever the machine's speed. */
    const interrupted = async (afterPieces: number, cursor?: SplitInput['cursor']): Promise<SplitOutput> => {
      const controller = new AbortController();
      const slow: ObjectStore = {
        ...store,
        async *read(ref, options) {
          let pieces = 0;
          for await (const bytes of store.read(ref, options)) {
            for (let from = 0; from < bytes.length; from += 4096) {
              if (ref.key === source.key && (options?.range?.start ?? 0) > 0 && ++pieces > afterPieces) {
                controller.abort(new PipelineDeadlineError('DEADLINE', {}));
                options?.signal?.throwIfAborted();
              }
              yield bytes.subarray(from, from + 4096);
            }
          }
        },
      };
      const handler = createSplitHandler({ store: slow, locations, log: quiet, run: { signal: controller.signal } });
      return handler(input(cursor === undefined ? {} : { cursor }), context());
    };

    test('answers where to go on, and goes on to the same plan', async () => {
      const whole = memoryStore();
      await whole.write(source, Buffer.from(csv));
      await createSplitHandler({ store: whole, locations, log: quiet })(input(), context());
      const expected = await textOf(whole, at('batches/b1/chunks.jsonl'));

      const calls: SplitOutput[] = [];
      for (let call = 0; call < 30; call++) {
        const output = await interrupted(5, calls.at(-1)?.cursor);
        calls.push(output);
        if (output.done) break;
        expect(output).toEqual({
          done: false,
          cursor: expect.objectContaining({ batchId: 'b1', offset: expect.any(Number) }),
          scan: null,
          planNumber: 1,
          manifest: null,
          chunks: null,
          chunkCount: output.cursor!.nextIndex,
          rowCount: output.cursor!.nextRow - 1,
          emptyChunk: null,
        });
        // The cursor passes through JSON on its way through the state machine.
        expect(JSON.parse(JSON.stringify(output))).toEqual(output);
      }
      expect(calls.length).toBeGreaterThan(2);
      expect(calls.at(-1)).toMatchObject({ done: true, rowCount: rows, chunkCount: 40 });
      expect(await textOf(store, at('batches/b1/chunks.jsonl'))).toBe(expected);
    });

    test('without any progress it is a deadline, which is tried again', async () => {
      await expect(interrupted(0)).rejects.toMatchObject({ name: 'PipelineDeadlineError', code: 'DEADLINE' });
    });

    test("Lambda's own time counts, less the reserve", async () => {
      const hanging: ObjectStore = {
        ...store,
        async *read(_, options) {
          await new Promise((_, reject) => {
            options?.signal?.addEventListener('abort', () => reject(options.signal!.reason));
          });
          yield new Uint8Array();
        },
      };
      const handler = createSplitHandler({ store: hanging, locations, log: quiet, reserveMs: 1000 });
      expect(await codeOf(handler(input(), context(1030)))).toBe('DEADLINE');
    });
  });

  test('again gives the plan that is there, and observes nothing of a row', async () => {
    await store.write(source, Buffer.from('id,name\ncanary,canary\n'));
    const { log, text } = keptLog();
    const handler = createSplitHandler({ store, locations, log });
    const first = await handler(input(), context());
    expect(await handler(input({ settings: { chunkRows: 1 } }), context())).toEqual(first);
    expect(text()).not.toContain('canary');
  });

  test('takes everything that a batch may say of its upload from the settings', async () => {
    await store.write(source, Buffer.from("# made by hand\nid;'a note'\n1;'x\\'y'\n#2;z\n3\n", 'latin1'));
    const settings: BatchSettings = {
      delimiter: ';',
      quote: "'",
      escape: '\\',
      comment: '#',
      encoding: 'windows-1252',
      skipLines: 1,
      header: ['id', 'note'],
      text: { nul: 'keep' },
      records: { ragged: 'pad' },
      chunkCount: 2,
    };
    const { manifest } = await createSplitHandler({ store, locations, log: quiet })(input({ settings }), context());
    const { sources } = await readJson<ManifestFile>(store, manifest!);
    expect(sources[0]).toMatchObject({
      dialect: { delimiter: ';', quote: "'", escape: '\\', comment: '#', newline: 'lf' },
      encoding: 'windows-1252',
      skippedLines: 1,
      headerText: '',
      columns: ['id', 'note'],
      text: { nul: 'keep' },
      records: { ragged: 'pad' },
      rowCount: 3,
    });
  });

  test('takes a delimiter of several characters, which the manifest says that csv-parse reads', async () => {
    await store.write(source, Buffer.from('id::name\n1::a\n'));
    const { manifest } = await createSplitHandler({ store, locations, log: quiet })(
      input({ settings: { delimiter: '::' }, planNumber: 1 }),
      context(),
    );
    const { sources } = await readJson<ManifestFile>(store, manifest!);
    expect(sources[0]).toMatchObject({ columns: ['id', 'name'], reader: 'csv-parse', rowCount: 1 });
  });

  test('detects what is not said, if asked to, and says what it found', async () => {
    await store.write(source, Buffer.from(csv.replaceAll(',', '\t')));
    const { manifest } = await createSplitHandler({ store, locations, log: quiet })(
      input({ settings: { detect: true } }),
      context(),
    );
    const { sources } = await readJson<ManifestFile>(store, manifest!);
    expect(sources[0]).toMatchObject({ dialect: { delimiter: '\t' }, detected: { delimiter: '\t', header: true } });
  });

  test('settings of a batch go before what every split keeps to', async () => {
    const handler = createSplitHandler({
      store,
      locations,
      log: quiet,
      text: { nul: 'keep' },
      records: { empty: 'pad' },
    });
    const { manifest } = await handler(input({ settings: { text: { nul: 'replace' } } }), context());
    const { sources } = await readJson<ManifestFile>(store, manifest!);
    expect(sources[0]).toMatchObject({ text: { nul: 'replace' }, records: { empty: 'pad' } });
  });

  describe('a sampled plan', () => {
    const settings: BatchSettings = { plan: 'sampled', chunkBytes: 4000 };

    test('does not count rows', async () => {
      const handler = createSplitHandler({ store, locations, log: quiet });
      const output = await handler(input({ settings, planNumber: 1 }), context());
      expect(output).toMatchObject({ done: true, planNumber: 1, rowCount: null, emptyChunk: null });
      expect(output.chunkCount).toBeGreaterThan(5);
    });

    test('is replaced by a full scan under keys of its own', async () => {
      const handler = createSplitHandler({ store, locations, log: quiet });
      await handler(input({ settings, planNumber: 1 }), context());
      const output = await handler(input({ settings, planNumber: 2, cursor: null }), context());
      expect(output).toMatchObject({
        planNumber: 2,
        rowCount: rows,
        manifest: at('batches/b1/plan-2/manifest.json'),
        chunks: at('batches/b1/plan-2/chunks.jsonl'),
      });
    });

    test('is not made for a state machine that could not plan again', async () => {
      const handler = createSplitHandler({ store, locations, log: quiet });
      expect(await handler(input({ settings }), context())).toMatchObject({
        done: true,
        planNumber: 1,
        rowCount: rows,
      });
    });
  });

  describe('scan tasks', () => {
    const settings: BatchSettings = { plan: 'parallel', chunkBytes: 4000, scanTasksFromBytes: 40_000 };

    test('are asked for once, and the plan is made of what they found', async () => {
      const split = createSplitHandler({ store, locations, log: quiet });
      const scan = createScanHandler({ store, locations, log: quiet });
      const first = await split(input({ settings, planNumber: 2, scanTasks: true, cursor: null }), context());
      expect(first).toEqual({
        done: false,
        cursor: expect.objectContaining({ batchId: 'b1', scanned: true }),
        scan: expect.objectContaining(at('batches/b1/plan-2/scan/ranges.jsonl')),
        planNumber: 2,
        manifest: null,
        chunks: null,
        chunkCount: 0,
        rowCount: 0,
        emptyChunk: null,
      });
      const lines = (await textOf(store, first.scan!)).trim().split('\n');
      expect(lines.length).toBeGreaterThan(10);
      for (const [index, line] of lines.entries())
        expect(await scan({ batchId: 'b1', planNumber: 2, task: JSON.parse(line) }, context())).toEqual({ index });
      const cursor = JSON.parse(JSON.stringify(first.cursor));
      const second = await split(input({ settings, planNumber: 2, scanTasks: true, cursor }), context());
      expect(second).toMatchObject({ done: true, scan: null, rowCount: rows, planNumber: 2 });
      expect(await readJson(store, second.manifest!)).toMatchObject({ planMode: 'parallel', planNumber: 2 });
    });

    test('are not asked for by a state machine that has nobody for them', async () => {
      const split = createSplitHandler({ store, locations, log: quiet });
      expect(await split(input({ settings, planNumber: 1 }), context())).toMatchObject({ done: true, scan: null });
    });
  });
});
