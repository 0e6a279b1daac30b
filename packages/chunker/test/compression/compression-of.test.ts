import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compressionOf } from '../../src/compression/compression-of.ts';

const text = Buffer.from('id,name\n1,é\n');
const gzip = gzipSync(text);
const zstd = zstdCompressSync(text);
const damaged = Buffer.from(gzipSync(Buffer.from(Array.from({ length: 500 }, (_, i) => (i * i * 31) % 251))));
damaged[0] = 0;
const claims = [{}, { contentEncoding: 'gzip' }, { contentEncoding: 'zstd' }, { key: 'a.csv.gz' }, { key: 'a.zst' }];

describe('compressionOf', () => {
  test('the bytes decide, whatever name and encoding say', () => {
    for (const claim of claims) {
      expect(compressionOf(gzip, claim)).toBe('gzip');
      expect(compressionOf(zstd, claim)).toBe('zstd');
      expect(compressionOf(text, claim)).toBeUndefined();
      expect(compressionOf(Buffer.alloc(0), claim)).toBeUndefined();
    }
  });

  test.each([0, 7, 15])('a zstd file may begin with a skippable frame (%d)', (kind) => {
    expect(compressionOf(Buffer.from([0x50 + kind, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]))).toBe('zstd');
  });

  test('no text is taken for compressed, in any encoding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.constantFrom(...claims), (value, claim) => {
        expect(compressionOf(Buffer.from(value, 'utf8'), claim)).toBeUndefined();
        expect(compressionOf(Buffer.from(`\uFEFF${value}`, 'utf16le'), claim)).toBeUndefined();
      }),
    );
    expect(compressionOf(Buffer.from('größe;name\r\n', 'latin1'), { key: 'a.gz' })).toBeUndefined();
  });

  test('a character cut at the end of the head is still text', () => {
    expect(compressionOf(Buffer.from('\x01é€').subarray(0, -1), { key: 'a.gz' })).toBeUndefined();
  });

  test('a file shorter than a magic number is what it claims to be', () => {
    expect(compressionOf(gzip.subarray(0, 1), { key: 'a.gz' })).toBe('gzip');
    expect(compressionOf(gzip.subarray(0, 1))).toBeUndefined();
    expect(compressionOf(gzip.subarray(0, 2))).toBe('gzip');
    for (const length of [1, 2, 3]) {
      expect(compressionOf(zstd.subarray(0, length), { contentEncoding: 'zstd' })).toBe('zstd');
      expect(compressionOf(zstd.subarray(0, length))).toBeUndefined();
    }
  });

  test.each([
    [{ key: 'in/A.CSV.GZ' }, 'says gzip'],
    [{ contentEncoding: 'gzip, aws-chunked' }, 'says gzip'],
    [{ contentEncoding: 'X-GZIP' }, 'says gzip'],
    [{ contentEncoding: 'br' }, 'says br'],
    [{ key: 'a.zst', contentEncoding: 'aws-chunked' }, 'says zstd'],
  ])('an object that claims to be compressed but is neither that nor text is damaged: %j', (claim, said) => {
    expect(() => compressionOf(damaged, claim)).toThrow(said);
    expect(() => compressionOf(damaged, claim)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ offset: 0 }) }),
    );
  });

  test('the error names the format that the bytes are of', () => {
    const archive = Buffer.concat([Buffer.from('PK\x03\x04'), damaged]);
    expect(() => compressionOf(archive, { key: 'a.gz' })).toThrow('a ZIP archive');
  });

  test('without a claim, bytes that are no text are the reader’s to judge', () => {
    expect(compressionOf(damaged)).toBeUndefined();
    expect(compressionOf(damaged, { key: 'a.csv', contentEncoding: 'identity' })).toBeUndefined();
  });
});
