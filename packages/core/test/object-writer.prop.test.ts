import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32, crc32Hex, type ObjectStore, openWriter, type PipelineError, readBytes } from '../src/index.ts';
import { memoryStore } from '../src/memory.ts';

const object = { bucket: 'work', key: 'part.csv' };

/** A memory store whose parts may be of any size, so that small examples have many parts; it takes a part's bytes late. */
const storeOfSmallParts = () => {
  const store = memoryStore();
  const uploads = new Map<string, Map<number, Uint8Array>>();
  let underWay = 0;
  let mostUnderWay = 0;
  const small: ObjectStore = {
    ...store,
    async createMultipart(target, options) {
      const upload = await store.createMultipart(target, options);
      uploads.set(upload.uploadId, new Map());
      return upload;
    },
    async uploadPart(upload, partNumber, body, options) {
      underWay++;
      mostUnderWay = Math.max(mostUnderWay, underWay);
      await setImmediate();
      underWay--;
      uploads.get(upload.uploadId)!.set(partNumber, Uint8Array.from(body));
      return store.uploadPart(upload, partNumber, body, options);
    },
    async completeMultipart(upload, parts, { crc32: expected, ...conditions } = {}) {
      const body = Buffer.concat(parts.map(({ partNumber }) => uploads.get(upload.uploadId)!.get(partNumber)!));
      expect(crc32Hex(crc32(body))).toBe(expected);
      const ref = await store.write(upload.object, body, conditions);
      if (ref !== undefined) await store.abortMultipart(upload);
      return ref;
    },
  };
  return { store, small, mostUnderWay: () => mostUnderWay };
};

const slices = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });

describe('openWriter', () => {
  test('any slicing and any part size gives the same object, checksum and counts', async () => {
    await fc.assert(
      fc.asyncProperty(slices, fc.integer({ min: 1, max: 120 }), fc.nat(), async (pieces, partBytes, rows) => {
        const { store, small } = storeOfSmallParts();
        const writer = openWriter(small, object, { partBytes });
        const shared = new Uint8Array(50);
        for (const piece of pieces) {
          shared.set(piece);
          await writer.write(shared.subarray(0, piece.length));
          shared.fill(0xee); // the writer has copied what it was given
        }
        const whole = Buffer.concat(pieces);
        expect(writer.bytes).toBe(whole.length);
        const part = await writer.close(rows);
        expect(part).toMatchObject({ bytes: whole.length, crc32: crc32Hex(crc32(whole)), rows });
        expect(Buffer.compare(await readBytes(store, part!.object), whole)).toBe(0);
        expect(store.openUploads()).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  test('writers of one store, at once and one after the other, never mix their bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.nat({ max: 40 }), { maxLength: 6 }), { maxLength: 8 }), async (objects) => {
        const { store, small } = storeOfSmallParts();
        const write = async (lengths: readonly number[], index: number): Promise<void> => {
          const key = `${index}.csv`;
          const writer = openWriter(small, { bucket: 'work', key }, { partBytes: 16 });
          for (const length of lengths) await writer.write(new Uint8Array(length).fill(index));
          const part = await writer.close(0);
          const written = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0)).fill(index);
          expect(Buffer.compare(await readBytes(store, part!.object), written)).toBe(0);
        };
        for (let from = 0; from < objects.length; from += 2)
          await Promise.all(objects.slice(from, from + 2).map((lengths, i) => write(lengths, from + i)));
      }),
      { numRuns: 100 },
    );
  });

  test('an abort at any point leaves no object and no upload', async () => {
    await fc.assert(
      fc.asyncProperty(slices, fc.integer({ min: 1, max: 60 }), async (pieces, partBytes) => {
        const { store, small } = storeOfSmallParts();
        const writer = openWriter(small, object, { partBytes });
        for (const piece of pieces) await writer.write(piece);
        await writer.abort();
        await writer.abort();
        expect(store.keys()).toEqual([]);
        expect(store.openUploads()).toBe(0);
      }),
      { numRuns: 80 },
    );
  });

  test('nothing is sent before the first part is full', async () => {
    const { store, small } = storeOfSmallParts();
    const writer = openWriter(small, object, { partBytes: 10 });
    await writer.write(new Uint8Array(9));
    expect(store.openUploads()).toBe(0);
    await writer.write(new Uint8Array(1));
    expect(store.openUploads()).toBe(1);
    expect(store.keys()).toEqual([]);
    await writer.close(0);
    expect(store.keys()).toEqual(['work/part.csv']);
  });

  test.each([5, 50])(
    'ifAbsent that does not hold leaves the first object and nothing else (%i bytes)',
    async (length) => {
      const { store, small } = storeOfSmallParts();
      await store.write(object, Buffer.from('first'));
      const writer = openWriter(small, object, { partBytes: 10, ifAbsent: true });
      await writer.write(new Uint8Array(length));
      expect(await writer.close(1)).toBeUndefined();
      expect((await readBytes(store, object)).toString()).toBe('first');
      expect(store.openUploads()).toBe(0);
    },
  );

  test('ifMatch writes over that etag only', async () => {
    const { store, small } = storeOfSmallParts();
    const first = await store.write(object, Buffer.from('first'));
    for (const [etag, written] of [
      ['"other"', false],
      [first!.etag!, true],
    ] as const) {
      const writer = openWriter(small, object, { partBytes: 4, ifMatch: etag });
      await writer.write(Buffer.from('second'));
      expect((await writer.close(0)) !== undefined).toBe(written);
    }
    expect((await readBytes(store, object)).toString()).toBe('second');
  });

  test('one part is under way while the next one fills, never two', async () => {
    const { small, mostUnderWay } = storeOfSmallParts();
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const slow: ObjectStore = {
      ...small,
      uploadPart: async (...args) => {
        await answered;
        return small.uploadPart(...args);
      },
    };
    const writer = openWriter(slow, object, { partBytes: 10 });
    await writer.write(new Uint8Array(19)); // returns though no part was answered
    let full = false;
    const second = writer.write(new Uint8Array(21)).then(() => {
      full = true;
    });
    await setImmediate();
    expect(full).toBe(false);
    answer();
    await second;
    expect(await writer.close(1)).toMatchObject({ bytes: 40 });
    expect(mostUnderWay()).toBe(1);
  });

  test.each([1, 2, 3])('part %i that fails is thrown by a later call and leaves nothing', async (broken) => {
    const { store, small } = storeOfSmallParts();
    const failing: ObjectStore = {
      ...small,
      uploadPart: (upload, partNumber, ...rest) =>
        partNumber === broken ? Promise.reject(new Error('broken')) : small.uploadPart(upload, partNumber, ...rest),
    };
    const writer = openWriter(failing, object, { partBytes: 4 });
    const writeAll = async (): Promise<void> => {
      for (let index = 0; index < 10; index++) await writer.write(new Uint8Array(1));
      await writer.close(1);
    };
    await expect(writeAll()).rejects.toThrow('broken');
    await setImmediate(); // what nobody waits for would be unhandled here
    await writer.abort();
    expect(store.openUploads()).toBe(0);
    expect(store.keys()).toEqual([]);
  });

  test('a failed close can be aborted', async () => {
    const { store, small } = storeOfSmallParts();
    const failing: ObjectStore = {
      ...small,
      completeMultipart: () => Promise.reject(new Error('broken')),
    };
    const writer = openWriter(failing, object, { partBytes: 4 });
    await writer.write(new Uint8Array(9));
    await expect(writer.close(1)).rejects.toThrow('broken');
    await writer.abort();
    expect(store.openUploads()).toBe(0);
    expect(store.keys()).toEqual([]);
  });

  test('content type and metadata reach the object, in one piece or in parts', async () => {
    const store = memoryStore();
    for (const length of [10, 6 * 1024 * 1024]) {
      const writer = openWriter(store, object, {
        partBytes: 5 * 1024 * 1024,
        contentType: 'text/csv',
        metadata: { a: '1' },
      });
      await writer.write(new Uint8Array(length));
      await writer.close(0);
      expect(await store.head(object)).toMatchObject({
        sizeBytes: length,
        contentType: 'text/csv',
        metadata: { a: '1' },
      });
    }
  });

  test.each([0, -1, 1.5, Number.NaN])('partBytes %d is refused', (partBytes) => {
    expect(() => openWriter(memoryStore(), object, { partBytes })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }) as PipelineError,
    );
  });
});
