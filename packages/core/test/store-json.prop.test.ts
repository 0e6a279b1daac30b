import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ObjectStore, readBytes, readJson, readJsonLines, writeJson } from '../src/index.ts';
import { memoryStore } from '../src/memory.ts';
import { collect } from './batches.ts';

const ref = { bucket: 'b', key: 'lines.jsonl' };

/** Reads come in the given sizes, from one buffer that the next piece overwrites. */
const sliced = (store: ObjectStore, sizes: readonly number[]): ObjectStore => ({
  ...store,
  async *read(object, options) {
    const body = await readBytes(store, object, options);
    const shared = new Uint8Array(Math.max(...sizes));
    for (let from = 0, i = 0; from < body.length; i++) {
      const piece = body.subarray(from, from + sizes[i % sizes.length]!);
      shared.set(piece);
      yield shared.subarray(0, piece.length);
      shared.fill(0x0a);
      from += piece.length;
    }
  },
});

describe('readJsonLines', () => {
  test('any slicing gives the same lines, with or without a last newline', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ a: fc.string({ unit: 'grapheme' }), n: fc.integer() }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom('', '\n', '\n\n'),
        async (values, sizes, tail) => {
          const store = memoryStore();
          await store.write(ref, Buffer.from(values.map((value) => JSON.stringify(value)).join('\n') + tail));
          expect(await collect(readJsonLines(sliced(store, sizes), ref))).toEqual(values);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('leaving early closes the read', async () => {
    const store = memoryStore();
    await store.write(ref, Buffer.from('1\n2\n3\n'));
    let closed = false;
    const watched: ObjectStore = {
      ...store,
      async *read(object, options) {
        try {
          yield* store.read(object, options);
        } finally {
          closed = true;
        }
      },
    };
    for await (const line of readJsonLines<number>(watched, ref)) {
      expect(line).toBe(1);
      break;
    }
    expect(closed).toBe(true);
  });
});

test('JSON goes out and comes back, and conditions hold', async () => {
  const store = memoryStore();
  expect(await writeJson(store, ref, { a: 'ü' }, { ifAbsent: true })).toBeDefined();
  expect(await writeJson(store, ref, { a: 'late' }, { ifAbsent: true })).toBeUndefined();
  expect(await readJson(store, ref)).toEqual({ a: 'ü' });
  expect((await store.head(ref)).contentType).toBe('application/json');
});
