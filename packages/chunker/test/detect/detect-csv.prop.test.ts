import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectCsv } from '../../src/detect/detect-csv.ts';
import { generatedCsv } from './arbitraries.ts';
import { whole } from './samples.ts';

const marks = fc.constantFrom(
  ',',
  ';',
  '\t',
  '|',
  ':',
  '#',
  ' ',
  '"',
  "'",
  '\\',
  '\n',
  '\r',
  '\r\n',
  'a',
  '1',
  '.5',
  'é',
  '\0',
);

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 400, size: 'max' }),
  fc.array(marks, { maxLength: 400, size: 'max' }).map((pieces) => Buffer.from(pieces.join(''))),
  fc.array(marks, { maxLength: 400, size: 'max' }).map((pieces) => Buffer.from(pieces.join(''), 'utf16le')),
);

const given = fc.record(
  {
    delimiter: fc.constantFrom(',', ';', '@', '"'),
    quote: fc.constantFrom('"', "'", ''),
    escape: fc.constantFrom('"', '\\'),
    comment: fc.constantFrom('', '#'),
    header: fc.boolean(),
    encoding: fc.constantFrom('utf-8', 'utf-16le', 'utf-16be', 'iso-8859-1', 'windows-1252'),
    skipLines: fc.nat({ max: 3 }),
  },
  { requiredKeys: [] },
);

describe('detection', () => {
  test('is right for at least 98 % of generated files, property by property', () => {
    const files = fc.sample(generatedCsv, { numRuns: 1000, seed: 20_260_101 });
    const wrong = { encoding: 0, delimiter: 0, quote: 0, escape: 0, newline: 0, header: 0, all: 0 };
    for (const file of files) {
      const found = whole(file.bytes);
      const misses = {
        encoding: found.encoding !== file.encoding,
        delimiter: found.delimiter !== file.delimiter,
        quote: file.quotes && found.quote !== file.quote,
        escape: file.escape !== undefined && (found.escape ?? found.quote) !== file.escape,
        newline: found.newline !== file.newline,
        header: found.header !== file.header,
      };
      for (const [name, miss] of Object.entries(misses)) if (miss) wrong[name as keyof typeof misses]++;
      if (Object.values(misses).includes(true)) wrong.all++;
    }
    for (const count of Object.values(wrong)) expect(count, JSON.stringify(wrong)).toBeLessThanOrEqual(20);
  });

  test('answers for any bytes, with confidences from 0 to 1', () => {
    fc.assert(
      fc.property(anyBytes, fc.boolean(), given, (bytes, complete, known) => {
        const found = detectCsv(bytes, { complete, given: known });
        const { delimiter, quote, encoding, header } = known;
        const taken = Object.entries({ delimiter, quote, encoding, header }).filter(([, value]) => value !== undefined);
        expect(found).toMatchObject(Object.fromEntries(taken));
        expect(found.delimiter).toMatch(/^[\0-\x7f]$/);
        for (const confidence of Object.values(found.confidence)) {
          expect(confidence).toBeGreaterThanOrEqual(0);
          expect(confidence).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('says the same of the same bytes, wherever they lie', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat({ max: 5 }), (bytes, offset) => {
        const moved = new Uint8Array(bytes.length + offset);
        moved.set(bytes, offset);
        expect(whole(moved.subarray(offset))).toEqual(whole(bytes));
      }),
    );
  });
});
