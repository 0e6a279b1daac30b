import { gzipSync } from 'node:zlib';
import {
  PipelineDeadlineError as Deadline,
  type ObjectStore,
  type PipelineDeadlineError,
  type PipelineEvent,
  passThrough,
  readBytes,
} from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCsv, processChunk, readObjectRows, readRows, type SplitCursor, split } from '../../src/index.ts';
import { chunksOf, failureOf, input, locations, runOf, see, slicing, splitText, storeWith } from '../helpers.ts';
import { nasty, nastyIn } from './arbitraries.ts';
import { parseReference } from './reference.ts';

const bars = { delimiter: '||', quote: '"' } as const;

describe('a dialect that the scanner does not know', () => {
  test('is announced in the manifest and by an event; others are not', async () => {
    const events: PipelineEvent[] = [];
    const observed = async (dialect: { delimiter: string; quote: string }) => {
      const run = runOf({ observe: (event) => events.push(event) });
      const store = await storeWith(`a${dialect.delimiter}b\n1${dialect.delimiter}2\n`);
      return (await split(input, { store, locations, run, dialect })).sources[0]!;
    };
    expect(await observed(bars)).toMatchObject({
      reader: 'csv-parse',
      dialect: bars,
      columns: ['a', 'b'],
      rowCount: 1,
    });
    expect(events).toContainEqual({ type: 'source.fallback', batchId: 'batch', reader: 'csv-parse' });
    events.length = 0;
    expect(await observed({ delimiter: ';', quote: '"' })).not.toHaveProperty('reader');
    expect(events.map(({ type }) => type)).not.toContain('source.fallback');
  });

  test('is planned in one pass, and says so where another plan is asked for', async () => {
    const store = await storeWith('a||b\n1||2\n');
    for (const plan of ['parallel', 'sampled'] as const) {
      const error = await failureOf(split(input, { store, locations, run: runOf(), dialect: bars, plan }));
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', details: { option: 'plan' } });
    }
    const manifest = await split(input, { store, locations, run: runOf(), dialect: bars, plan: 'sequential' });
    expect(manifest.planMode).toBe('sequential');
  });

  test('must be given whole: nothing is detected beside it', async () => {
    const store = await storeWith('a||b\n1||2\n');
    const error = await failureOf(openCsv(input, { store, delimiter: '||', detect: true }));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', details: { option: 'detect' } });
  });
});

test('split, process and lay the parts end to end: the input minus its rejects', async () => {
  const file = nastyIn(80)
    .map(({ dialect, bytes }) => {
      const header = Buffer.from(`h1${dialect.delimiter}h2\n`);
      return { dialect, bytes: Buffer.concat([header, bytes]) };
    })
    .filter(({ dialect, bytes }) => parseReference(bytes, dialect).failure === undefined);
  const sizes = fc.record(
    {
      chunkBytes: fc.integer({ min: 1, max: 60 }),
      chunkRows: fc.integer({ min: 1, max: 5 }),
      materialize: fc.boolean(),
    },
    { requiredKeys: ['chunkBytes', 'materialize'] },
  );
  await fc.assert(
    fc.asyncProperty(file, sizes, fc.integer({ min: 1, max: 4 }), async ({ dialect, bytes }, size, batchRows) => {
      const text = { invalid: 'reject', nul: 'keep' } as const;
      const { store, manifest, chunks } = await splitText(bytes, { ...size, dialect, text });
      const { records } = parseReference(bytes, dialect);
      expect(manifest.rowCount).toBe(records.length - 1);
      const parts: Uint8Array[] = [];
      const rejected: number[] = [];
      for (const chunk of chunks) {
        const result = await processChunk(chunk, passThrough(), { store, locations, run: runOf(), batchRows });
        expect(result.rowsRead).toBe(chunk.rowCount);
        expect(result.rowsRead).toBe(result.rowsWritten + result.rowsRejected);
        parts.push(await readBytes(store, result.output.object));
        const { rejects } = await see(readRows(chunk, { store }));
        rejected.push(...rejects.map(({ byteOffset }) => byteOffset));
      }
      const isText = (piece: Buffer): boolean => Buffer.from(piece.toString()).equals(piece);
      const sound = records.filter(
        ({ start, end, fields, spoilt }) => !spoilt && fields.length === 2 && isText(bytes.subarray(start, end)),
      );
      expect(Buffer.concat(parts).toString('latin1')).toBe(
        sound.map(({ start, next }) => bytes.toString('latin1', start, next)).join(''),
      );
      expect(rejected).toEqual(records.filter((record) => !sound.includes(record)).map(({ start }) => start));
    }),
    { numRuns: 300 },
  );
});

test('a packed source is unpacked into chunk objects, each a file of its own', async () => {
  await fc.assert(
    fc.asyncProperty(nasty(bars), fc.integer({ min: 1, max: 40 }), async (body, chunkBytes) => {
      const bytes = Buffer.concat([Buffer.from('h1||h2\n'), body]);
      fc.pre(parseReference(bytes, bars).failure === undefined);
      const packed = await splitText(gzipSync(bytes), { chunkBytes, dialect: bars });
      const bodies: Buffer[] = [];
      for (const chunk of packed.chunks) {
        expect(chunk.kind).toBe('csv-object');
        bodies.push(Buffer.from(await readBytes(packed.store, chunk.object)).subarray(7));
      }
      expect(Buffer.concat(bodies).toString('latin1')).toBe(body.toString('latin1'));
      const plain = await splitText(bytes, { chunkBytes, dialect: bars });
      expect(packed.chunks.map(({ firstRow, rowCount }) => [firstRow, rowCount])).toEqual(
        plain.chunks.map(({ firstRow, rowCount }) => [firstRow, rowCount]),
      );
    }),
    { numRuns: 60 },
  );
});

/** Strikes the deadline at the `n`th piece behind the header. */
const striking = (store: ObjectStore, strikeAt: number, strike: () => void): ObjectStore => {
  const cut = slicing(store, [30_000]);
  let pulls = 0;
  return {
    ...store,
    async *read(ref, options) {
      const source = ref.key === input.key && (options?.range?.start ?? 0) > 0;
      for await (const piece of (source ? cut : store).read(ref, options)) {
        if (source && ++pulls === strikeAt) strike();
        options?.signal?.throwIfAborted();
        yield piece;
      }
    },
  };
};

test('a split that the deadline ends goes on from its cursor, to the plan of one pass', async () => {
  const rows = Array.from({ length: 9000 }, (_, i) => `${i}||"a ""quoted""\n||value ${i}"||é${'x'.repeat(i % 60)}\n`);
  const text = `id||note||more\n${rows.join('')}`;
  const options = { dialect: bars, chunkBytes: 50_000, chunkRows: 800 };
  const whole = await splitText(text, options);
  const store = await storeWith(text);
  let cursor: SplitCursor | undefined;
  let resumed = 0;
  for (let tries = 0; tries < 100; tries++) {
    const controller = new AbortController();
    const under = striking(store, 5, () => controller.abort(new Deadline('DEADLINE', {})));
    const resume = cursor === undefined ? {} : { resume: cursor };
    try {
      await split(input, { store: under, locations, run: runOf({ signal: controller.signal }), ...options, ...resume });
      break;
    } catch (error) {
      expect(error).toMatchObject({ code: 'DEADLINE' });
      cursor = (error as PipelineDeadlineError).details.cursor as SplitCursor;
      resumed++;
    }
  }
  expect(resumed).toBeGreaterThan(5);
  const manifest = await split(input, { store, locations, run: runOf() });
  expect(await chunksOf(manifest)).toEqual(whole.chunks);
  expect(manifest.rowCount).toBe(9000);
});

describe('the header', () => {
  const open = async (text: string, options: Partial<Parameters<typeof openCsv>[1]> = {}) =>
    openCsv(input, { store: await storeWith(text), delimiter: '||', ...options });

  test.each([
    ['plain names', 'a||b||c\n1||2||3\n', {}, { columns: ['a', 'b', 'c'], headerText: 'a||b||c\n' }],
    ['a quoted name', '"a||""x"""||b\r\n', {}, { columns: ['a||"x"', 'b'], header: { start: 0, end: 15 } }],
    ['a byte order mark', '\uFEFFa||b\n', {}, { columns: ['a', 'b'], bom: true, header: { start: 3, end: 8 } }],
    [
      'lines and comments before it',
      'report\n// x||"\na||b\n',
      { skipLines: 1, comment: '//' },
      { columns: ['a', 'b'] },
    ],
    ['none', '1||2\n', { header: 'none' }, { columns: ['column_1', 'column_2'], headerText: '' }],
    ['other tokens', '”a¦”””¦b', { delimiter: '¦', quote: '”' }, { columns: ['a¦”', 'b'], headerText: '”a¦”””¦b' }],
    [
      'reserved columns of mended rejects',
      'a||b||__pipeline_row||__pipeline_messages\n',
      {},
      { columns: ['a', 'b'], strippedColumns: 2, headerText: 'a||b\n' },
    ],
  ] as const)('with %s is read', async (_, text, options, expected) => {
    expect(await open(text, options)).toMatchObject({ ...expected, reader: 'csv-parse' });
  });

  test.each([
    ['bytes behind a closing quote', '"a"x||b\n', /after a closing quote/],
    ['a quote that is never closed', 'a||"b\n1||2\n', /never closed/],
    ['a blank name', 'a||||b\n', /no name for column 2/],
    ['no end within its cap', `a||${'x'.repeat(70_000)}\n`, /longer than 65536 bytes/],
  ])('with %s is refused', async (_, text, message) => {
    const error = await failureOf(open(text));
    expect(error).toMatchObject({ code: 'CSV_BAD_HEADER' });
    expect(error.message).toMatch(message);
  });

  test('of a mended file is read with its rows', async () => {
    const text = 'a||b||__pipeline_row||__pipeline_rules\n1||x||7||"fields"\n2||3||fields\n';
    const store = await storeWith(text);
    const { rows, rejects } = await see(readObjectRows(input, { store, delimiter: '||' }));
    expect(rows.map(({ raw, values }) => [raw, values])).toEqual([['1||x', ['1', 'x']]]);
    expect(rejects.map(({ raw, codes }) => [raw, codes])).toEqual([['2', ['ROW_FIELD_COUNT']]]);
  });
});
