import { Readable } from 'node:stream';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  type ChunkResult,
  type CsvRecord,
  crc32,
  crc32Hex,
  mapRows,
  type ObjectStore,
  passThrough,
  readBytes,
  type SourceEntry,
  type Stage,
} from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decompress } from '../src/compression/decompress.ts';
import {
  createRowFormatter,
  type ProcessChunkOptions,
  parseRows,
  processChunk,
  readRows,
  type SplitOptions,
  writeRows,
} from '../src/index.ts';
import { checkOutputFormat, contentTypeOf, outputName } from '../src/write/output-format.ts';
import { cleanFile, fileText } from './arbitraries.ts';
import { comma, failureOf, locations, runOf, splitText } from './helpers.ts';

const total: Stage<CsvRecord, CsvRecord & { total: number }> = mapRows({
  columns: ['total'],
  map: (row: CsvRecord) => ({ total: Number(row.price) * 2 }),
});

type Output = Omit<ProcessChunkOptions, 'store' | 'locations' | 'run'>;

/** Processes all chunks of a text; their outputs laid end to end, as the merge does. */
const process = async (
  text: string,
  output: Output,
  stage: Stage<CsvRecord, unknown> = passThrough(),
  splitting: Partial<SplitOptions> = {},
): Promise<{ whole: Buffer; results: ChunkResult[]; store: ObjectStore }> => {
  const { store, chunks } = await splitText(text, splitting);
  const results: ChunkResult[] = [];
  const parts: Uint8Array[] = [];
  for (const chunk of chunks) {
    const result = await processChunk(chunk, stage, { store, locations, run: runOf(), ...output });
    const body = await readBytes(store, result.output.object);
    expect(result.output).toMatchObject({ bytes: body.length, crc32: crc32Hex(crc32(body)) });
    results.push(result);
    parts.push(body);
  }
  return { whole: Buffer.concat(parts), results, store };
};
const written = async (...args: Parameters<typeof process>): Promise<string> =>
  (await process(...args)).whole.toString();

const text = '\uFEFFid,"price"\r\n1,1.10\r\nshort\r\n"2","2"\r\n3,=3';

describe('columns of the output', () => {
  test('are chosen, ordered and renamed; results tell the names of the output', async () => {
    const { whole, results } = await process(
      text,
      { columns: ['total', { from: 'id', to: 'order, no.' }, { from: 'id', to: 'again' }] },
      total,
    );
    expect(whole.toString()).toBe('\uFEFFtotal,"order, no.",again\r\n2.2,1,1\r\n4,"2","2"\r\nNaN,3,3');
    expect(results[0]!.columns).toEqual(['total', 'order, no.', 'again']);
  });

  test('of a name that stays are the bytes of the source, also where another is renamed', async () => {
    expect(await written(text, { columns: ['id', { from: 'price', to: 'amount' }] })).toBe(
      '\uFEFFid,amount\r\n1,1.10\r\n"2","2"\r\n3,=3',
    );
  });

  test.each([
    [['nope'], 'names out of id, price, each once, got "nope"'],
    [[], 'names out of id, price, each once, got none'],
    [['id', 'id'], 'names that differ in the output, got "id" twice'],
    [['id', { from: 'price', to: 'id' }], 'names that differ in the output, got "id" twice'],
    [[{ from: 'nope', to: 'id' }], 'got "nope"'],
    [[{ from: 'id', to: '' }], 'got "" for "id"'],
    [[{ from: 'id', to: ' \t' }], 'new names that are not blank'],
    [[{ from: 'id', to: '__pipeline_row' }], 'got "__pipeline_row" for "id"'],
    [[{ from: 'id', to: '__proto__' }], 'got "__proto__" for "id"'],
  ])('%j are refused', async (columns, message) => {
    const failure = await failureOf(process(text, { columns }));
    expect(failure).toMatchObject({ name: 'PipelineConfigError', code: 'CONFIG_INVALID' });
    expect(failure.message).toContain(message);
  });
});

describe('CSV', () => {
  test.each<[string, Output, string]>([
    ['minimal', { quoting: 'minimal' }, '\uFEFFid,price\r\n1,1.10\r\n2,2\r\n3,=3'],
    ['always', { quoting: 'always' }, '\uFEFF"id","price"\r\n"1","1.10"\r\n"2","2"\r\n"3","=3"'],
    ['another delimiter', { delimiter: '\t' }, '\uFEFFid\tprice\r\n1\t1.10\r\n"2"\t"2"\r\n3\t=3'],
    ['another quote', { quote: "'" }, '\uFEFFid,price\r\n1,1.10\r\n2,2\r\n3,=3'],
    ['another newline', { newline: 'lf' }, '\uFEFFid,"price"\n1,1.10\n"2","2"\n3,=3\n'],
    ['the formula guard', { formulaGuard: true }, '\uFEFFid,"price"\r\n1,1.10\r\n"2","2"\r\n3,"\'=3"'],
    ['no header', { headerRecord: false }, '\uFEFF1,1.10\r\n"2","2"\r\n3,=3'],
  ])('with %s', async (_, output, expected) => {
    expect(await written(text, output)).toBe(expected);
    expect(await written(text, output, passThrough(), { chunkRows: 1 })).toBe(expected);
  });

  test('names of columns that look like formulas are guarded too', async () => {
    expect(await written('a,=b\n1,2\n', { formulaGuard: true })).toBe('a,"\'=b"\n1,2\n');
    expect(await written('a\n1\n', { formulaGuard: true, columns: [{ from: 'a', to: '@a' }] })).toBe('"\'@a"\n1\n');
  });

  test('a last row without a newline that has become empty gets one, or it would be none', async () => {
    expect(await written('a,b\n1,2\n,3', { columns: ['a'] })).toBe('a\n1\n\n');
    expect(await written('a,b\r\n,3', { columns: ['a'] })).toBe('a\r\n\r\n');
    expect(await written('a,b\n,3', { columns: ['a'], quoting: 'always' })).toBe('"a"\n""');
  });

  test('a value that begins like a comment is quoted once it begins its record', async () => {
    const dialect = { comment: '#' };
    const out = await written('a,b\n1,#2\n# no row\n"#3",4\n', { columns: ['b', 'a'] }, passThrough(), { dialect });
    expect(out).toBe('b,a\n"#2",1\n4,"#3"\n');
    expect(await written('a,b\n"#3",4\n', { quoting: 'minimal' }, passThrough(), { dialect })).toBe('a,b\n"#3",4\n');
  });

  test('rows of any clean file leave byte for byte, whatever the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(cleanFile, fc.integer({ min: 1, max: 9 }), async (file, chunkRows) => {
        expect(await written(fileText(file), {}, passThrough(), { chunkRows })).toBe(fileText(file));
      }),
      { numRuns: 60 },
    );
  });

  test('a source without a header gives none, unless names are asked for', async () => {
    const { store, chunks } = await splitText('id\r1\r"2"\r', { dialect: { loneCr: true } });
    const [chunk] = chunks;
    const source: SourceEntry = { ...chunk!.source, headerText: '', columns: ['a'] };
    for (const [options, expected] of [
      [{}, '1\r"2"\r'],
      [{ headerRecord: true }, 'a\r1\r"2"\r'],
      [{ columns: [{ from: 'a', to: '\uFEFFb' }], headerRecord: true, newline: 'lf' }, '"\uFEFFb"\n1\n"2"\n'],
    ] as const) {
      const to = { output: { bucket: 'work', key: 'o' }, rejects: { bucket: 'work', key: 'r' } };
      const { output } = await writeRows(
        readRows(chunk!, { store }),
        { ...chunk!, source },
        { store, ...to, ...options },
      );
      expect(Buffer.from(await readBytes(store, output.object)).toString()).toBe(expected);
    }
  });

  test('records that a policy filled up or mended leave as whole records', async () => {
    const columns = ['a', 'b', 'c'];
    const bytes = Buffer.concat([Buffer.from('1\n\n'), Buffer.from([0x61, 0xff, 0x0a]), Buffer.from('2,\0,"3"\n')]);
    const text = { invalid: 'replace', nul: 'replace' } as const;
    const records = { ragged: 'pad', empty: 'pad' } as const;
    const write = createRowFormatter({ source: columns, output: columns, dialect: comma });
    let out = '';
    for await (const batch of parseRows(Readable.from([bytes]), { columns, dialect: comma, text, records }))
      write(batch, (piece) => {
        out += Buffer.from(piece).toString();
      });
    expect(out).toBe('1,,\n,,\na\uFFFD,,\n2,\uFFFD,"3"\n');
  });

  test('a value that cannot be written without quotes fails the chunk and leaves nothing behind', async () => {
    const stage = mapRows({ columns: ['b'], map: () => ({ b: 'x,y' }) });
    const failure = await failureOf(process('a\n1\n', { quote: '', compression: 'gzip' }, stage));
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID', details: { option: 'quote' } });
    expect(failure.message).not.toContain('x,y');
  });
});

describe('JSON Lines', () => {
  test('of all chunks laid end to end are one object a row', async () => {
    const output = { format: 'jsonl', columns: ['total', { from: 'id', to: '1' }, 'price'] } as const;
    const lines =
      '{"total":2.2,"1":"1","price":"1.10"}\n{"total":4,"1":"2","price":"2"}\n{"total":"NaN","1":"3","price":"=3"}\n';
    expect(await written(text, output, total)).toBe(lines);
    const { whole, results, store } = await process(text, output, total, { chunkRows: 1 });
    expect(whole.toString()).toBe(lines);
    expect(results.map(({ rowsWritten, rowsRejected }) => [rowsWritten, rowsRejected])).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
      [1, 0],
    ]);
    expect((await store.head(results[0]!.output.object)).contentType).toBe('application/x-ndjson');
  });

  test('typed: values as the rule or stage sees them', async () => {
    expect(await written('id,price\n007,1.10\n', { format: 'jsonl', types: 'typed' }, total)).toBe(
      '{"id":"007","price":"1.10","total":2.2}\n',
    );
  });
});

test('rows larger than any buffer leave whole', async () => {
  const long = 'é"\u0001,\n'.repeat(120_000);
  const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
  const rows = [
    ['1', long],
    ['2', 'x'],
    ['3', long],
    ...Array.from({ length: 3000 }, (_, i) => [`${i}`, 'ü'.repeat(99)]),
  ];
  const source = `id,text\n${rows.map(([id, value]) => `${id},${quoted(value!)}\n`).join('')}`;
  expect(
    (await written(source, { columns: ['text', 'id'], quoting: 'always' })) === // no diff of megabytes
      `"text","id"\n${rows.map(([id, value]) => `${quoted(value!)},"${id}"\n`).join('')}`,
  ).toBe(true);
  const lines = (await written(source, { format: 'jsonl' })).trimEnd().split('\n');
  expect(lines.length).toBe(rows.length);
  expect(lines.every((line, i) => line === JSON.stringify({ id: rows[i]![0], text: rows[i]![1] }))).toBe(true);
});

describe('packed output', () => {
  /** All members of a file, which Node's own zstd does not read in one call. */
  const unpack = async (bytes: Uint8Array, compression: 'gzip' | 'zstd'): Promise<string> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of decompress(Readable.from([bytes]), { compression, object: 'o' })) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  };

  test.each([
    ['gzip' as const, gunzipSync],
    ['zstd' as const, zstdDecompressSync],
  ])('%s: each chunk unpacks to its rows, and all laid end to end to the whole', async (compression, unpackOne) => {
    for (const output of [{}, { format: 'jsonl' }, { quoting: 'always' }] as const) {
      const plain = await process(text, output, total, { chunkRows: 1 });
      const packed = await process(text, { ...output, compression }, total, { chunkRows: 1 });
      expect(await unpack(packed.whole, compression)).toBe(plain.whole.toString());
      for (const [i, { output: part }] of packed.results.entries()) {
        const wanted = plain.results[i]!.output;
        expect(unpackOne(await readBytes(packed.store, part.object))).toEqual(
          await readBytes(plain.store, wanted.object),
        );
        expect(part.rows).toBe(wanted.rows);
        expect((await packed.store.head(part.object)).contentType).toBe(`application/${compression}`);
      }
    }
  });

  test('a chunk without rows is a whole member of nothing', async () => {
    const { whole } = await process('a,b\nshort\n', { format: 'jsonl', compression: 'gzip' });
    expect(whole.length).toBeGreaterThan(0);
    expect(gunzipSync(whole).toString()).toBe('');
  });

  test('a stage that fails leaves no upload behind', async () => {
    const { store, chunks } = await splitText('a\n1\n');
    const rows = (async function* () {
      yield* [] as never[];
      throw new Error('broken');
    })();
    const target = { output: { bucket: 'work', key: 'o' }, rejects: { bucket: 'work', key: 'r' } };
    await expect(writeRows(rows, chunks[0]!, { store, ...target, compression: 'zstd' })).rejects.toThrow('broken');
    expect(store.keys().filter((key) => key.startsWith('work/o'))).toEqual([]);
    expect(store.openUploads()).toBe(0);
  });
});

describe('what is asked for', () => {
  test.each<[object, string]>([
    [{ format: 'xml' }, 'format must be "csv" or "jsonl", got "xml"'],
    [{ compression: 'br' }, 'compression must be "gzip" or "zstd"'],
    [{ quoting: 'none' }, 'quoting must be'],
    [{ newline: 'cr' }, 'newline must be'],
    [{ formulaGuard: 'yes' }, 'formulaGuard must be'],
    [{ types: 'all', format: 'jsonl' }, 'types must be'],
    [{ format: 'jsonl', quoting: 'always' }, 'quoting must be left out when the format is "jsonl"'],
    [{ format: 'jsonl', formulaGuard: false }, 'formulaGuard must be left out when the format is "jsonl"'],
    [{ types: 'typed' }, 'types must be left out when the format is "csv"'],
  ])('%j is refused before any file comes', (format, message) => {
    expect(() => checkOutputFormat(format)).toThrow(message);
  });

  test.each<[Output, string]>([
    [{ delimiter: '\n' }, 'delimiter'],
    [{ delimiter: '"' }, 'quote'],
    [{ quote: ',' }, 'quote'],
    [{ escape: '\n' }, 'escape'],
    [{ quote: '', quoting: 'always' }, 'quote'],
  ])('%j does not fit the source and is refused before any row is read', async (output, option) => {
    expect(await failureOf(process(text, output))).toMatchObject({ code: 'CONFIG_INVALID', details: { option } });
  });

  test('tells the name and the type of the object', () => {
    expect(contentTypeOf({})).toBe('text/csv');
    expect(contentTypeOf({ format: 'jsonl', compression: 'gzip' })).toBe('application/gzip');
    for (const [name, format, packed, expected] of [
      ['orders.csv', {}, undefined, 'orders.csv'],
      ['orders', {}, undefined, 'orders'],
      ['orders.csv', { format: 'jsonl' }, undefined, 'orders.jsonl'],
      ['orders.2024.TSV', { format: 'jsonl', compression: 'zstd' }, undefined, 'orders.2024.jsonl.zst'],
      ['orders', { format: 'jsonl' }, undefined, 'orders.jsonl'],
      ['orders.csv', { compression: 'gzip' }, undefined, 'orders.csv.gz'],
      ['orders.csv.gz', {}, 'gzip', 'orders.csv'],
      ['orders.csv.gz', { compression: 'gzip' }, 'gzip', 'orders.csv.gz'],
      ['orders.csv.gz', {}, undefined, 'orders.csv.gz'],
    ] as const)
      expect(outputName(name, format, packed)).toBe(expected);
  });
});
