import { crc32, createGunzip, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decompress } from '../../src/compression/decompress.ts';
import { openEngine, zstdOf } from '../../src/compression/engine.ts';
import { sizes } from '../arbitraries.ts';
import { slicesOf } from '../helpers.ts';
import { compressions, noise, pack, skippableFrame, unpack, unpackFrom, watched } from './helpers.ts';

const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .tuple(fc.uint8Array({ maxLength: 9 }), fc.nat(40_000))
    .map(([unit, times]) => Buffer.concat(Array(times).fill(unit))),
);

describe.each(compressions)('decompress of %s', (compression) => {
  test('gives the bytes that were packed, however the packed ones are cut', async () => {
    await fc.assert(
      fc.asyncProperty(content, fc.oneof(sizes, fc.constant([70_000])), async (bytes, cuts) => {
        expect((await unpack(pack(compression, bytes), compression, cuts)).equals(bytes)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('reads members or frames laid end to end as one, empty ones too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(content, { minLength: 1, maxLength: 5 }), sizes, async (members, cuts) => {
        const packed = Buffer.concat(members.map((bytes) => pack(compression, bytes)));
        for (const pieces of [cuts, [packed.length]])
          expect((await unpack(packed, compression, pieces)).equals(Buffer.concat(members))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('an early end closes the source before it is over', async () => {
    const { seen, source } = watched(slicesOf(pack(compression, Buffer.alloc(1e6, 'a')), [50]));
    for await (const _ of decompress(source, { compression, object: 'a' })) break;
    expect(seen.closed).toBe(true);
  });

  test('nothing is opened before the first pull', async () => {
    const { seen, source } = watched([pack(compression, 'a')]);
    await decompress(source, { compression, object: 'a' }).return(undefined);
    expect(seen.opened).toBe(false);
  });

  test('a piece is pulled when the output of the one before has been read', async () => {
    const packed = pack(compression, noise(500_000));
    const { seen, source } = watched(slicesOf(packed, [100_000]));
    const output = decompress(source, { compression, object: 'a' });
    await output.next();
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(seen.pulledBytes).toBe(100_000);
    await output.return(undefined);
  });

  test('an abort rejects with its reason, after the source has closed', async () => {
    const { seen, source } = watched(slicesOf(pack(compression, Buffer.alloc(1e6)), [50]));
    const controller = new AbortController();
    const reason = { why: 'the time is over' };
    const output = decompress(source, { compression, object: 'a', signal: controller.signal });
    await output.next();
    controller.abort(reason);
    await expect(output.next()).rejects.toBe(reason);
    expect(seen.closed).toBe(true);
  });

  test('an abort during a pull rejects with its reason, whatever the source makes of it', async () => {
    const controller = new AbortController();
    const source = (async function* () {
      yield pack(compression, 'a').subarray(0, 5);
      controller.abort('over');
      throw new Error('the body was destroyed');
    })();
    await expect(unpackFrom(source, compression, { signal: controller.signal })).rejects.toBe('over');
  });

  test('an abort beforehand opens nothing', async () => {
    const { seen, source } = watched([pack(compression, 'a')]);
    await expect(unpackFrom(source, compression, { signal: AbortSignal.abort('over') })).rejects.toBe('over');
    expect(seen.opened).toBe(false);
  });

  test('an error of the source passes as it is', async () => {
    const failure = new Error('reset');
    const source = (async function* () {
      yield pack(compression, 'a').subarray(0, 5);
      throw failure;
    })();
    await expect(unpackFrom(source, compression)).rejects.toBe(failure);
  });
});

describe('decompress of gzip', () => {
  test('ignores zeros behind the last member, however many', async () => {
    for (const zeros of [1, 7, 512, 200_000]) {
      const packed = Buffer.concat([pack('gzip', 'ab'), Buffer.alloc(zeros)]);
      for (const cuts of [[1e6], [1], [pack('gzip', 'ab').length, 3]])
        expect((await unpack(packed, 'gzip', cuts)).toString()).toBe('ab');
    }
  });

  test('reads headers with every optional field', async () => {
    const header = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 0x1f, 1, 2, 3, 4, 2, 3, 4, 0]),
      Buffer.from('xtra'),
      Buffer.from('orders.csv\0a comment\0'),
    ]);
    const [headerCrc, trailer] = [Buffer.alloc(2), Buffer.alloc(8)];
    headerCrc.writeUInt16LE(crc32(header) & 0xffff);
    trailer.writeUInt32LE(crc32('ab'));
    trailer.writeUInt32LE(2, 4);
    const packed = Buffer.concat([header, headerCrc, deflateRawSync('ab'), trailer]);
    for (const cuts of [[1], [1e6]]) expect((await unpack(packed, 'gzip', cuts)).toString()).toBe('ab');
  });
});

const littleEndian = (value: number, length: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value);
  return bytes.subarray(0, length);
};
/** A frame by hand: every way to write its header, with blocks of raw and of repeated bytes. */
const frame = fc
  .record({
    blocks: fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ type: 0, bytes, body: bytes })),
        fc
          .tuple(fc.nat(255), fc.integer({ min: 1, max: 3000 }))
          .map(([byte, times]) => ({ type: 1, bytes: Buffer.alloc(times, byte), body: Uint8Array.of(byte) })),
      ),
      { minLength: 1, maxLength: 4 },
    ),
    sizeFlag: fc.nat(3),
    isSingle: fc.boolean(),
    dictionaryFlag: fc.nat(3),
  })
  .map(({ blocks, sizeFlag, isSingle, dictionaryFlag }) => {
    const bytes = Buffer.concat(blocks.map((block) => block.bytes));
    // One byte ends at 255, two bytes count from 256.
    const flag = (sizeFlag === 1 && bytes.length < 256) || (sizeFlag === 0 && bytes.length > 255) ? 2 : sizeFlag;
    const header = [
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, (flag << 6) | (isSingle ? 0x20 : 0) | dictionaryFlag]),
      Buffer.from(isSingle ? [] : [0x48]),
      Buffer.alloc([0, 1, 2, 4][dictionaryFlag]!), // 0: no dictionary
      littleEndian(bytes.length - (flag === 1 ? 256 : 0), [isSingle ? 1 : 0, 2, 4, 8][flag]!),
    ];
    const body = blocks.flatMap((block, i) => [
      littleEndian((block.bytes.length << 3) | (block.type << 1) | (i === blocks.length - 1 ? 1 : 0), 3),
      block.body,
    ]);
    return { packed: Buffer.concat([...header, ...body]), bytes };
  });
const skippable = fc
  .tuple(fc.uint8Array({ maxLength: 30 }), fc.nat(15))
  .map(([skipped, kind]) => ({ packed: skippableFrame(skipped, kind), bytes: Buffer.alloc(0) }));

describe('decompress of zstd', () => {
  test('reads frames of every form, with skippable ones anywhere, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(frame, skippable), { minLength: 1, maxLength: 6 }),
        sizes,
        async (frames, cuts) => {
          const packed = Buffer.concat(frames.map((one) => one.packed));
          const bytes = Buffer.concat(frames.map((one) => one.bytes));
          for (const pieces of [cuts, [packed.length]])
            expect((await unpack(packed, 'zstd', pieces)).equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('a skippable frame of any size is passed over', async () => {
    const packed = Buffer.concat([skippableFrame(Buffer.alloc(300_000, 0x28)), pack('zstd', 'ab')]);
    expect((await unpack(packed, 'zstd')).toString()).toBe('ab');
  });

  test('a Node.js without zstd is told what is needed', () => {
    expect(() => zstdOf({})).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(/22\.15 or later/) }),
    );
  });
});

test('an engine works only while it is read: a piece that unpacks to much waits', async () => {
  const stream = createGunzip({ chunkSize: 64 * 1024 });
  const engine = openEngine(stream);
  const output = engine.feed(pack('gzip', Buffer.alloc(32e6)));
  await output.next();
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  expect(stream.readableLength).toBeLessThanOrEqual(2 * 64 * 1024);
  await output.return(undefined);
  await engine.close();
});
