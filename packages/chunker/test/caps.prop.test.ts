import { type CsvEncoding, defaultLimits, PipelineError } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readObjectRows, type SplitOptions } from '../src/index.ts';
import { encode } from './detect/samples.ts';
import { input, slicing, splitText, storeWith } from './helpers.ts';

const encodings: readonly CsvEncoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'iso-8859-1', 'windows-1252'];
const limits = { ...defaultLimits, maxRecordBytes: 24, maxFieldBytes: 14 };

/** Records of which some are too long, some of them for a quote; letters of one to four bytes where the encoding has them. */
const fileOf = (encoding: CsvEncoding): fc.Arbitrary<string> => {
  const wide = encoding.startsWith('utf') ? ['é', '日', '😀'] : ['é', 'ß'];
  const pieces = fc.constantFrom('a', 'b', ...wide, ',', '"', '""', '\n', '\r\n', '#');
  return fc.array(pieces, { maxLength: 60 }).map((body) => `id,é\n${body.join('')}`);
};

interface Outcome {
  /** Data rows and codes of rejects. */
  readonly rejects: string[];
  readonly rows: string[];
  failed?: readonly unknown[];
}

const placeOf = (error: unknown): readonly unknown[] => {
  if (!PipelineError.is(error)) throw error;
  const { row, offset, maxRecordBytes } = error.details;
  return [error.code, row, offset, maxRecordBytes];
};

const read = async (bytes: Uint8Array, sizes: readonly number[], options: Partial<SplitOptions>): Promise<Outcome> => {
  const { dialect, encoding } = options;
  const store = slicing(await storeWith(bytes), sizes);
  const outcome: Outcome = { rejects: [], rows: [] };
  try {
    for await (const batch of readObjectRows(input, { store, limits, ...dialect, ...(encoding && { encoding }) })) {
      for (const position of batch.positions) outcome.rows.push(batch.records.values(position).join('·'));
      for (const { rowNumber, issues } of batch.rejects)
        outcome.rejects.push(`${rowNumber} ${issues.map(({ code, column }) => `${code} ${column}`)}`);
    }
  } catch (error) {
    outcome.failed = placeOf(error);
  }
  return outcome;
};

const plan = (bytes: Uint8Array, options: Partial<SplitOptions>): Promise<readonly unknown[] | undefined> =>
  splitText(bytes, { limits, ...options }).then(() => undefined, placeOf);

describe.each(encodings)('caps of records and fields in %s', (encoding) => {
  const cases = fc.record({
    text: fileOf(encoding),
    sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 }),
    comment: fc.constantFrom(undefined, '#'),
  });

  test('end the reading where they end the plan, whichever way it is made and however the bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ text, sizes, comment }) => {
        const bytes = encode(text, encoding);
        const options = { encoding, ...(comment === undefined ? {} : { dialect: { comment } }) };
        const whole = await read(bytes, [1_000_000], options);
        expect(await read(bytes, sizes, options)).toEqual(whole);
        expect(await plan(bytes, options)).toEqual(whole.failed);
        expect(await plan(bytes, { ...options, chunkBytes: 16, plan: 'parallel' })).toEqual(whole.failed);
        if (whole.failed !== undefined) expect(whole.failed[3]).toBe(limits.maxRecordBytes);
      }),
    );
  });

  test('count the bytes of the file', async () => {
    const size = encoding.startsWith('utf-16') ? 2 : 1;
    const at = (units: number): string => `id,é\n1,${'a'.repeat(units)}\n`;
    const rows = async (units: number) => (await read(encode(at(units), encoding), [1_000_000], { encoding })).rejects;
    expect(await rows(14 / size)).toEqual([]);
    expect(await rows(14 / size + 1)).toEqual(['1 ROW_FIELD_TOO_LARGE é']);
  });
});
