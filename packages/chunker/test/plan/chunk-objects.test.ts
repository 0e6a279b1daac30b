import { gzipSync } from 'node:zlib';
import { type ObjectStore, PipelineStorageError, readBytes } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { split } from '../../src/index.ts';
import { chunksOf, input, locations, runOf, storeWith } from '../helpers.ts';

const header = 'id,name\n';
const rows = ['1,ann\n', '2,bob\n', '3,cy\n', '4,dee\n'];
const isChunk = (key: string): boolean => key.includes('/to_process/');
const options = { locations, chunkRows: 1, materialize: true } as const;

/** A store whose chunk objects stand only once `until` has ended, though their bytes were taken. */
const slowToComplete = (store: ObjectStore, until: (key: string) => Promise<void>): ObjectStore => ({
  ...store,
  write: async (ref, body, write) => {
    const written = await store.write(ref, body, write);
    if (isChunk(ref.key)) await until(ref.key);
    return written;
  },
});

describe('chunk objects', () => {
  test('the next one is written while the last one completes, and all come in their order', async () => {
    const memory = await storeWith(header + rows.join(''));
    const taken: string[] = [];
    const waiting = new Map<number, () => void>();
    const store = slowToComplete(memory, async (key) => {
      const index = taken.push(key) - 1;
      waiting.get(index - 1)?.();
      // Each but the last completes only after the next one was taken: one after the other, this would never end.
      if (index < rows.length - 1) await new Promise<void>((resolve) => waiting.set(index, resolve));
    });
    const chunks = await chunksOf(await split(input, { store, run: runOf(), ...options }));
    expect(chunks.map(({ index, firstRow }) => [index, firstRow])).toEqual(rows.map((_, i) => [i, i + 1]));
    const texts = await Promise.all(chunks.map(async (chunk) => String(await readBytes(memory, chunk.object))));
    expect(texts).toEqual(rows.map((row) => header + row));
  });

  test.each([0, 1, 3])('a failed write of object %i fails the split, with none under way', async (failing) => {
    const memory = await storeWith(header + rows.join(''));
    let underWay = 0;
    let count = 0;
    const store: ObjectStore = {
      ...memory,
      write: async (ref, body, write) => {
        if (!isChunk(ref.key)) return memory.write(ref, body, write);
        const index = count++;
        underWay++;
        try {
          const written = await memory.write(ref, body, write);
          await new Promise((resolve) => setTimeout(resolve, 2));
          if (index === failing)
            throw new PipelineStorageError('STORAGE_FAILED', {
              operation: 'write',
              object: ref.key,
              tries: 1,
              reason: '',
            });
          return written;
        } finally {
          underWay--;
        }
      },
    };
    await expect(split(input, { store, run: runOf(), ...options })).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(underWay).toBe(0);
    expect(memory.keys().some((key) => key.endsWith('manifest.json'))).toBe(false);
  });

  test('a store that does not read a body to its end is found out', async () => {
    const memory = await storeWith(header + rows.join(''));
    const store: ObjectStore = {
      ...memory,
      write: (ref, body, write) => memory.write(ref, isChunk(ref.key) ? Buffer.from('cut') : body, write),
    };
    await expect(split(input, { store, run: runOf(), ...options })).rejects.toMatchObject({
      code: 'STORAGE_MISMATCH',
      details: {
        ...{ operation: 'write', reason: 'it was not read to its end' },
        object: expect.stringMatching(/\/to_process\//),
      },
    });
  });

  test('are CSV files, whose writing ends with the run', async () => {
    const memory = await storeWith(header + rows.join(''));
    const seen: unknown[] = [];
    const stop = new AbortController();
    const store: ObjectStore = {
      ...memory,
      write: (ref, body, write) => {
        if (isChunk(ref.key)) seen.push([write?.contentType, write?.signal === stop.signal]);
        return memory.write(ref, body, write);
      },
    };
    await split(input, { store, run: runOf({ signal: stop.signal }), ...options });
    expect(seen).toEqual(rows.map(() => ['text/csv', true]));
  });

  test('of a packed source begin with its header, which is unpacked no further than its end', async () => {
    const text = header + rows.join('');
    const store = await storeWith(gzipSync(text));
    const { materialize: _, ...plain } = options;
    const chunks = await chunksOf(await split(input, { store, run: runOf(), ...plain }));
    const texts = await Promise.all(chunks.map(async (chunk) => String(await readBytes(store, chunk.object))));
    expect(texts).toEqual(rows.map((row) => header + row));
  });

  test('of a source without a header are its rows alone', async () => {
    for (const body of [rows.join(''), gzipSync(rows.join(''))]) {
      const store = await storeWith(body);
      const manifest = await split(input, { store, run: runOf(), ...options, header: 'none' });
      const texts = await Promise.all(
        (await chunksOf(manifest)).map(async (chunk) => String(await readBytes(store, chunk.object))),
      );
      expect(texts).toEqual(rows);
    }
  });

  test('of a source without rows are one, with the header', async () => {
    for (const body of [header, gzipSync(header)]) {
      const store = await storeWith(body);
      const chunks = await chunksOf(await split(input, { store, run: runOf(), ...options }));
      expect(chunks.map(({ rowCount, firstRow }) => [rowCount, firstRow])).toEqual([[0, 1]]);
      expect(String(await readBytes(store, chunks[0]!.object))).toBe(header);
    }
  });
});
