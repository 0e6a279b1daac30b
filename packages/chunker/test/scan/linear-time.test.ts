import { describe, expect, test } from 'vitest';
import type { ScanDialect } from '../../src/scan/dialect-bytes.ts';
import { stepsOf } from './steps.ts';

const comma: ScanDialect = { delimiter: ',', quote: '"' };
const lone: ScanDialect = { ...comma, loneCr: true };
const backslash: ScanDialect = { ...comma, escape: '\\' };
const commented: ScanDialect = { ...comma, comment: '#' };
const everything: ScanDialect = { ...comma, escape: '\\', comment: '#', loneCr: true };

/** Text that repeats a pattern. */
const of = (pattern: string) => (length: number) => Buffer.alloc(length, pattern);
/** A block of the kernel that begins, or ends, in something. */
const blocks = (front: string, back: string) => of(front + 'x'.repeat(64 - front.length - back.length) + back);

const mixture = Buffer.from(Array.from({ length: 65_537 }, (_, i) => (i * i * 31 + i * 7) & 0xff));

const families: readonly [string, ScanDialect, (length: number) => Buffer][] = [
  ['nothing but quotes', comma, of('"')],
  ['an opening quote and doubled ones', comma, (length) => Buffer.alloc(length, '"').fill(',', 0, 1)],
  ['quoted fields without end', comma, of('","')],
  ['a stray quote in every block', comma, blocks('', ',x"\n')],
  ['a stray quote in every other block', comma, of(`x"${'y'.repeat(100)}${'z,z\n'.repeat(6)}`)],
  ['a stray quote in every field', comma, of('a"b,c"d\n')],
  ['bytes after every closing quote', comma, of('"a"b,')],
  ['quotes that open at the end of a block', comma, blocks('', ',"')],
  ['quotes that close at the end of a block', comma, blocks('"', '"')],
  [
    'a quote that is never closed',
    comma,
    (length) => Buffer.concat([Buffer.from('"'), Buffer.alloc(length - 1, 'x\n')]),
  ],
  ['a quote that closes again and again', comma, of('"xxxxxx\n')],
  ['one record of plain text', comma, of('x')],
  ['one record of delimiters', comma, of(',')],
  ['newlines', comma, of('\n')],
  ['CR and LF the wrong way round', comma, of('\n\r')],
  ['CR behind every closing quote', comma, of('"a"\r')],
  ['lone CR', lone, of('\r')],
  ['lone CR, CRLF and LF', lone, of('\r\r\n\n')],
  ['backslashes', backslash, of('\\')],
  ['a quoted field of backslashes', backslash, (length) => Buffer.alloc(length, '\\').fill('"', 0, 1)],
  ['escaped quotes', backslash, of('"\\",')],
  ['comments', commented, of('#\n')],
  ['one comment', commented, of('#')],
  ['comment characters in fields', commented, of('a#,')],
  ['everything in turn', everything, of('"\\"\r\n#,x"\r\n#"\n\r')],
  ['bytes of every kind', everything, (length) => Buffer.alloc(length, mixture)],
];

// Beyond a few windows, so that what is carried from one to the next counts.
const length = 1 << 19;
/** A look of the kernel at a block that it leaves to the machine, then the machine; and a little for each call. */
const mostPerByte = 2.1;

describe.each(families)('%s', (_, dialect, make) => {
  const steps = (bytes: number, maxRecordBytes: number, plain: boolean): number =>
    stepsOf(make(bytes), dialect, maxRecordBytes, { plain });
  test.each([
    ['without a cap', 1 << 30],
    ['under a cap of half a MiB', 1 << 19],
    ['under a cap of a few blocks', 300],
    ['under a cap of less than a block', 40],
  ])('is scanned in linear time, %s', (__, cap) => {
    for (const plain of [true, false]) {
      const [once, twice] = [steps(length, cap, plain), steps(2 * length, cap, plain)];
      // Some thousand steps more where a cap ends the scan early.
      expect(twice).toBeLessThan(2.5 * once + 4096);
      expect(twice).toBeLessThanOrEqual(mostPerByte * 2 * length);
    }
  });
});

/** Patterns of an odd length, so that all of each meets the border of a block. */
const plainPatterns: readonly [string, string][] = [
  ['fields without quotes', 'ab,cde\n,\n12'],
  ['the same with CRLF', 'ab,cde\r\n,\r\n'],
  ['quoted fields', '"ab","c,d\ne"\n"",ff\n'],
  ['doubled quotes', '"a""b","""c",d,"e"""\n'],
  ['quoted newlines and long text', `"${'x\n'.repeat(90)}",y,"",zz\n`],
];

test.each(plainPatterns)('of plain RFC 4180 the kernel leaves nothing to the machine: %s', (_, pattern) => {
  expect(pattern.length % 2).toBe(1);
  const bytes = Buffer.alloc(pattern.length * Math.floor(length / pattern.length), pattern);
  for (const fields of [true, false])
    expect(stepsOf(bytes, comma, 1 << 30, { fields })).toBeLessThan(1.01 * bytes.length);
});

test('and of closing quotes in front of CRLF only those that a border parts from it', () => {
  const pattern = '1,"a ""b"""\r\n';
  expect(pattern.length % 2).toBe(1);
  const bytes = Buffer.alloc(pattern.length * 40_000, pattern);
  for (const fields of [true, false])
    expect(stepsOf(bytes, comma, 1 << 30, { fields })).toBeLessThan(1.1 * bytes.length);
});
