import { PipelineError } from '@pipeline/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRecordFeed, type FedWindow, type RecordFeedOptions } from '../../src/fallback/record-feed.ts';
import { sizes } from '../arbitraries.ts';
import { nastyIn } from './arbitraries.ts';
import { parseReference } from './reference.ts';

type Record = readonly [start: number, next: number, ends: readonly number[], values: readonly string[]];

/** Each record with its places in the source; the error that ends them, if one does. */
const feed = (bytes: Buffer, pieces: readonly number[], options: RecordFeedOptions) => {
  const records: Record[] = [];
  let most = 0;
  const add = (windows: Iterable<FedWindow>): void => {
    for (const { starts, counts, ends, values, offset, bytes, startOffsets, nextOffsets } of windows) {
      most = Math.max(most, bytes.length);
      for (const [i, start] of starts.entries()) {
        expect(offset + start).toBe(startOffsets[i]);
        const fields = [counts[i - 1] ?? 0, counts[i]] as const;
        const own = ends.slice(...fields).map((end) => end + offset);
        records.push([startOffsets[i]!, nextOffsets[i]!, own, values.slice(...fields)]);
      }
    }
  };
  try {
    const { push, end } = createRecordFeed(options);
    for (let from = 0, i = 0; from < bytes.length; i++) {
      const piece = Uint8Array.from(bytes.subarray(from, from + pieces[i % pieces.length]!));
      add(push(piece));
      from += piece.length;
      piece.fill(0x22);
    }
    add(end());
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    return { records, most, failure: [error.code, error.details.offset, error.details.row] };
  }
  return { records, most, failure: undefined };
};

test('windows of any size hold the same records, or end in the same error', () => {
  fc.assert(
    fc.property(
      nastyIn(),
      sizes,
      fc.integer({ min: 1, max: 30 }),
      fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constant(1e6)),
      ({ dialect, bytes }, pieces, windowBytes, maxRecordBytes) => {
        const options = { dialect, limits: { maxRecordBytes }, encoding: 'utf-8', offset: 0, row: 1 } as const;
        const whole = feed(bytes, [1000], options);
        const cut = feed(bytes, pieces, { ...options, windowBytes });
        expect(cut.failure).toEqual(whole.failure);
        // Windows in front of the one that fails have been handed on.
        if (whole.failure === undefined) expect(cut.records).toEqual(whole.records);
        const { records, failure } = parseReference(bytes, dialect, maxRecordBytes);
        expect(whole.failure).toEqual(failure && [failure.code, failure.offset, failure.record + 1]);
        if (failure === undefined)
          expect(whole.records.map(([start, next, ends]) => ({ start, next, ends }))).toEqual(
            records.map(({ start, next, fields }) => ({ start, next, ends: fields.map(({ end }) => end) })),
          );
      },
    ),
    { numRuns: 2000 },
  );
});
