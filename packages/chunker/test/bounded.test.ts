import { type ByteRange, defaultLimits, type ObjectStore, type PlanMode, type PlanProof } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { describe, expect, test } from 'vitest';
import { readObjectRows, readRows, split } from '../src/index.ts';
import { chunksOf, failureOf, input, locations, runOf, see } from './helpers.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
const long = process.env.TEST_LONG === '1';
const pieceBytes = 64 * 1024;
const etag = '"computed"';

/** An object that is as large as it says, though nobody holds it: `fill` writes what stands at an offset. */
const computed = (sizeBytes: number, fill: (piece: Buffer, offset: number) => Buffer) => {
  const seen = { readBytes: 0, largestHeldBytes: 0 };
  const before = process.memoryUsage().rss;
  const store: ObjectStore = {
    ...memoryStore(),
    head: async (ref) => ({ ref: { ...ref, etag }, sizeBytes, metadata: {} }),
    async *read(_, { range = { start: 0, end: sizeBytes } }: { readonly range?: ByteRange } = {}) {
      const piece = Buffer.alloc(pieceBytes);
      for (let at = range.start; at < range.end; at += pieceBytes) {
        const bytes = fill(piece, at).subarray(0, range.end - at);
        seen.readBytes += bytes.length;
        if ((seen.readBytes & (16 * MiB - 1)) < pieceBytes)
          seen.largestHeldBytes = Math.max(seen.largestHeldBytes, process.memoryUsage().rss - before);
        yield bytes;
      }
    },
  };
  const batch = memoryStore();
  const isSource = (key: string): boolean => key === input.key;
  const both: ObjectStore = {
    ...batch,
    head: (ref, options) => (isSource(ref.key) ? store.head(ref, options) : batch.head(ref, options)),
    read: (ref, options) => (isSource(ref.key) ? store.read(ref, options) : batch.read(ref, options)),
  };
  const grownBytes = (): number => Math.max(seen.largestHeldBytes, process.memoryUsage().rss - before);
  return { store: both, seen, grownBytes };
};

describe('a quote that opens 1 GiB', () => {
  const head = Buffer.from('id,note\n1,a\n2,"');
  const quote = head.length - 1;
  const object = () =>
    computed(GiB, (piece, offset) => {
      piece.fill('x,y\n');
      if (offset < head.length) head.copy(piece, 0, offset);
      return piece;
    });
  /** The cap, and what one read brings beside it. */
  const mostBytes = defaultLimits.maxRecordBytes + 4 * pieceBytes;
  const wanted = { code: 'CSV_UNCLOSED_QUOTE', details: { row: 2, offset: quote } };

  test('ends the plan behind its cap, in little memory', async () => {
    const { store, seen, grownBytes } = object();
    const splitting = split(input, { store, locations, run: runOf(), plan: 'sequential' });
    expect(await failureOf(splitting)).toMatchObject(wanted);
    // The header was read before: as many first bytes as one may have.
    expect(seen.readBytes).toBeLessThan(mostBytes + 256 * 1024);
    expect(grownBytes()).toBeLessThan(128 * MiB);
  });

  test('ends the reading behind its cap, in little memory', async () => {
    const { store, seen, grownBytes } = object();
    expect(await failureOf(see(readObjectRows(input, { store })))).toMatchObject(wanted);
    expect(seen.readBytes).toBeLessThan(mostBytes + 256 * 1024);
    expect(grownBytes()).toBeLessThan(128 * MiB);
  });

  test('disproves, behind its cap, a plan that is a guess from samples', async () => {
    const { store, seen } = object();
    const manifest = await split(input, { store, locations, run: runOf() });
    expect(manifest.planMode).toBe('sampled');
    const before = seen.readBytes;
    const [first] = await chunksOf(manifest);
    const proofs: PlanProof[] = [];
    const { rows } = await see(readRows(first!, { store, onProof: (proof) => proofs.push(proof) }));
    expect(rows.map(({ values }) => values)).toEqual([['1', 'a']]);
    expect(proofs).toEqual([{ endsRecord: false, state: 'CSV_UNCLOSED_QUOTE' }]);
    expect(seen.readBytes - before).toBeLessThan(mostBytes);
  });
});

describe('an object of 64 GiB', () => {
  const sizeBytes = 64 * GiB;
  const header = 'id,note,quoted                 \n';
  const record = '1234567,  some text,"x\ny""z",7\n'.padStart(32, '0');
  const recordBytes = 32;
  const rowsBefore = (offset: number): number => offset / recordBytes - 1;
  const body = Buffer.alloc(pieceBytes + recordBytes, record);
  const front = Buffer.from(header.trimEnd().replace('quoted', 'quoted,last').padEnd(31, ' ').concat('\n'));
  const object = (bytes = sizeBytes) =>
    computed(bytes, (piece, offset) => {
      const phase = offset % recordBytes;
      if (offset >= recordBytes) return body.subarray(phase, phase + pieceBytes);
      body.copy(piece, 0, phase, phase + pieceBytes);
      front.copy(piece, 0, offset);
      return piece;
    });

  test('is made of records of 32 bytes', () => {
    expect([front.length, record.length]).toEqual([recordBytes, recordBytes]);
  });

  // A full scan of more than a few GiB takes its time.
  const plans: readonly [PlanMode, number][] = [
    ['sampled', sizeBytes],
    ...(long ? [['sequential', sizeBytes] as const] : []),
  ].map(([mode, bytes]) => [mode as PlanMode, bytes as number]);
  test.each(plans)('is planned in little memory: %s, %d bytes', { timeout: 600_000 }, async (plan, bytes) => {
    const { store, seen, grownBytes } = object(bytes);
    const manifest = await split(input, { store, locations, run: runOf(), plan });
    let next = recordBytes;
    let chunks = 0;
    for await (const { range, firstRow } of manifest.chunks) {
      expect(range.start).toBe(next);
      expect(range.end % recordBytes).toBe(0);
      if (plan === 'sequential') expect(firstRow).toBe(rowsBefore(range.start) + 1);
      next = range.end;
      chunks++;
    }
    expect(next).toBe(bytes);
    expect(chunks).toBe(manifest.chunkCount);
    expect(chunks).toBeGreaterThan(bytes / (128 * MiB));
    if (plan === 'sampled') expect(seen.readBytes).toBeLessThan(chunks * MiB);
    expect(grownBytes()).toBeLessThan(128 * MiB);
  });

  test.each([2 ** 31, 2 ** 32, 5 * GiB, 63 * GiB])(
    'is planned on behind byte %d where a plan broke off',
    async (offset) => {
      const bytes = offset + 200 * recordBytes;
      const { store, seen } = object(bytes);
      const resume = {
        batchId: 'batch',
        etag,
        offset: offset - 100 * recordBytes,
        nextRow: rowsBefore(offset) - 99,
        nextIndex: 7,
        segments: [],
      };
      const manifest = await split(input, {
        store,
        locations,
        run: runOf(),
        plan: 'sequential',
        resume,
        chunkRows: 64,
      });
      expect(manifest.rowCount).toBe(rowsBefore(bytes));
      const chunks = await chunksOf(manifest);
      expect(chunks.map(({ range }) => range.end).at(-1)).toBe(bytes);
      const { rows } = await see(readRows(chunks[1]!, { store }));
      expect(rows[0]).toMatchObject({ byteOffset: offset - 36 * recordBytes, rowNumber: rowsBefore(offset) - 35 });
      expect(rows[0]?.values).toHaveLength(4);
      expect(seen.readBytes).toBeLessThan(2 * MiB);
    },
  );

  test('has its last chunk read in little memory', async () => {
    const { store, grownBytes } = object();
    const manifest = await split(input, { store, locations, run: runOf(), plan: 'sampled' });
    const last = (await chunksOf(manifest)).at(-1)!;
    let rows = 0;
    for await (const { positions, rejects } of readRows(last, { store })) {
      rows += positions.length;
      expect(rejects).toEqual([]);
    }
    expect(rows).toBe((last.range.end - last.range.start) / recordBytes);
    expect(grownBytes()).toBeLessThan(128 * MiB);
  });
});
