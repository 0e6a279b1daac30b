import { defaultLimits, PipelineError } from '@pipeline/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PlannedChunk } from '../../src/plan/chunk-cutter.ts';
import { planChunks } from '../../src/plan/plan-chunks.ts';
import { sizes } from '../arbitraries.ts';
import { slicesOf } from '../helpers.ts';
import { type Dialect, planByRanges } from './plan-by-ranges.ts';

const dialects: readonly Dialect[] = [
  { delimiter: ',', quote: '"' },
  { delimiter: ';', quote: '' },
  { delimiter: ',', quote: '"', escape: '\\' },
  { delimiter: ',', quote: '"', loneCr: true },
  { delimiter: ',', quote: '"', comment: '#' },
  { delimiter: ',', quote: '"', comment: '#', loneCr: true, escape: '\\' },
];

const bytesOf = ({ delimiter }: Dialect): fc.Arbitrary<Buffer> =>
  fc
    .array(
      fc.constantFrom(
        ...['a', 'bc', 'a\n', delimiter, '"', '"', '""', '\n', '\n', '\r\n', '\r', '\\', '#', '"x"', '\n"', '",'],
      ),
      { maxLength: 70, size: 'max' },
    )
    .map((pieces) => Buffer.from(pieces.join('')));

/** What planning ends in: chunks, or an error with its place. */
const outcome = async (chunks: AsyncIterable<PlannedChunk>): Promise<unknown> => {
  const planned: PlannedChunk[] = [];
  try {
    for await (const chunk of chunks) planned.push(chunk);
    return { planned };
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    return { planned, code: error.code, details: error.details };
  }
};

test.each(dialects)(
  'ranges that are scanned apart make the plan of one pass, whatever the bytes: %j',
  async (dialect) => {
    let failures = 0;
    await fc.assert(
      fc.asyncProperty(
        bytesOf(dialect),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 6 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
        sizes,
        fc.constantFrom(3, 8, 20, 1000),
        fc.integer({ min: 2, max: 30 }),
        async (bytes, chunkBytes, gridStart, cells, pieces, maxRecordBytes, windowBytes) => {
          fc.pre(bytes.length > gridStart);
          const limits = { ...defaultLimits, maxRecordBytes };
          const sequential = await outcome(
            planChunks(slicesOf(bytes.subarray(gridStart), pieces), { dialect, limits, chunkBytes, offset: gridStart }),
          );
          const parallel = await outcome(
            planByRanges(bytes, dialect, { gridStart, chunkBytes, cells, pieces, maxRecordBytes, windowBytes }),
          );
          if ('code' in (parallel as object)) {
            failures++;
            // Chunks in front of the error may or may not be known by then.
            expect({ ...(parallel as object), planned: [] }).toEqual({ ...(sequential as object), planned: [] });
          } else expect(parallel).toEqual(sequential);
        },
      ),
      { numRuns: 500 },
    );
    expect(failures).toBeGreaterThan(5);
  },
);
