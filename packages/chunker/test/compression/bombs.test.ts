import { describe, expect, test } from 'vitest';
import type { Compression } from '../../src/compression/compression-of.ts';
import { createCompressor } from '../../src/compression/create-compressor.ts';
import { decompress } from '../../src/compression/decompress.ts';
import type { UnpackLimits } from '../../src/compression/unpack-limits.ts';
import { failureOf, slicesOf } from '../helpers.ts';
import { compressions, pack, skippableFrame, unpack, watched } from './helpers.ts';

const MiB = 1024 * 1024;

/** Packs 1 GiB of zeros as it is pulled. */
async function* bomb(compression: Compression): AsyncGenerator<Uint8Array> {
  const packed: Uint8Array[] = [];
  const packer = createCompressor(compression, async (piece) => void packed.push(piece));
  try {
    for (let written = 0; written < 1024; written++) {
      await packer.write(new Uint8Array(MiB));
      yield* packed.splice(0);
    }
    await packer.end();
    yield* packed.splice(0);
  } finally {
    await packer.abort();
  }
}

const explode = async (bytes: AsyncIterable<Uint8Array>, compression: Compression, limits: UnpackLimits = {}) => {
  const { seen, source } = watched(bytes);
  let unpackedBytes = 0;
  const error = await failureOf(
    (async () => {
      for await (const piece of decompress(source, { compression, object: 's3://inbox/b', limits }))
        unpackedBytes += piece.length;
    })(),
  );
  return { error, seen, unpackedBytes };
};

describe.each(compressions)('a bomb of %s', (compression) => {
  test('1 GiB of zeros is stopped by its ratio, early', async () => {
    const { error, seen, unpackedBytes } = await explode(bomb(compression), compression);
    expect(error).toMatchObject({
      name: 'PipelineSourceError',
      retryable: false,
      details: { cap: 'maxRatio', limit: 1000 },
    });
    expect(error.message).toMatch(/1,000 times its packed bytes \(maxRatio\); raise maxRatio/);
    expect(unpackedBytes).toBeLessThanOrEqual(64 * MiB);
    expect(seen.pulledBytes).toBeLessThan(128 * 1024);
    expect(seen.closed).toBe(true);
  });

  test('1 GiB of zeros is stopped by its size, within one packed piece', async () => {
    const whole: Uint8Array[] = [];
    for await (const piece of bomb(compression)) {
      whole.push(Uint8Array.from(piece));
      if (whole.reduce((sum, { length }) => sum + length, 0) > 8 * 1024) break;
    }
    const packed = Buffer.concat(whole);
    const { error, seen, unpackedBytes } = await explode(slicesOf(packed, [packed.length]), compression, {
      maxBytes: 3 * MiB,
      maxRatio: Number.POSITIVE_INFINITY,
    });
    expect(error).toMatchObject({ details: { cap: 'maxBytes', limit: 3 * MiB } });
    expect(error.message).toMatch(/3,145,728 bytes \(maxBytes\); raise maxBytes/);
    expect(unpackedBytes).toBeLessThanOrEqual(3 * MiB);
    expect(unpackedBytes).toBeGreaterThan(2 * MiB);
    expect(seen.closed).toBe(true);
  });

  test('the cap on bytes counts over members or frames', async () => {
    const packed = Buffer.concat(Array(10).fill(pack(compression, 'x'.repeat(100))));
    expect((await unpack(packed, compression, [50], { limits: { maxBytes: 1000 } })).length).toBe(1000);
    const { error } = await explode(slicesOf(packed, [50]), compression, { maxBytes: 999 });
    expect(error).toMatchObject({ details: { cap: 'maxBytes', unpackedBytes: 1000 } });
  });

  test('16 MiB may be as regular as they like, and more where it is allowed', async () => {
    const regular = pack(compression, Buffer.alloc(16 * MiB));
    expect((await unpack(regular, compression, undefined, { limits: { maxRatio: 1 } })).length).toBe(16 * MiB);
    const more = pack(compression, Buffer.alloc(17 * MiB));
    const limits = { maxRatio: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY };
    expect((await unpack(more, compression, undefined, { limits })).length).toBe(17 * MiB);
    expect((await explode(slicesOf(more, [1e6]), compression, { maxRatio: 100 })).error).toMatchObject({
      details: { cap: 'maxRatio' },
    });
  });

  test.each([{ maxRatio: 0 }, { maxRatio: Number.NaN }, { maxBytes: 0.5 }, { maxBytes: -1 }])(
    'limits that make no sense are refused: %j',
    async (limits) => {
      const { error, seen } = await explode(slicesOf(pack(compression, 'a'), [9]), compression, limits);
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', details: { option: Object.keys(limits)[0] } });
      expect(seen.opened).toBe(false);
    },
  );
});

test('a zstd file of skippable frames only gives nothing, whatever its size', async () => {
  const packed = Buffer.concat(Array(3).fill(skippableFrame(new Uint8Array(MiB))));
  expect((await unpack(packed, 'zstd', undefined, { limits: { maxBytes: 1 } })).length).toBe(0);
});
