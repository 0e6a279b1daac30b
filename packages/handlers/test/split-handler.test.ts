import { type ObjectStore, PipelineDeadlineError } from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { beforeEach, describe, expect, test } from 'vitest';
import { createSplitHandler, oneBucket, type SplitInput, type SplitOutput } from '../src/index.ts';
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
});
