import fc from 'fast-check';
import type { ScanDialect } from '../../src/scan/dialect-bytes.ts';
import { mostBytes, type ScanCase } from './scan-by.ts';

const delimiters = [',', ';', '\t', '|', '\x1f', ' ', 'b'] as const;
const quotes = ['"', '"', "'", '', 'a'] as const;

/** Every kind of dialect that the options allow. */
export const scanDialects: fc.Arbitrary<ScanDialect> = fc
  .record({
    delimiter: fc.constantFrom(...delimiters),
    quote: fc.constantFrom(...quotes),
    escape: fc.constantFrom(undefined, undefined, '\\', 'e'),
    comment: fc.constantFrom(undefined, undefined, '#', 'e'),
    loneCr: fc.boolean(),
  })
  .map(({ delimiter, quote, escape: escaper, comment, loneCr }) => ({
    delimiter,
    quote,
    ...(escaper === undefined ? {} : { escape: escaper }),
    ...(comment === undefined ? {} : { comment }),
    ...(loneCr ? { loneCr } : {}),
  }));

/** RFC 4180 and nothing else, where the kernel does everything but stray quotes. */
export const plainDialects: fc.Arbitrary<ScanDialect> = fc.record({
  delimiter: fc.constantFrom(',', '\t', '\x1f'),
  quote: fc.constantFrom('"', "'"),
});

/** Stands for the byte 0xFF, which is no text in UTF-8, but in other encodings. */
const highest = 1;

/** Lengths around whole blocks of the kernel, and small ones. */
const stretches = fc.oneof(
  fc.integer({ min: 0, max: 4 }),
  fc.tuple(fc.constantFrom(64, 64, 128, 192), fc.integer({ min: -4, max: 4 })).map(([blocks, more]) => blocks + more),
);

/**
 * Text in which all that means something to the dialect stands at every distance from the borders of blocks: bytes of
 * grammar, between stretches of one field or quoted text, some of them blocks long.
 */
export const scanTexts = ({
  delimiter,
  quote,
  escape: escaper = quote,
  comment = '',
}: ScanDialect): fc.Arbitrary<Buffer> => {
  const q = quote;
  const grammar = fc.constantFrom(
    ...[
      delimiter,
      delimiter,
      '\n',
      '\n',
      '\r\n',
      '\r',
      q,
      q,
      `${q}${q}`,
      `${q}x${q}`,
      `${delimiter}${q}`,
      `${q}${delimiter}`,
    ],
    ...[
      `${q}\n`,
      `${q}\r\n`,
      `\n${q}`,
      `${q}\r`,
      `${q}x`,
      `x${q}`,
      escaper,
      `${escaper}${q}`,
      `${escaper}\n`,
      `${escaper}${escaper}`,
    ],
    ...[comment, `\n${comment}`, `${comment}\r\n`, 'x', 'é', '\0', '\x01'],
  );
  const stretch = stretches.chain((length) =>
    fc
      .constantFrom('x', 'xyz', `x${delimiter}`, `x${delimiter}y\n`, '\n', delimiter, 'é')
      .map((pattern) => (length === 0 ? '' : pattern.repeat(Math.ceil(length / pattern.length)).slice(0, length))),
  );
  const quotedStretch = stretches.map((length) => `${q}${'x\n'.repeat(length / 2)}${q}${q}y${q}`);
  // Rows that the kernel takes alone, so many that its sums of newlines within one byte would run over.
  const rows = fc
    .integer({ min: 1, max: 4200 })
    .chain((length) =>
      fc.constantFrom('\n', `1${delimiter}2\n`).map((row) => row.repeat(Math.ceil(length / row.length))),
    );
  return fc
    .array(
      fc.oneof(
        { weight: 60, arbitrary: grammar },
        { weight: 20, arbitrary: stretch },
        { weight: 10, arbitrary: quotedStretch },
        { weight: 1, arbitrary: rows },
      ),
      { maxLength: 60, size: 'max' },
    )
    .map((pieces) => Buffer.from(pieces.join('')).subarray(0, mostBytes - 200))
    .map((bytes) => Buffer.from(bytes.map((byte) => (byte === highest ? 0xff : byte))));
};

/** The text of a dialect, with cuts anywhere in it. */
export const scanCases = (dialects: fc.Arbitrary<ScanDialect>): fc.Arbitrary<ScanCase> =>
  dialects.chain((dialect) =>
    scanTexts(dialect).chain((bytes) =>
      fc.record({
        dialect: fc.constant(dialect),
        bytes: fc.constant(bytes),
        cuts: fc
          .array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 4 })
          .map((cuts) => cuts.sort((a, b) => a - b)),
        peek: fc.boolean(),
        move: fc.boolean(),
      }),
    ),
  );
