import { createRunContext, type ObjectStore, readBytes } from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeParts } from '../src/index.ts';
import { at, crcOf, errorOf, scaledStore, writePieces } from './helpers.ts';

const MiB = 1024 ** 2;
const limits = { minPartBytes: 5, maxPartBytes: 40, maxParts: 6, maxObjectBytes: 240 };
const run = createRunContext();
const target = at('out.csv');

/** Bytes that differ everywhere and between pieces. */
const pattern = (length: number, seed: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 17 + (i >> 16) + seed * 101) & 0xff;
  return bytes;
};
/** Two joined, one that lends its beginning and is copied from there, one copied whole, a small last one. */
const mixedBodies = [1024, 4096, 11 * MiB, 5 * MiB, 333].map(pattern);
const mixed = (): Uint8Array[] => mixedBodies;

const bytesAt = (store: ObjectStore): Promise<Uint8Array> => readBytes(store, target);

describe('mergeParts', () => {
  test('lays pieces of any sizes end to end, also where parts are scarce', async () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 60 })), {
      maxLength: 14,
    });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 30 }), async (lengths, joinBytes) => {
        fc.pre(lengths.reduce((sum, length) => sum + length, 0) <= 240);
        const store = scaledStore(limits);
        const bodies = lengths.map(pattern);
        const merged = await mergeParts(await writePieces(store, bodies), target, { store, run, joinBytes, limits });
        const whole = Buffer.concat(bodies);
        expect(Buffer.compare(await bytesAt(store), whole)).toBe(0);
        expect(merged).toMatchObject({
          bytes: whole.length,
          crc32: crcOf(whole),
          rows: lengths.reduce((sum, _, index) => sum + index, 0),
          object: { bucket: 'work', key: 'out.csv', etag: expect.any(String) },
        });
        expect(store.openUploads()).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('reads only small pieces and what they borrow; the rest is copied on the server', async () => {
    const store = memoryStore();
    const bodies = mixed();
    const pieces = await writePieces(store, bodies);
    let bytesRead = 0;
    const counting: ObjectStore = {
      ...store,
      async *read(ref, options) {
        for await (const bytes of store.read(ref, options)) {
          bytesRead += bytes.length;
          yield bytes;
        }
      },
    };
    const merged = await mergeParts(pieces, target, { store: counting, run, contentType: 'text/tab-separated-values' });
    expect(Buffer.compare(await bytesAt(store), Buffer.concat(bodies))).toBe(0);
    expect((await store.head(target)).contentType).toBe('text/tab-separated-values');
    expect(merged.crc32).toBe(crcOf(Buffer.concat(bodies)));
    expect(bytesRead).toBe(5 * MiB + 333);
  });

  test.each([
    ['no pieces', []],
    ['empty pieces', [0, 0]],
    ['one byte', [1]],
  ])('%s make one plain write', async (_, lengths) => {
    const store = memoryStore();
    const noUploads: ObjectStore = {
      ...store,
      createMultipart: () => Promise.reject(new Error('no upload is needed')),
    };
    const merged = await mergeParts(await writePieces(store, lengths.map(pattern)), target, { store: noUploads, run });
    expect(await bytesAt(store)).toHaveLength(merged.bytes);
  });

  describe('a piece that is not what was committed', () => {
    const alterings: [string, (store: MemoryStore, index: number, body: Uint8Array) => Promise<unknown>][] = [
      [
        'was overwritten',
        (store, index, body) =>
          store.write(
            at(`pieces/${index}`),
            body.map((byte) => byte ^ 1),
          ),
      ],
      ['is gone', (store, index) => store.deleteMany([at(`pieces/${index}`)])],
      ['is shorter', (store, index, body) => store.write(at(`pieces/${index}`), body.subarray(1))],
    ];
    for (const [how, alter] of alterings)
      for (const pinned of [true, false])
        test.each([0, 2, 3, 4])(`${how}, ${pinned ? 'pinned' : 'by key'}: %i`, async (index) => {
          const store = memoryStore();
          const bodies = mixed();
          const pieces = (await writePieces(store, bodies)).map((piece) =>
            pinned ? piece : { ...piece, object: at(piece.object.key) },
          );
          await alter(store, index, bodies[index]!);
          const error = await errorOf(mergeParts(pieces, target, { store, run }));
          expect([error.name, error.code, error.details.index]).toEqual([
            'PipelineMergeError',
            'MERGE_MISMATCH',
            index,
          ]);
          expect(error.message).toContain(`s3://work/pieces/${index} is not the`);
          expect(store.openUploads()).toBe(0);
          expect(store.keys()).not.toContain('work/out.csv');
        });
  });

  describe('a failure', () => {
    const failing = (store: MemoryStore, method: 'read' | 'uploadPart' | 'copyPart' | 'completeMultipart') => {
      let calls = 0;
      const fail = (): never => {
        throw new Error(`${method} broke`);
      };
      const wrapped = { ...store } as MemoryStore;
      if (method === 'read')
        wrapped.read = async function* () {
          yield new Uint8Array(1);
          fail();
        };
      else
        (wrapped as unknown as Record<string, unknown>)[method] = async (...args: unknown[]) => {
          if (calls++ === 1 || method === 'completeMultipart') fail();
          return (store[method] as (...all: unknown[]) => unknown)(...args);
        };
      return wrapped;
    };

    test.each(['read', 'uploadPart', 'copyPart', 'completeMultipart'] as const)(
      'of %s leaves as it is and leaves nothing open',
      async (method) => {
        const store = memoryStore();
        const pieces = await writePieces(store, mixed());
        await expect(mergeParts(pieces, target, { store: failing(store, method), run })).rejects.toThrow(
          `${method} broke`,
        );
        expect(store.openUploads()).toBe(0);
        expect(store.keys()).not.toContain('work/out.csv');
      },
    );

    test('of the clean-up does not hide the first one', async () => {
      const store = memoryStore();
      const pieces = await writePieces(store, mixed());
      const broken = failing(store, 'completeMultipart');
      broken.abortMultipart = () => Promise.reject(new Error('abort broke'));
      await expect(mergeParts(pieces, target, { store: broken, run })).rejects.toThrow('completeMultipart broke');
    });

    test('an abort leaves as its reason, when everything that was under way has ended', async () => {
      const store = memoryStore();
      const pieces = await writePieces(store, mixed());
      const controller = new AbortController();
      let underWay = 0;
      const slow: ObjectStore = {
        ...store,
        copyPart: async (...args) => {
          underWay++;
          controller.abort(new Error('enough'));
          await new Promise((resolve) => setTimeout(resolve, 20));
          underWay--;
          return store.copyPart(...args);
        },
      };
      const merging = mergeParts(pieces, target, { store: slow, run: createRunContext({ signal: controller.signal }) });
      await expect(merging).rejects.toThrow('enough');
      expect([underWay, store.openUploads()]).toEqual([0, 0]);
    });
  });

  describe('again', () => {
    test('a repeated merge answers what is there', async () => {
      const store = memoryStore();
      const pieces = await writePieces(store, mixed());
      const first = await mergeParts(pieces, target, { store, run });
      expect(await mergeParts(pieces, target, { store, run })).toEqual(first);
      expect(store.openUploads()).toBe(0);
    });

    test('two merges at once give one object', async () => {
      const store = memoryStore();
      const pieces = await writePieces(store, mixed());
      const [a, b] = await Promise.all([1, 2].map(() => mergeParts(pieces, target, { store, run })));
      expect(a).toEqual(b);
      expect(store.openUploads()).toBe(0);
    });

    test('an upload that was completed although its answer was lost is found by the next try', async () => {
      const store = memoryStore();
      const pieces = await writePieces(store, mixed());
      const lossy: ObjectStore = {
        ...store,
        completeMultipart: async (...args) => {
          await store.completeMultipart(...args);
          throw new Error('connection lost');
        },
      };
      await expect(mergeParts(pieces, target, { store: lossy, run })).rejects.toThrow('connection lost');
      const merged = await mergeParts(pieces, target, { store, run });
      expect(crcOf(await bytesAt(store))).toBe(merged.crc32);
    });

    test('anything else under the name is an error, not overwritten', async () => {
      const store = memoryStore();
      const pieces = await writePieces(store, mixed());
      await store.write(target, Buffer.from('mine'));
      expect((await errorOf(mergeParts(pieces, target, { store, run }))).code).toBe('MERGE_MISMATCH');
      expect(Buffer.from(await bytesAt(store)).toString()).toBe('mine');
      expect(store.openUploads()).toBe(0);
    });
  });
});
