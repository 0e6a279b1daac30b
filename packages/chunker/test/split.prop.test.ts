import { type ObjectStore, PipelineDeadlineError, passThrough, readBytes } from '@pipeline/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { processChunk, readRows, type SplitCursor, type SplitOptions, split } from '../src/index.ts';
import { cleanFile, fileText, nastyBytes, recordTexts, sizes } from './arbitraries.ts';
import {
  chunksOf,
  comma,
  failureOf,
  input,
  locations,
  runOf,
  type Seen,
  see,
  slicing,
  splitText,
  storeWith,
} from './helpers.ts';
import { parseReference } from './reference-parser.ts';

/** A header of two columns above anything that has no open quote. */
const nastyFile = nastyBytes(',', '"', 80)
  .map((bytes) => Buffer.concat([Buffer.from('h1,h2\n'), bytes]))
  .filter((bytes) => parseReference(bytes, comma).failure === undefined);

const bounds = fc.record(
  { chunkBytes: fc.integer({ min: 1, max: 60 }), chunkRows: fc.integer({ min: 1, max: 5 }), materialize: fc.boolean() },
  { requiredKeys: ['chunkBytes', 'materialize'] },
);

const seeChunks = async (store: ObjectStore, chunks: Awaited<ReturnType<typeof chunksOf>>): Promise<Seen> => {
  const all: Seen = { rows: [], rejects: [], warnings: {}, batchRows: [] };
  for (const chunk of chunks) {
    const seen = await see(readRows(chunk, { store }));
    all.rows.push(...seen.rows);
    all.rejects.push(...seen.rejects);
    for (const [key, count] of Object.entries(seen.warnings)) all.warnings[key] = (all.warnings[key] ?? 0) + count;
  }
  return all;
};

test('the rows of all chunks are the rows of the file, written as objects or not', async () => {
  await fc.assert(
    fc.asyncProperty(nastyFile, bounds, sizes, async (bytes, options, pieces) => {
      const { store, manifest, chunks } = await splitText(bytes, options);
      const records = parseReference(bytes, comma).records.slice(1);
      expect(manifest).toMatchObject({ rowCount: records.length, chunkCount: chunks.length, bytes: bytes.length });
      const { rows, rejects } = await seeChunks(slicing(store, pieces), chunks);
      const all = [...rows, ...rejects].sort((a, b) => a.rowNumber - b.rowNumber);
      expect(all.map(({ rowNumber, byteOffset, raw }) => ({ rowNumber, byteOffset, raw }))).toEqual(
        records.map(({ start, end }, i) => ({
          rowNumber: i + 1,
          byteOffset: start,
          raw: bytes.subarray(start, end).toString('latin1'),
        })),
      );
      let at = manifest.sources[0]!.header.end;
      for (const chunk of chunks) {
        expect(chunk.sourceOffset).toBe(at);
        at += chunk.range.end - chunk.range.start;
        if (chunk.rowCount! > 1) expect(chunk.range.end - chunk.range.start).toBeLessThanOrEqual(options.chunkBytes);
        expect(chunk.rowCount).toBeLessThanOrEqual(options.chunkRows ?? chunk.rowCount!);
      }
      expect(at).toBe(bytes.length);
    }),
    { numRuns: 200 },
  );
});

test('a written chunk is a CSV file of its own with the same rows', async () => {
  await fc.assert(
    fc.asyncProperty(cleanFile, fc.integer({ min: 1, max: 60 }), async (file, chunkBytes) => {
      const text = fileText(file);
      const { store, manifest, chunks } = await splitText(text, { chunkBytes, materialize: true });
      const headBytes = manifest.sources[0]!.header.end;
      const head = Buffer.from(text).subarray(0, headBytes);
      const bodies: Buffer[] = [];
      for (const chunk of chunks) {
        expect(chunk.kind).toBe('csv-object');
        const body = Buffer.from(await readBytes(store, chunk.object));
        expect(body.subarray(0, headBytes).equals(head)).toBe(true);
        bodies.push(body.subarray(headBytes));
      }
      expect(Buffer.concat([head, ...bodies]).toString()).toBe(text);
      const ranges = await splitText(text, { chunkBytes });
      expect(await seeChunks(store, chunks)).toEqual(await seeChunks(ranges.store, ranges.chunks));
    }),
    { numRuns: 100 },
  );
});

/** A store that strikes the deadline at the `n`th pull of source bytes behind the header. */
const deadlineStore = (
  store: ObjectStore,
  pieces: readonly number[],
  strikeAt: number,
  strike: () => void,
): ObjectStore => {
  const cut = slicing(store, pieces);
  let pulls = 0;
  return {
    ...store,
    async *read(ref, options) {
      if (ref.key !== input.key || (options?.range?.start ?? 0) === 0) {
        yield* store.read(ref, options);
        return;
      }
      for await (const piece of cut.read(ref, options)) {
        if (++pulls === strikeAt) strike();
        options?.signal?.throwIfAborted();
        yield piece;
      }
    },
  };
};

test('a split that is interrupted and resumed anywhere makes the plan of one pass', async () => {
  let resumed = 0;
  await fc.assert(
    fc.asyncProperty(
      nastyFile,
      bounds,
      sizes,
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 }),
      async (bytes, options, pieces, strikes) => {
        const whole = await splitText(bytes, options);
        const store = await storeWith(bytes);
        let cursor: SplitCursor | undefined;
        const attempt = async (strikeAt: number | undefined): Promise<boolean> => {
          const controller = new AbortController();
          const run = runOf({ signal: controller.signal });
          const strike = (): void => controller.abort(new PipelineDeadlineError('DEADLINE', {}));
          const resume: Partial<SplitOptions> = cursor === undefined ? {} : { resume: cursor };
          const under = strikeAt === undefined ? store : deadlineStore(store, pieces, strikeAt, strike);
          try {
            await split(input, { store: under, locations, run, ...options, ...resume });
            return true;
          } catch (error) {
            expect(error).toMatchObject({ code: 'DEADLINE', retryable: true });
            const next = (error as PipelineDeadlineError).details.cursor as SplitCursor | undefined;
            // A cursor has crossed a state machine: it is plain JSON, and small.
            if (next !== undefined) {
              cursor = JSON.parse(JSON.stringify(next)) as SplitCursor;
              resumed++;
            }
            return false;
          }
        };
        let done = false;
        for (const strikeAt of strikes) done ||= await attempt(strikeAt);
        if (!done) expect(await attempt(undefined)).toBe(true);
        const manifest = await split(input, { store, locations, run: runOf() });
        expect(await chunksOf(manifest)).toEqual(whole.chunks);
        expect(manifest).toMatchObject({ chunkCount: whole.manifest.chunkCount, rowCount: whole.manifest.rowCount });
        expect(store.keys().filter((key) => key.includes('/plan/'))).toEqual([]);
        expect(store.openUploads()).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
  expect(resumed).toBeGreaterThan(50);
});

test('split, process and lay the parts end to end: the input minus its rejects', async () => {
  await fc.assert(
    fc.asyncProperty(nastyFile, bounds, fc.integer({ min: 1, max: 4 }), async (bytes, options, batchRows) => {
      const { store, manifest, chunks } = await splitText(bytes, options);
      const parts: Uint8Array[] = [];
      const lines: string[] = [];
      let read = 0;
      for (const chunk of chunks) {
        const result = await processChunk(chunk, passThrough(), { store, locations, run: runOf(), batchRows });
        expect(result.rowsRead).toBe(result.rowsWritten + result.rowsRejected);
        expect(result.rowsRead).toBe(chunk.rowCount);
        read += result.rowsRead;
        parts.push(await readBytes(store, result.output.object));
        if (result.rejects !== undefined)
          lines.push(
            ...Buffer.from(await readBytes(store, result.rejects.object))
              .toString()
              .trimEnd()
              .split('\n'),
          );
      }
      const { records } = parseReference(bytes, comma);
      const sound = records.filter(({ fields, spoilt }, i) => i === 0 || (!spoilt && fields.length === 2));
      expect(Buffer.concat(parts).toString()).toBe(
        Buffer.concat(sound.map(({ start, next }) => bytes.subarray(start, next))).toString(),
      );
      const rejected = records.slice(1).filter((record) => !sound.includes(record));
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
        rejected.map(({ start, end }) =>
          expect.objectContaining({ byteOffset: start, raw: bytes.subarray(start, end).toString() }),
        ),
      );
      expect(read).toBe(manifest.rowCount);
    }),
    { numRuns: 200 },
  );
});

test('well-formed rows come out as the bytes they went in', async () => {
  await fc.assert(
    fc.asyncProperty(cleanFile, fc.integer({ min: 1, max: 60 }), async (file, chunkBytes) => {
      const text = fileText(file);
      const { store, chunks } = await splitText(text, { chunkBytes });
      const parts: Uint8Array[] = [];
      for (const chunk of chunks) {
        const result = await processChunk(chunk, passThrough(), { store, locations, run: runOf() });
        expect(result.rowsRejected).toBe(0);
        parts.push(await readBytes(store, result.output.object));
      }
      expect(Buffer.concat(parts).toString()).toBe(text);
      expect(chunks.reduce((sum, { rowCount }) => sum + rowCount!, 0)).toBe(recordTexts(file).length);
    }),
    { numRuns: 150 },
  );
});

test('an open quote anywhere fails the split with the place of the quote', async () => {
  await fc.assert(
    fc.asyncProperty(nastyBytes(',', '"', 40), fc.integer({ min: 1, max: 30 }), async (bytes, chunkBytes) => {
      const file = Buffer.concat([Buffer.from('h1,h2\n'), bytes, Buffer.from('\n1,"open')]);
      const { failure } = parseReference(file, comma);
      fc.pre(failure !== undefined);
      const store = await storeWith(file);
      const error = await failureOf(split(input, { store, locations, run: runOf(), chunkBytes }));
      expect(error).toMatchObject({
        code: 'CSV_UNCLOSED_QUOTE',
        details: { offset: failure.offset, row: failure.record },
      });
      expect(store.keys().filter((key) => key.endsWith('manifest.json'))).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
