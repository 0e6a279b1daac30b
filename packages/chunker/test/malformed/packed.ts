import { constants, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { fails, type Malformed, passes, rejects } from './notation.ts';

const text = 'id,note\n1,a\n2,b\n';
const rows = ['1·a', '2·b'];
const gzip = (bytes: Buffer): Buffer => gzipSync(bytes);
const zstd = (bytes: Buffer): Buffer => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
/** What is done to packed bytes. */
const then =
  (pack: (bytes: Buffer) => Buffer, change: (packed: Buffer) => Uint8Array) =>
  (bytes: Buffer): Buffer =>
    Buffer.from(change(pack(bytes)));
const behind = (tail: Uint8Array) => (packed: Buffer) => Buffer.concat([packed, tail]);
const flipped = (at: number) => (packed: Buffer) => {
  packed[packed.length + at]! ^= 0xff;
  return packed;
};
const halves = (pack: (bytes: Buffer) => Buffer) => (bytes: Buffer) =>
  Buffer.concat([pack(bytes.subarray(0, 9)), pack(bytes.subarray(9))]);

/**
 * Where the packed bytes are at fault, the offset is one of those: `@20`, or `@-4` from their end, and `@?` where it hangs on
 * how the packed bytes were cut or on the release of zlib.
 */
export const packedFiles: readonly Malformed[] = [
  passes('gzip', text, rows, { packed: gzip }),
  passes('gzip of two members, cut in the middle of a row', text, rows, { packed: halves(gzip) }),
  passes('gzip with an empty member in front', text, rows, {
    packed: then(gzip, (packed) => Buffer.concat([gzip(Buffer.alloc(0)), packed])),
  }),
  passes('gzip with zeros behind it', text, rows, { packed: then(gzip, behind(Buffer.alloc(512))) }),
  passes('zstd', text, rows, { packed: zstd }),
  passes('zstd of two frames', text, rows, { packed: halves(zstd) }),
  rejects(
    'a ragged row in gzip, at its unpacked offset',
    'id,note\n1,a\n▸2\n3,c\n',
    ['2 ROW_FIELD_COUNT'],
    ['1·a', '3·c'],
    {
      packed: gzip,
    },
  ),
  rejects(
    'an invalid byte in zstd, at its unpacked offset',
    'id,note\n▸1,▾‹ff›\n3,c\n',
    ['1 ROW_ENCODING note'],
    ['3·c'],
    {
      packed: zstd,
    },
  ),
  fails('an open quote in gzip, at its unpacked offset', 'id,note\n1,▾"a\n', '1 CSV_UNCLOSED_QUOTE', { packed: gzip }),
  fails('an open quote in zstd, at its unpacked offset', 'id,note\n1,▾"a\n', '1 CSV_UNCLOSED_QUOTE', { packed: zstd }),
  fails('gzip cut in its header', text, 'SOURCE_CORRUPT @9', { packed: then(gzip, (packed) => packed.subarray(0, 9)) }),
  fails('gzip cut in its body', text, 'SOURCE_CORRUPT @20', { packed: then(gzip, (packed) => packed.subarray(0, 20)) }),
  fails('gzip cut in its trailer', text, 'SOURCE_CORRUPT @-0', {
    packed: then(gzip, (packed) => packed.subarray(0, -4)),
  }),
  fails('gzip with a wrong checksum', text, 'SOURCE_CORRUPT @?', { packed: then(gzip, flipped(-8)) }),
  fails('gzip with a wrong length', text, 'SOURCE_CORRUPT @?', { packed: then(gzip, flipped(-1)) }),
  fails('gzip with text behind it', text, 'SOURCE_CORRUPT @?', { packed: then(gzip, behind(Buffer.from('3,c\n'))) }),
  fails('gzip without its trailer', text, 'SOURCE_CORRUPT @-0', {
    packed: (bytes) => Buffer.concat([Buffer.from('1f8b0800000000000003', 'hex'), deflateRawSync(bytes)]),
  }),
  fails('gzip in gzip', text, 'SOURCE_UNSUPPORTED', { packed: then(gzip, gzip) }),
  fails('gzip of nothing', '', 'SOURCE_EMPTY', { packed: gzip }),
  fails('zstd cut in its body', text, 'SOURCE_CORRUPT @-0', { packed: then(zstd, (packed) => packed.subarray(0, -8)) }),
  fails('zstd with a wrong checksum', text, 'SOURCE_CORRUPT @?', { packed: then(zstd, flipped(-1)) }),
  fails('zstd with text behind it', text, 'SOURCE_CORRUPT @-4', { packed: then(zstd, behind(Buffer.from('3,c\n'))) }),
  fails('a bomb by its size', `id,note\n${'1,a\n'.repeat(1000)}`, 'SOURCE_BOMB @?', {
    packed: gzip,
    unpack: { maxBytes: 2000 },
  }),
  fails('a bomb by its ratio', `id,note\n${'1,a\n'.repeat(5 * 1024 * 1024)}`, 'SOURCE_BOMB @?', {
    packed: zstd,
  }),
  fails('a ZIP archive', '‹50 4b 03 04 14 00 00 00›', 'SOURCE_UNSUPPORTED'),
  fails('bzip2', '‹42 5a 68 39 31 41 59 26 53 59›', 'SOURCE_UNSUPPORTED'),
  fails('xz', '‹fd 37 7a 58 5a 00›', 'SOURCE_UNSUPPORTED'),
  fails('a PDF document', '%PDF-1.7\n', 'SOURCE_UNSUPPORTED'),
];
