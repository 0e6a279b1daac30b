import type { ChunkRef, PlanProof } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRows, split } from '../../src/index.ts';
import { cleanFile, fileText, nastyBytes } from '../arbitraries.ts';
import { chunksOf, comma, input, locations, runOf, type Seen, see, splitText, storeWith } from '../helpers.ts';
import { parseReference } from '../reference-parser.ts';

interface Read {
  readonly seen: Seen;
  /** Every chunk ended where a record ends. */
  readonly proven: boolean;
}

/** Reads the chunks of a plan as workers do, each for itself. */
const readAll = async (store: Awaited<ReturnType<typeof storeWith>>, chunks: readonly ChunkRef[]): Promise<Read> => {
  const seen: Seen = { rows: [], rejects: [], warnings: {}, batchRows: [] };
  let proven = true;
  for (const chunk of chunks) {
    const proofs: PlanProof[] = [];
    const part = await see(readRows(chunk, { store, onProof: (proof) => proofs.push(proof) }));
    expect(proofs).toHaveLength(chunk.planMode === 'sampled' ? 1 : 0);
    proven &&= proofs.every(({ endsRecord }) => endsRecord);
    seen.rows.push(...part.rows);
    seen.rejects.push(...part.rejects);
  }
  return { seen, proven };
};

const placesOf = ({ rows, rejects }: Seen) => ({
  rows: rows.map(({ byteOffset, raw, values }) => ({ byteOffset, raw, values })),
  rejects: rejects.map(({ byteOffset, raw, codes }) => ({ byteOffset, raw, codes })),
});

/** The same file planned from samples and in one pass, both read. */
const bothWays = async (bytes: string | Uint8Array, chunkBytes: number): Promise<{ sampled: Read; whole: Read }> => {
  const sampled = await splitText(bytes, { chunkBytes, plan: 'sampled' });
  const whole = await splitText(bytes, { chunkBytes, plan: 'sequential' });
  expect(sampled.manifest).toMatchObject({ planMode: 'sampled', rowCount: null });
  return {
    sampled: await readAll(sampled.store, sampled.chunks),
    whole: await readAll(whole.store, whole.chunks),
  };
};

test('a plan that every chunk proves reads as the file does, and any other is disproved', async () => {
  let proven = 0;
  let disproved = 0;
  await fc.assert(
    fc.asyncProperty(nastyBytes(',', '"', 120), fc.integer({ min: 1, max: 40 }), async (tail, chunkBytes) => {
      const bytes = Buffer.concat([Buffer.from('h1,h2\n'), tail]);
      fc.pre(parseReference(bytes, comma).failure === undefined && tail.length > 0);
      const { sampled, whole } = await bothWays(bytes, chunkBytes);
      expect(whole.proven).toBe(true);
      if (sampled.proven) {
        proven++;
        expect(placesOf(sampled.seen)).toEqual(placesOf(whole.seen));
      } else disproved++;
    }),
    { numRuns: 1500 },
  );
  // Both must have been met, or this shows little.
  expect(Math.min(proven, disproved)).toBeGreaterThan(20);
});

test('of well-formed files of some length nearly every plan is right at once', async () => {
  let right = 0;
  let files = 0;
  await fc.assert(
    fc.asyncProperty(cleanFile, async (file) => {
      const rows = Array.from({ length: 12 }, () => file.rows).flat();
      fc.pre(rows.length > 60 && file.columns.length > 1);
      const text = fileText({ ...file, rows });
      const { sampled, whole } = await bothWays(text, 200);
      files++;
      if (!sampled.proven) return;
      right++;
      expect(placesOf(sampled.seen)).toEqual(placesOf(whole.seen));
    }),
    { numRuns: 60 },
  );
  expect(right / files).toBeGreaterThan(0.9);
});

describe('a file that misleads samples', () => {
  const row = (n: number): string => `${n},"name ${n}",some text\n`;
  // Inside the quotes stand lines that look exactly like records, for longer than any sample reaches.
  const trap = `1,"${'7,name,some text\n'.repeat(12_000)}",some text\n`;
  const text = `id,name,note\n${Array.from({ length: 500 }, (_, n) => row(n)).join('')}${trap}${row(501)}`;

  test.each([20_000, 50_000, 90_000])('is found out by its chunks (%d bytes each)', async (chunkBytes) => {
    const { sampled, whole } = await bothWays(text, chunkBytes);
    expect(whole.seen.rows).toHaveLength(502);
    expect(sampled.proven).toBe(false);
  });

  test('is planned again by a full scan, whose chunks are right', async () => {
    const store = await storeWith(text);
    const options = { store, locations, run: runOf(), chunkBytes: 50_000 };
    const first = await split(input, { ...options, plan: 'sampled' });
    const second = await split(input, { ...options, plan: 'sampled', planNumber: 2 });
    expect([first.planMode, second.planMode, second.planNumber]).toEqual(['sampled', 'sequential', 2]);
    expect(second.object.key).not.toBe(first.object.key);
    const { seen } = await readAll(store, await chunksOf(second));
    expect(seen.rows.map(({ rowNumber }) => rowNumber)).toEqual(Array.from({ length: 502 }, (_, i) => i + 1));
  });
});
