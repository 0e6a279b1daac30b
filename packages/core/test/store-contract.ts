import { describe, expect, test } from 'vitest';
import { crc32, crc32Hex } from '../src/crc32.ts';
import { PipelineError } from '../src/errors.ts';
import type { ObjectRef } from '../src/refs.ts';
import type { MultipartRef, ObjectInfo, ObjectStore } from '../src/store.ts';
import { storeLimits } from '../src/store.ts';
import { readBytes } from '../src/store-json.ts';

/** A store under test; every suite works in a bucket of its own. */
export interface StoreUnderTest {
  readonly store: ObjectStore;
  /** An empty bucket. */
  readonly bucket: string;
  /** Multipart uploads that are neither completed nor aborted. */
  openUploads(): Promise<number> | number;
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text);
/** Bytes that differ everywhere, so that a shifted range shows. */
export const patternBytes = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 17 + (i >> 16)) & 0xff;
  return bytes;
};
const crcOf = (bytes: Uint8Array): string => crc32Hex(crc32(bytes));
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'resolved',
    (error: unknown) => (PipelineError.is(error) ? error.code : `not a pipeline error: ${String(error)}`),
  );
const collect = async (source: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
};
const listAll = async (source: AsyncIterable<ObjectInfo>): Promise<string[]> => {
  const keys: string[] = [];
  for await (const info of source) keys.push(info.ref.key);
  return keys;
};
/** Pieces that live in one buffer which is overwritten on the next pull, as the contract of `read` allows. */
async function* volatile(pieces: readonly Uint8Array[], onClose: () => void = () => {}): AsyncGenerator<Uint8Array> {
  const shared = new Uint8Array(Math.max(0, ...pieces.map((piece) => piece.length)));
  try {
    for (const piece of pieces) {
      shared.set(piece);
      yield shared.subarray(0, piece.length);
      shared.fill(0xee);
    }
  } finally {
    onClose();
  }
}
const cut = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

/** Keys that break naive encoders. */
const awkwardKeys = [
  'a b+c.csv',
  'täglich/über 100%.csv',
  'q?x=1&y=2#z.csv',
  'quote\'"and(paren)!*.csv',
  'emoji-😀.csv',
  'back\\slash.csv',
  '100%25.csv',
  'a//b.csv',
  '<xml>&amp;.csv',
  'semi;colon:at@comma,.csv',
];

/** The contract that every `ObjectStore` keeps. */
export const describeStoreContract = (
  name: string,
  makeStore: () => Promise<StoreUnderTest> | StoreUnderTest,
): void => {
  describe(`store contract: ${name}`, () => {
    const put = async (under: StoreUnderTest, key: string, body: Uint8Array): Promise<ObjectRef> =>
      (await under.store.write({ bucket: under.bucket, key }, body))!;

    describe('head and read', () => {
      test('head tells size, etag, content type, metadata and checksum', async () => {
        const { store, bucket } = await makeStore();
        const body = bytesOf('id\n1\n');
        const written = await store.write({ bucket, key: 'a.csv' }, body, {
          contentType: 'text/csv',
          metadata: { origin: 'test' },
        });
        const info = await store.head({ bucket, key: 'a.csv' });
        expect(info).toMatchObject({ sizeBytes: 5, contentType: 'text/csv', metadata: { origin: 'test' } });
        expect(info.ref).toMatchObject({ bucket, key: 'a.csv', etag: written?.etag });
        expect(info.crc32).toBe(crcOf(body));
      });

      test('reads a whole object and any range of it', async () => {
        const under = await makeStore();
        const body = patternBytes(200_000);
        const ref = await put(under, 'pattern', body);
        expect(Buffer.compare(await readBytes(under.store, ref), body)).toBe(0);
        for (const [start, end] of [
          [0, 1],
          [0, 200_000],
          [199_999, 200_000],
          [65_535, 65_537],
          [12_345, 170_001],
        ] as const)
          expect(
            Buffer.compare(await readBytes(under.store, ref, { range: { start, end } }), body.subarray(start, end)),
            `${start}-${end}`,
          ).toBe(0);
      });

      test('an empty range has no bytes', async () => {
        const under = await makeStore();
        const ref = await put(under, 'some', bytesOf('abc'));
        expect(await readBytes(under.store, ref, { range: { start: 2, end: 2 } })).toHaveLength(0);
      });

      test('a range that ends behind the object is refused, not cut short', async () => {
        const under = await makeStore();
        const ref = await put(under, 'some', bytesOf('abc'));
        for (const range of [
          { start: 1, end: 4 },
          { start: 3, end: 9 },
          { start: 7, end: 9 },
        ])
          expect(await codeOf(readBytes(under.store, ref, { range }))).toBe('STORAGE_MISMATCH');
      });

      test('an empty object reads as no bytes', async () => {
        const under = await makeStore();
        const ref = await put(under, 'empty', new Uint8Array());
        expect((await under.store.head(ref)).sizeBytes).toBe(0);
        expect(await readBytes(under.store, ref)).toHaveLength(0);
      });

      test('a missing object is SOURCE_NOT_FOUND', async () => {
        const { store, bucket } = await makeStore();
        const missing = { bucket, key: 'missing' };
        expect(await codeOf(store.head(missing))).toBe('SOURCE_NOT_FOUND');
        expect(await codeOf(readBytes(store, missing))).toBe('SOURCE_NOT_FOUND');
        expect(await codeOf(readBytes(store, missing, { range: { start: 0, end: 4 } }))).toBe('SOURCE_NOT_FOUND');
        expect(await codeOf(store.copy(missing, { bucket, key: 'copy' }))).toBe('SOURCE_NOT_FOUND');
      });

      test('a pinned ref is SOURCE_CHANGED after an overwrite', async () => {
        const under = await makeStore();
        const ref = await put(under, 'pinned', bytesOf('one'));
        const pinned = { bucket: ref.bucket, key: ref.key, etag: ref.etag! };
        expect(await readBytes(under.store, pinned)).toEqual(Buffer.from('one'));
        await put(under, 'pinned', bytesOf('two'));
        expect(await codeOf(under.store.head(pinned))).toBe('SOURCE_CHANGED');
        expect(await codeOf(readBytes(under.store, pinned))).toBe('SOURCE_CHANGED');
        expect(await codeOf(readBytes(under.store, pinned, { range: { start: 0, end: 2 } }))).toBe('SOURCE_CHANGED');
        expect(await codeOf(under.store.copy(pinned, { bucket: under.bucket, key: 'copy' }))).toBe('SOURCE_CHANGED');
      });

      test('nothing happens before the first pull', async () => {
        const { store, bucket } = await makeStore();
        const source = store.read({ bucket, key: 'missing' });
        await store.write({ bucket, key: 'missing' }, bytesOf('now there'));
        expect((await collect(source)).toString()).toBe('now there');
      });

      test('an early exit ends the read, and the store goes on working', async () => {
        const under = await makeStore();
        const ref = await put(under, 'large', patternBytes(4 * 1024 * 1024));
        for (let i = 0; i < 5; i++) {
          let seen = 0;
          for await (const piece of under.store.read(ref)) {
            seen += piece.length;
            break;
          }
          expect(seen).toBeGreaterThan(0);
        }
        expect((await under.store.head(ref)).sizeBytes).toBe(4 * 1024 * 1024);
      });
    });

    describe('write', () => {
      test('an overwrite replaces the object', async () => {
        const under = await makeStore();
        const first = await put(under, 'k', bytesOf('one'));
        const second = await put(under, 'k', bytesOf('two'));
        expect(second.etag).not.toBe(first.etag);
        expect((await readBytes(under.store, { bucket: under.bucket, key: 'k' })).toString()).toBe('two');
      });

      test('the caller may reuse its buffer after a write', async () => {
        const under = await makeStore();
        const body = Buffer.from('before');
        const ref = await put(under, 'k', body);
        body.fill(0x78);
        expect((await readBytes(under.store, ref)).toString()).toBe('before');
      });

      test.each([
        ['no bytes', 0, 1],
        ['one small piece', 10, 10],
        ['many pieces', 100_000, 777],
        ['more than one part', 9 * 1024 * 1024 + 3, 100_000],
      ])('writes a stream of %s', async (_, length, piece) => {
        const under = await makeStore();
        const body = patternBytes(length);
        const ref = await under.store.write({ bucket: under.bucket, key: 'stream' }, volatile(cut(body, piece)), {
          contentType: 'text/csv',
        });
        expect(Buffer.compare(await readBytes(under.store, ref!), body)).toBe(0);
        expect((await under.store.head(ref!)).contentType).toBe('text/csv');
        expect(await under.openUploads()).toBe(0);
      });

      test.each([10, 9 * 1024 * 1024])('a stream that fails after %i bytes leaves nothing', async (length) => {
        const under = await makeStore();
        const failing = async function* (): AsyncGenerator<Uint8Array> {
          yield* cut(patternBytes(length), 100_000);
          throw new Error('source broke');
        };
        await expect(under.store.write({ bucket: under.bucket, key: 'broken' }, failing())).rejects.toThrow(
          'source broke',
        );
        expect(await codeOf(under.store.head({ bucket: under.bucket, key: 'broken' }))).toBe('SOURCE_NOT_FOUND');
        expect(await under.openUploads()).toBe(0);
      });

      test('ifAbsent lets the first writer win', async () => {
        const { store, bucket } = await makeStore();
        const target = { bucket, key: 'commit.json' };
        const answers = await Promise.all(
          ['a', 'b', 'c', 'd'].map((text) => store.write(target, bytesOf(text), { ifAbsent: true })),
        );
        const winners = answers.flatMap((ref, i) => (ref === undefined ? [] : [i]));
        expect(winners).toHaveLength(1);
        expect((await readBytes(store, target)).toString()).toBe('abcd'[winners[0]!]);
        expect(await store.write(target, bytesOf('late'), { ifAbsent: true })).toBeUndefined();
        expect(
          await store.write(target, volatile([bytesOf('late stream')]), { ifAbsent: true }),
          'a stream, too',
        ).toBeUndefined();
      });

      test('a large stream loses an ifAbsent race without leftovers', async () => {
        const under = await makeStore();
        await put(under, 'taken', bytesOf('first'));
        const late = volatile(cut(patternBytes(9 * 1024 * 1024), 1024 * 1024));
        expect(
          await under.store.write({ bucket: under.bucket, key: 'taken' }, late, { ifAbsent: true }),
        ).toBeUndefined();
        expect((await readBytes(under.store, { bucket: under.bucket, key: 'taken' })).toString()).toBe('first');
        expect(await under.openUploads()).toBe(0);
      });

      test('ifMatch writes only over that etag', async () => {
        const under = await makeStore();
        const first = await put(under, 'k', bytesOf('one'));
        const target = { bucket: under.bucket, key: 'k' };
        const second = await under.store.write(target, bytesOf('two'), { ifMatch: first.etag! });
        expect(second).toBeDefined();
        expect(await under.store.write(target, bytesOf('three'), { ifMatch: first.etag! })).toBeUndefined();
        expect((await readBytes(under.store, target)).toString()).toBe('two');
      });
    });

    describe('copy, delete, list', () => {
      test('copies bytes, type and metadata', async () => {
        const { store, bucket } = await makeStore();
        const source = await store.write({ bucket, key: 'from' }, bytesOf('abc'), {
          contentType: 'text/csv',
          metadata: { a: '1' },
        });
        const copied = await store.copy(source!, { bucket, key: 'to' });
        expect((await readBytes(store, copied!)).toString()).toBe('abc');
        expect(await store.head(copied!)).toMatchObject({ contentType: 'text/csv', metadata: { a: '1' } });
        const marked = await store.copy(source!, { bucket, key: 'marked' }, { metadata: { b: '2' } });
        expect((await store.head(marked!)).metadata).toEqual({ b: '2' });
      });

      test('copies with ifAbsent', async () => {
        const under = await makeStore();
        const source = await put(under, 'from', bytesOf('abc'));
        const target = { bucket: under.bucket, key: 'to' };
        expect(await under.store.copy(source, target, { ifAbsent: true })).toBeDefined();
        expect(await under.store.copy(source, target, { ifAbsent: true })).toBeUndefined();
      });

      test('deletes many, missing ones included', async () => {
        const under = await makeStore();
        const refs = [];
        for (const key of ['a', 'b', 'c']) refs.push(await put(under, key, bytesOf(key)));
        await under.store.deleteMany([
          ...refs.slice(0, 2).map(({ bucket, key }) => ({ bucket, key })),
          { bucket: under.bucket, key: 'never there' },
        ]);
        expect(await listAll(under.store.list(under.bucket, ''))).toEqual(['c']);
        await under.store.deleteMany([]);
      });

      test('lists below a prefix in the order of UTF-8 bytes', async () => {
        const under = await makeStore();
        const keys = ['p/b', 'p/a', 'p/B', 'p/a/x', 'p/ä', 'p/\u{1F600}', 'p/\uFF5E', 'q/a', 'p0'];
        for (const key of keys) await put(under, key, bytesOf(key));
        const expected = keys
          .filter((key) => key.startsWith('p/'))
          .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(await listAll(under.store.list(under.bucket, 'p/'))).toEqual(expected);
        expect(await listAll(under.store.list(under.bucket, 'none/'))).toEqual([]);
      });

      test('lists and deletes more than 1,000 keys', async () => {
        const under = await makeStore();
        const keys = Array.from({ length: 1_105 }, (_, i) => `many/${String(i).padStart(5, '0')}`);
        for (let from = 0; from < keys.length; from += 50)
          await Promise.all(keys.slice(from, from + 50).map((key) => put(under, key, bytesOf('x'))));
        expect(await listAll(under.store.list(under.bucket, 'many/'))).toEqual(keys);
        await under.store.deleteMany(keys.map((key) => ({ bucket: under.bucket, key })));
        expect(await listAll(under.store.list(under.bucket, 'many/'))).toEqual([]);
      });

      test('keys of any spelling are the same key everywhere', async () => {
        const under = await makeStore();
        for (const key of awkwardKeys) {
          const ref = await put(under, key, bytesOf(key));
          expect((await readBytes(under.store, ref)).toString(), key).toBe(key);
          const copied = await under.store.copy(ref, { bucket: under.bucket, key: `copy/${key}` });
          expect((await readBytes(under.store, copied!)).toString(), key).toBe(key);
        }
        const listed = (await listAll(under.store.list(under.bucket, ''))).filter((key) => !key.startsWith('copy/'));
        expect(listed.sort()).toEqual([...awkwardKeys].sort());
        await under.store.deleteMany(awkwardKeys.map((key) => ({ bucket: under.bucket, key })));
        expect((await listAll(under.store.list(under.bucket, ''))).every((key) => key.startsWith('copy/'))).toBe(true);
      });
    });

    describe('multipart', () => {
      const begin = async (under: StoreUnderTest, key = 'multi'): Promise<MultipartRef> =>
        under.store.createMultipart({ bucket: under.bucket, key }, { contentType: 'text/csv' });
      const large = patternBytes(storeLimits.minPartBytes);

      test('joins uploaded parts and copied ranges, checked against the checksum', async () => {
        const under = await makeStore();
        const source = await put(under, 'source', patternBytes(storeLimits.minPartBytes + 1000));
        const upload = await begin(under);
        const parts = [
          await under.store.uploadPart(upload, 1, large),
          await under.store.copyPart(upload, 2, source, { start: 1000, end: storeLimits.minPartBytes + 1000 }),
          await under.store.copyPart(upload, 3, source, undefined),
          await under.store.uploadPart(upload, 4, bytesOf('tail')),
        ];
        const body = Buffer.concat([
          large,
          patternBytes(storeLimits.minPartBytes + 1000).subarray(1000),
          patternBytes(storeLimits.minPartBytes + 1000),
          bytesOf('tail'),
        ]);
        expect(await codeOf(under.store.head(upload.object)), 'nothing is there yet').toBe('SOURCE_NOT_FOUND');
        const ref = await under.store.completeMultipart(upload, parts, { crc32: crcOf(body) });
        expect(Buffer.compare(await readBytes(under.store, ref!), body)).toBe(0);
        expect(await under.store.head(ref!)).toMatchObject({ sizeBytes: body.length, contentType: 'text/csv' });
        expect(await under.openUploads()).toBe(0);
      });

      test('a part that is sent again counts once', async () => {
        const under = await makeStore();
        const upload = await begin(under);
        await under.store.uploadPart(upload, 1, bytesOf('wrong'));
        const part = await under.store.uploadPart(upload, 1, bytesOf('right'));
        const ref = await under.store.completeMultipart(upload, [part]);
        expect((await readBytes(under.store, ref!)).toString()).toBe('right');
      });

      test('a part is checked against the checksum that comes with it', async () => {
        const under = await makeStore();
        const upload = await begin(under);
        const body = bytesOf('body');
        const wrong = under.store.uploadPart(upload, 1, body, { crc32: '00000000' });
        expect(await codeOf(wrong)).toBe('STORAGE_FAILED');
        const part = await under.store.uploadPart(upload, 1, body, { crc32: crcOf(body) });
        await under.store.completeMultipart(upload, [part]);
      });

      test('the parts of an upload are listed in their order, and nothing of one that is gone', async () => {
        const under = await makeStore();
        const upload = await begin(under);
        expect(await under.store.listParts(upload)).toEqual([]);
        const second = await under.store.uploadPart(upload, 2, bytesOf('tail'));
        const first = await under.store.uploadPart(upload, 1, large);
        expect(await under.store.listParts(upload)).toEqual([
          { ...first, sizeBytes: large.length },
          { ...second, sizeBytes: 4 },
        ]);
        await under.store.completeMultipart(upload, [first, second]);
        expect(await under.store.listParts(upload)).toBeUndefined();
        const other = await begin(under);
        await under.store.abortMultipart(other);
        expect(await under.store.listParts(other)).toBeUndefined();
      });

      test('a wrong checksum of the whole is refused', async () => {
        const under = await makeStore();
        const upload = await begin(under);
        const part = await under.store.uploadPart(upload, 1, bytesOf('body'));
        expect(await codeOf(under.store.completeMultipart(upload, [part], { crc32: '00000000' }))).toBe(
          'STORAGE_FAILED',
        );
        expect(await codeOf(under.store.head(upload.object))).toBe('SOURCE_NOT_FOUND');
        await under.store.abortMultipart(upload);
      });

      test('parts that are unknown, altered, out of order or too small are refused', async () => {
        const under = await makeStore();
        const upload = await begin(under);
        const one = await under.store.uploadPart(upload, 1, large);
        const two = await under.store.uploadPart(upload, 2, bytesOf('small'));
        const three = await under.store.uploadPart(upload, 3, bytesOf('tail'));
        const refused = (parts: (typeof one)[]) =>
          expect(under.store.completeMultipart(upload, parts)).rejects.toThrow();
        await refused([one, { ...two, partNumber: 7 }]);
        await refused([one, { ...two, etag: one.etag }]);
        await refused([two, one]);
        await refused([one, two, three]);
        await refused([]);
        expect(await codeOf(under.store.head(upload.object))).toBe('SOURCE_NOT_FOUND');
        await under.store.abortMultipart(upload);
        expect(await under.openUploads()).toBe(0);
      });

      test('ifAbsent holds when the upload completes', async () => {
        const under = await makeStore();
        const upload = await begin(under);
        const part = await under.store.uploadPart(upload, 1, bytesOf('late'));
        await put(under, 'multi', bytesOf('first'));
        expect(await under.store.completeMultipart(upload, [part], { ifAbsent: true })).toBeUndefined();
        await under.store.abortMultipart(upload);
        expect((await readBytes(under.store, upload.object)).toString()).toBe('first');
        expect(await under.openUploads()).toBe(0);
      });

      test('a part copied from a pinned object is SOURCE_CHANGED after an overwrite', async () => {
        const under = await makeStore();
        const { bucket, key, etag } = await put(under, 'source', bytesOf('one'));
        await put(under, 'source', bytesOf('two'));
        const upload = await begin(under);
        expect(await codeOf(under.store.copyPart(upload, 1, { bucket, key, etag: etag! }, undefined))).toBe(
          'SOURCE_CHANGED',
        );
        await under.store.abortMultipart(upload);
      });

      test('an aborted upload is gone, and aborting it again is fine', async () => {
        const under = await makeStore();
        const upload = await begin(under);
        await under.store.uploadPart(upload, 1, bytesOf('body'));
        await under.store.abortMultipart(upload);
        await under.store.abortMultipart(upload);
        expect(await under.openUploads()).toBe(0);
        expect(await codeOf(under.store.uploadPart(upload, 2, bytesOf('more')))).toBe('STORAGE_FAILED');
      });
    });

    describe('abort', () => {
      test('every call refuses a signal that is already aborted, with its reason', async () => {
        const under = await makeStore();
        const { store, bucket } = under;
        const ref = await put(under, 'there', bytesOf('abc'));
        const upload = await store.createMultipart({ bucket, key: 'multi' });
        const reason = new Error('stop');
        const signal = AbortSignal.abort(reason);
        const target = { bucket, key: 'target' };
        const calls: Record<string, () => Promise<unknown>> = {
          head: () => store.head(ref, { signal }),
          read: () => collect(store.read(ref, { signal })),
          write: () => store.write(target, bytesOf('x'), { signal }),
          'write stream': () => store.write(target, volatile([bytesOf('x')]), { signal }),
          copy: () => store.copy(ref, target, { signal }),
          deleteMany: () => store.deleteMany([ref], { signal }),
          list: () => listAll(store.list(bucket, '', { signal })),
          createMultipart: () => store.createMultipart(target, { signal }),
          uploadPart: () => store.uploadPart(upload, 1, bytesOf('x'), { signal }),
          copyPart: () => store.copyPart(upload, 1, ref, undefined, { signal }),
          completeMultipart: () => store.completeMultipart(upload, [], { signal }),
        };
        for (const [call, run] of Object.entries(calls)) {
          const outcome = await run().then(
            () => 'resolved',
            (error: unknown) => error,
          );
          expect(outcome, call).toBe(reason);
        }
        await store.abortMultipart(upload, { signal });
        expect(await under.openUploads(), 'clean-up works after an abort').toBe(0);
        expect(await listAll(store.list(bucket, ''))).toEqual(['there']);
      });

      test('an abort in mid-read rejects with the reason', async () => {
        const under = await makeStore();
        const ref = await put(under, 'large', patternBytes(4 * 1024 * 1024));
        const controller = new AbortController();
        const reason = new Error('stop');
        const reading = (async () => {
          for await (const _ of under.store.read(ref, { signal: controller.signal })) controller.abort(reason);
        })();
        await expect(reading).rejects.toBe(reason);
      });

      test('an abort in mid-write closes the source and leaves nothing', async () => {
        const under = await makeStore();
        const controller = new AbortController();
        const reason = new Error('stop');
        let closed = false;
        const endless = async function* (): AsyncGenerator<Uint8Array> {
          try {
            for (let i = 0; ; i++) {
              if (i === 20) controller.abort(reason);
              yield patternBytes(1024 * 1024);
            }
          } finally {
            closed = true;
          }
        };
        const target = { bucket: under.bucket, key: 'aborted' };
        await expect(under.store.write(target, endless(), { signal: controller.signal })).rejects.toBe(reason);
        expect(closed).toBe(true);
        expect(await under.openUploads()).toBe(0);
        expect(await codeOf(under.store.head(target))).toBe('SOURCE_NOT_FOUND');
      });
    });
  });
};
