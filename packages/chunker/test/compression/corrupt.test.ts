import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compressions, damageOf, noise, pack, skippableFrame, unpack } from './helpers.ts';

const text = 'id,name\n1,Ann\n2,Ben\n3,Ann\n4,Ben\n'.repeat(3);
const rows = Buffer.from(noise(300_000).toString('hex'));

describe.each(compressions)('a broken file of %s', (compression) => {
  const whole = pack(compression, text);

  test('is an error wherever it is cut, never a short result', async () => {
    for (let length = 0; length < whole.length; length++)
      for (const cuts of [[1e6], [1]])
        expect(await damageOf(whole.subarray(0, length), compression, cuts), `cut at ${length}`).toMatchObject({
          name: 'PipelineSourceError',
          retryable: false,
          details: { object: 's3://inbox/a', compression, offset: length },
        });
  });

  test('may end only between members or frames', async () => {
    const two = Buffer.concat([whole, whole]);
    for (let length = whole.length; length < two.length; length++)
      if (length === whole.length) expect((await unpack(two.subarray(0, length), compression)).toString()).toBe(text);
      else
        for (const cuts of [[1e6], [whole.length], [1]])
          expect(await damageOf(two.subarray(0, length), compression, cuts)).toMatchObject({
            details: { offset: length },
          });
  });

  test('with any bit flipped is an error or means the same', async () => {
    let errors = 0;
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const result = await unpack(flipped, compression).then(String, () => ++errors && text);
      expect(result, `bit ${bit}`).toBe(text);
    }
    expect(errors).toBeGreaterThan(whole.length * 6);
  });

  test('with random bytes in its place is an error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.nat(whole.length - 1), async (noise, keep) => {
        fc.pre(noise.length > 8);
        const packed = Buffer.concat([whole.subarray(0, keep), noise]);
        expect(await damageOf(packed, compression)).toMatchObject({ name: 'PipelineSourceError' });
      }),
      { numRuns: 200 },
    );
  });

  test('is not read past other bytes behind its end', async () => {
    for (const garbage of ['x', 'garbage', text, '\x1f', '(\xb5', '\n'])
      for (const cuts of [[1e6], [whole.length], [1]])
        expect(await damageOf(Buffer.concat([whole, Buffer.from(garbage, 'latin1')]), compression, cuts)).toMatchObject(
          { name: 'PipelineSourceError' },
        );
  });

  test('is told with an offset at most one write of 64 KiB before the damage', async () => {
    const large = pack(compression, rows);
    const flipped = Buffer.from(large);
    const place = 100_000;
    flipped.fill(0xff, place, place + 300);
    const { details } = await damageOf(flipped, compression, [large.length]);
    expect(details.offset).toBeGreaterThan(place - 64 * 1024);
    expect(details.offset).toBeLessThanOrEqual(large.length);
  });

  test('is told without its content', async () => {
    const error = await damageOf(whole.subarray(0, -3), compression);
    expect(error.message).not.toMatch(/Ann|undefined|NaN/);
    expect(error.message).toMatch(/it was cut/);
  });
});

describe('a broken gzip file', () => {
  const whole = pack('gzip', text);
  const changed = (at: number): Buffer => {
    const bytes = Buffer.from(whole);
    bytes[whole.length + at]! ^= 1;
    return bytes;
  };

  test.each([
    ['checksum', changed(-8)],
    ['length', changed(-1)],
    ['no gzip member', Buffer.concat([whole, Buffer.from('tail')])],
    ['zeros behind the last', Buffer.concat([whole, Buffer.alloc(9), Buffer.from('tail')])],
    ['zeros behind the last', Buffer.concat([whole, Buffer.alloc(9), whole])],
    ['no bytes', Buffer.alloc(0)],
  ])('is told what is wrong: %s', async (reason, bytes) => {
    expect((await damageOf(bytes, 'gzip')).message).toContain(reason);
  });

  test('the first byte that is no zero is named', async () => {
    const bytes = Buffer.concat([whole, Buffer.alloc(100_000), Buffer.from('x')]);
    for (const cuts of [[1e6], [7]])
      expect(await damageOf(bytes, 'gzip', cuts)).toMatchObject({ details: { offset: whole.length + 100_000 } });
  });
});

describe('a broken zstd file', () => {
  const whole = pack('zstd', text);

  test('the place where a frame should begin is named', async () => {
    const bytes = Buffer.concat([whole, skippableFrame(Buffer.alloc(20)), Buffer.from('garbage')]);
    for (const cuts of [[1e6], [7]])
      expect(await damageOf(bytes, 'zstd', cuts)).toMatchObject({
        details: { offset: whole.length + 28, reason: expect.stringContaining('no zstd frame') },
      });
    expect(await damageOf(Buffer.from('id,name'), 'zstd')).toMatchObject({ details: { offset: 0 } });
  });

  test('zeros behind the last frame are no padding, as zstd(1) has it', async () => {
    expect(await damageOf(Buffer.concat([whole, Buffer.alloc(8)]), 'zstd')).toMatchObject({
      details: { offset: whole.length },
    });
  });

  test.each([
    ['reserved type', [0x00, 0x48, 0x07, 0, 0]],
    ['window of more than 128 MiB', [0x00, 0xa0, 0x01, 0, 0]],
    ['needs a dictionary', [0x01, 0x48, 0x07, 0x01, 0, 0]],
  ])('is told what is wrong: %s', async (reason, frame) => {
    const bytes = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...frame]);
    expect((await damageOf(bytes, 'zstd')).message).toContain(reason);
  });

  test('a checksum that does not match is told', async () => {
    const bytes = Buffer.from(whole);
    bytes[whole.length - 1]! ^= 1;
    expect((await damageOf(bytes, 'zstd')).message).toContain('checksum');
  });

  test('a frame without checksum is held to its own size', async () => {
    const bare = zstdCompressSync(text, { params: { [constants.ZSTD_c_contentSizeFlag]: 1 } });
    for (let length = 0; length < bare.length; length++)
      expect(await damageOf(bare.subarray(0, length), 'zstd')).toMatchObject({ details: { offset: length } });
  });
});
