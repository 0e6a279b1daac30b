import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { openWriter, readBytes } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Compression } from '../../src/compression/compression-of.ts';
import { type CompressorOptions, createCompressor } from '../../src/compression/create-compressor.ts';
import { sizes } from '../arbitraries.ts';
import { slicesOf } from '../helpers.ts';
import { compressions, noise, unpack } from './helpers.ts';

const unpackSync = { gzip: gunzipSync, zstd: zstdDecompressSync };

const packed = async (
  compression: Compression,
  bytes: Uint8Array,
  cuts: readonly number[] = [1e6],
  options: CompressorOptions = {},
): Promise<Buffer> => {
  const pieces: Uint8Array[] = [];
  const packer = createCompressor(compression, async (piece) => void pieces.push(piece), options);
  for await (const piece of slicesOf(bytes, cuts)) await packer.write(piece);
  await packer.end();
  return Buffer.concat(pieces);
};

const rows = (count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, i) => `${i},${(i * 7919) % 1013},name ${i % 37}\n`).join(''));

describe.each(compressions)('createCompressor of %s', (compression) => {
  test('packs what any reader unpacks, also nothing at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), sizes, async (bytes, cuts) => {
        const result = await packed(compression, bytes, cuts);
        expect(unpackSync[compression](result).equals(bytes)).toBe(true);
        expect((await unpack(result, compression)).equals(bytes)).toBe(true);
      }),
      { numRuns: 60 },
    );
    expect((await unpack(await packed(compression, rows(40_000)), compression)).equals(rows(40_000))).toBe(true);
  });

  test('outputs laid end to end are one file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 5 }), async (chunks) => {
        const file = Buffer.concat(await Promise.all(chunks.map((bytes) => packed(compression, bytes))));
        expect((await unpack(file, compression)).equals(Buffer.concat(chunks))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('the same bytes give the same output, however they were cut', async () => {
    const bytes = rows(30_000);
    const first = await packed(compression, bytes);
    for (const cuts of [[1e6], [4096], [100_001, 3], [131_072], [65_537]])
      expect((await packed(compression, bytes, cuts)).equals(first)).toBe(true);
  });

  test('a higher level packs smaller', async () => {
    const at = async (level: number) => (await packed(compression, rows(20_000), [1e6], { level })).length;
    expect(await at(9)).toBeLessThan(await at(1));
  });

  test('writes an object through an object writer, and nothing when it is aborted', async () => {
    const store = memoryStore();
    const object = { bucket: 'work', key: 'part' };
    const output = openWriter(store, object);
    const packer = createCompressor(compression, (bytes) => output.write(bytes));
    await packer.write(rows(1000));
    await packer.end();
    const part = await output.close(1000);
    const stored = await readBytes(store, object);
    expect(part).toMatchObject({ bytes: stored.length, rows: 1000 });
    expect((await unpack(stored, compression)).equals(rows(1000))).toBe(true);

    const other = createCompressor(compression, () => expect.unreachable());
    await other.write(rows(10));
    await other.abort();
    await other.abort();
    await expect(other.end()).rejects.toThrow();
  });

  test('waits for its sink: nothing more is packed while a piece is being sent', async () => {
    let open = 0;
    let most = 0;
    let largest = 0;
    const packer = createCompressor(compression, async (piece) => {
      most = Math.max(most, ++open);
      largest = Math.max(largest, piece.length);
      await new Promise(setImmediate);
      open--;
    });
    await packer.write(noise(1e6));
    expect(open).toBe(0);
    await packer.end();
    expect(most).toBe(1);
    expect(largest).toBeLessThanOrEqual(128 * 1024);
  });

  test('an error of the sink passes as it is, and the packing is over', async () => {
    const failure = new Error('the store said no');
    const packer = createCompressor(compression, () => Promise.reject(failure));
    await expect(
      (async () => {
        await packer.write(rows(100_000));
        await packer.end();
      })(),
    ).rejects.toBe(failure);
    await expect(packer.end()).rejects.toThrow();
  });

  test('nothing can be written after the end', async () => {
    const packer = createCompressor(compression, async () => {});
    await packer.end();
    await expect(packer.write(rows(1))).rejects.toThrow('ended');
    await expect(packer.end()).rejects.toThrow('ended');
  });

  test.each([0, -1, 1.5, 20, Number.NaN])('level %d is refused', (level) => {
    expect(() => createCompressor(compression, async () => {}, { level })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', details: expect.objectContaining({ option: 'level' }) }),
    );
  });
});

test('the gzip header tells neither time nor system', async () => {
  expect([...(await packed('gzip', rows(1))).subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
});
