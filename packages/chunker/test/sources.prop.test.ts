import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type CsvEncoding, type PlanProof, passThrough, readBytes } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCsv, processChunk, readObjectRows, readRows, type SplitOptions, split } from '../src/index.ts';
import { cleanFile, fileText, recordTexts, sizes } from './arbitraries.ts';
import { failureOf, input, locations, runOf, type Seen, see, slicing, splitText, storeWith } from './helpers.ts';

const windows1252 = new Map([...'€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ'].map((char, i) => [char, i] as const));
const c1 = [
  0x80,
  0x82,
  0x83,
  0x84,
  0x85,
  0x86,
  0x87,
  0x88,
  0x89,
  0x8a,
  0x8b,
  0x8c,
  0x8e,
  ...range(0x91, 0x9c),
  0x9e,
  0x9f,
];

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Text in an encoding, by tables that the code does not use. */
const encode = (text: string, encoding: CsvEncoding): Buffer => {
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(text);
    case 'utf-16le':
      return Buffer.from(text, 'utf16le');
    case 'utf-16be':
      return Buffer.from(text, 'utf16le').swap16();
    case 'iso-8859-1':
      return Buffer.from(text, 'latin1');
    case 'windows-1252':
      return Buffer.from(
        [...text].map((char) => (windows1252.has(char) ? c1[windows1252.get(char)!]! : char.charCodeAt(0))),
      );
  }
};

/** Files whose texts the single-byte encodings have too, with some that only UTF-16 has. */
const texts = (encoding: CsvEncoding) =>
  cleanFile.map((file) => {
    const fits = (text: string): string => {
      if (encoding.startsWith('utf')) return text.replaceAll('日', '😀日');
      return text.replaceAll('日', encoding === 'windows-1252' ? '€' : 'ß');
    };
    return {
      ...file,
      bom: file.bom && encoding.startsWith('utf'),
      rows: file.rows.map((row) => row.map(({ text, value }) => ({ text: fits(text), value: fits(value) }))),
    };
  });

const encodings = ['utf-16le', 'utf-16be', 'iso-8859-1', 'windows-1252'] as const;

describe.each(encodings)('a file in %s', (encoding) => {
  test('has the rows of its text, at their offsets in the file, whole and in chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        texts(encoding),
        sizes,
        fc.integer({ min: 1, max: 80 }),
        fc.constantFrom('sequential', 'parallel', 'sampled', 'objects'),
        async (file, pieces, chunkBytes, plan) => {
          const bytes = encode(fileText(file), encoding);
          const wanted: { byteOffset: number; values: string[] }[] = [];
          let offset = encode((file.bom ? '\uFEFF' : '') + file.header, encoding).length;
          for (const [i, text] of recordTexts(file).entries()) {
            wanted.push({ byteOffset: offset, values: file.rows[i]!.map(({ value }) => value) });
            offset += encode(text, encoding).length;
          }
          const places = ({ rows, rejects }: Seen) => {
            expect(rejects).toEqual([]);
            return rows.map(({ byteOffset, values }) => ({ byteOffset, values }));
          };
          const plain = await storeWith(bytes);
          expect(places(await see(readObjectRows(input, { store: slicing(plain, pieces), encoding })))).toEqual(wanted);
          const how: Partial<SplitOptions> = plan === 'objects' ? { materialize: true } : { plan };
          const { store, chunks, manifest } = await splitText(bytes, { encoding, chunkBytes, ...how });
          expect(manifest.sources[0]).toMatchObject({ encoding, bom: file.bom });
          const all = [];
          const written: Uint8Array[] = [];
          const proofs: boolean[] = [];
          for (const chunk of chunks) {
            const onProof = ({ endsRecord }: PlanProof) => void proofs.push(endsRecord);
            const seen = await see(readRows(chunk, { store: slicing(store, pieces), onProof }));
            if (proofs.includes(false)) return; // samples of so few bytes may be wrong, and then say so
            all.push(...places(seen));
            const result = await processChunk(chunk, passThrough(), { store, locations, run: runOf() });
            written.push(await readBytes(store, result.output.object));
          }
          expect(all).toEqual(wanted);
          expect(Buffer.concat(written).toString()).toBe(fileText(file));
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('text that its encoding does not have', () => {
  test.each([
    ['utf-8', Buffer.from('a,b\n1,x\n2,\xe9\n3,z\n', 'latin1'), 10],
    [
      'utf-16le',
      Buffer.concat([Buffer.from('a,b\n1,x\n2,', 'utf16le'), Buffer.of(0, 0xd8), Buffer.from('\n3,z\n', 'utf16le')]),
      20,
    ],
    ['windows-1252', Buffer.from('a,b\n1,x\n2,\x81\n3,z\n', 'latin1'), 10],
  ] as const)('is a reject with its offset in %s, or replaced when asked', async (encoding, bytes, offset) => {
    const { store, chunks } = await splitText(bytes, { encoding });
    const messages: string[] = [];
    for await (const { rejects } of readRows(chunks[0]!, { store }))
      for (const { issues, rowNumber } of rejects)
        messages.push(`${rowNumber} ${issues.map(({ code, message }) => `${code} ${message}`).join()}`);
    expect(messages).toEqual([expect.stringMatching(new RegExp(`^2 ROW_ENCODING .*offset ${offset}\\)`))]);
    const replaced = await splitText(bytes, { encoding, text: { invalid: 'replace' } });
    const { rows, rejects } = await see(readRows(replaced.chunks[0]!, { store: replaced.store }));
    expect(rejects).toEqual([]);
    expect(rows.map(({ values }) => values)).toEqual([
      ['1', 'x'],
      ['2', '\uFFFD'],
      ['3', 'z'],
    ]);
  });

  test.each(['utf-8', 'utf-16be', 'windows-1252'] as const)(
    'a quote that is never closed is told at its offset in %s',
    async (encoding) => {
      const before = 'a,b\n1,größe\n2,';
      const store = await storeWith(encode(`${before}"€ open\n3,z\n`, encoding));
      const wanted = {
        code: 'CSV_UNCLOSED_QUOTE',
        details: { row: 2, offset: encode(before, encoding).length },
      };
      expect(await failureOf(split(input, { store, locations, run: runOf(), encoding }))).toMatchObject(wanted);
      expect(await failureOf(see(readObjectRows(input, { store, encoding })))).toMatchObject(wanted);
    },
  );

  test('NUL bytes likewise, or they stay', async () => {
    const text = 'a,b\n1,x\0y\n2,z\n';
    const seen = async (nul?: 'reject' | 'replace' | 'keep') => {
      const { store, chunks } = await splitText(text, nul === undefined ? {} : { text: { nul } });
      return see(readRows(chunks[0]!, { store }));
    };
    expect((await seen()).rejects).toMatchObject([{ rowNumber: 1, byteOffset: 4, codes: ['ROW_NUL'] }]);
    expect((await seen('replace')).rows.map(({ values }) => values[1])).toEqual(['x\uFFFDy', 'z']);
    expect((await seen('keep')).rows.map(({ values }) => values[1])).toEqual(['x\0y', 'z']);
  });
});

describe.each([
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
] as const)('a source packed by %s', (compression, pack) => {
  test('is unpacked into chunk objects with the rows of the file', async () => {
    await fc.assert(
      fc.asyncProperty(
        cleanFile,
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat(400), { maxLength: 3 }),
        async (file, chunkBytes, cuts) => {
          const text = Buffer.from(fileText(file));
          const borders = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
          const members = borders.slice(1).map((end, i) => pack(text.subarray(borders[i], end)));
          const { store, chunks, manifest } = await splitText(Buffer.concat(members), { chunkBytes });
          expect(manifest).toMatchObject({
            bytes: text.length,
            rowCount: file.rows.length === 0 ? 0 : recordTexts(file).length,
          });
          expect(manifest.sources[0]).toMatchObject({ compression, sizeBytes: text.length });
          const written: Uint8Array[] = [];
          for (const chunk of chunks) {
            expect(chunk.kind).toBe('csv-object');
            const result = await processChunk(chunk, passThrough(), { store, locations, run: runOf() });
            written.push(await readBytes(store, result.output.object));
          }
          expect(Buffer.concat(written).toString()).toBe(text.toString());
        },
      ),
      { numRuns: 60 },
    );
  });

  test('is read whole without a plan', async () => {
    const store = await storeWith(pack(Buffer.from('a,b\n1,2\n3,4\n')));
    const { rows } = await see(readObjectRows(input, { store }));
    expect(rows.map(({ values }) => values)).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  test('that is damaged fails the split, and one that is packed twice is refused', async () => {
    const packed = pack(Buffer.from(`a,b\n${'1,2\n'.repeat(5000)}`));
    const cut = await storeWith(packed.subarray(0, packed.length - 5));
    expect(await failureOf(split(input, { store: cut, locations, run: runOf() }))).toMatchObject({
      code: 'SOURCE_CORRUPT',
    });
    const twice = await storeWith(gzipSync(packed));
    expect(await failureOf(openCsv(input, { store: twice }))).toMatchObject({ code: 'SOURCE_UNSUPPORTED' });
  });
});

describe('detect', () => {
  test('finds what was not given, and the manifest says so', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `${i};'it''s ${i}';${i},5`).join('\n');
    const { manifest, chunks, store } = await splitText(`id;text;value\n${rows}\n`, { detect: true });
    const [source] = manifest.sources;
    expect(source?.dialect).toMatchObject({ delimiter: ';', quote: "'" });
    expect(source?.detected).toMatchObject({ delimiter: ';', quote: "'", encoding: 'utf-8', header: true });
    expect((await see(readRows(chunks[0]!, { store }))).rows[3]?.values).toEqual(['3', "it's 3", '3,5']);
  });

  test('takes what is given, and fails where it is not sure', async () => {
    const store = await storeWith('one line of text that could be anything');
    expect(await failureOf(openCsv(input, { store, detect: true }))).toMatchObject({ code: 'CSV_UNCERTAIN' });
    const given = await openCsv(input, {
      store,
      detect: true,
      delimiter: '|',
      quote: '"',
      header: 'first',
      minConfidence: 0,
    });
    expect(given.dialect.delimiter).toBe('|');
  });
});
