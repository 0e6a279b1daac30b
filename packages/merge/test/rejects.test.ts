import { batchKeys, type CsvRecord, createStage, passThrough, readBytes, rejectRows } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { describe, expect, test } from 'vitest';
import { merge } from '../src/index.ts';
import { locations, processed, rejecting, textOf } from './helpers.ts';

const reserved =
  '__pipeline_row,__pipeline_byte_offset,__pipeline_columns,__pipeline_rules,__pipeline_messages,__pipeline_batch';

const mergeOf = async (source: string | Uint8Array, spec: Parameters<typeof processed>[1] = {}) => {
  const batch = await processed(source, spec);
  return { ...batch, report: await merge(batch.manifest, { ...batch, locations }) };
};

describe('rejects.csv', () => {
  test('has each record as it stood, where it stood, and all that is wrong with it', async () => {
    const source = 'id,name\n1,a\n"2","bad ""x"", bad"\nbad,bad\n4\n';
    const { store, report } = await mergeOf(source, { stage: rejecting('bad') });
    expect(await textOf(store, report.rejects!.object)).toBe(
      [
        `id,name,${reserved}`,
        `"2","bad ""x"", bad",2,12,name,word,"name must not have the word, in any case",b1`,
        `bad,bad,3,33,id; name,word,"id must not have the word, in any case; name must not have the word, in any case",b1`,
        `4,4,41,,fields,"has 1 fields, the header has 2",b1`,
        '',
      ].join('\n'),
    );
    expect((await store.head(report.rejects!.object)).contentType).toBe('text/csv');
  });

  // The file, and what its rejects give when they are uploaded as they are: their own bytes under the same header.
  const sources: [string, string, string][] = [
    ['plain fields', 'id,name\nbad1,a\n2,b\nbad3,c\n', 'id,name\nbad1,a\nbad3,c\n'],
    [
      'quotes, delimiters and newlines',
      'id,name\n"bad ""1""","a,\nb"\n2,x\nbad,"c\r\nd"\n"bad",""\n',
      'id,name\n"bad ""1""","a,\nb"\nbad,"c\r\nd"\n"bad",""\n',
    ],
    ['a byte order mark', '\uFEFFid,name\nbad,ü€😀\nok,x\n', '\uFEFFid,name\nbad,ü€😀\n'],
    ['CRLF', 'id,name\r\nbad,1\r\nok,2\r\nbad,"a\r\nb"\r\n', 'id,name\r\nbad,1\r\nbad,"a\r\nb"\r\n'],
    ['no newline at the end', 'id,name\nok,1\nbad,2', 'id,name\nbad,2\n'],
    ['a header with quotes', '"id","the ""name"""\nbad,1\nok,2\n', '"id","the ""name"""\nbad,1\n'],
    ['a stray quote', 'id,name\nbad,5" disk\nok,x\n', 'id,name\nbad,5" disk\n'],
    ['a single column', 'id\nbad\nok\n bad \n', 'id\nbad\n bad \n'],
    ['empty fields and spaces', 'id,name\nbad,\n,ok\n  bad , \n', 'id,name\nbad,\n  bad , \n'],
  ];

  test.each(sources)('comes back with the same bytes: %s', async (_, source, expected) => {
    const store = memoryStore();
    const first = await mergeOf(source, { store, stage: rejecting('bad') });
    const rejects = await readBytes(store, first.report.rejects!.object);
    const back = await mergeOf(rejects, { store, key: 'input/rejects.csv', batchId: 'b2', chunkRows: 1 });
    expect(back.manifest.sources[0]).toMatchObject({
      columns: first.manifest.sources[0]!.columns,
      strippedColumns: 6,
    });
    expect(await textOf(store, back.report.output.object)).toBe(expected);
    expect(back.report).toMatchObject({ rowsRead: first.report.rowsRejected, rowsRejected: 0 });
  });

  test('records that nobody mended come back as they were, without their reserved fields, however often', async () => {
    const store = memoryStore();
    const source = 'id,name\n1\n2,b,c\n"3"x,d\n';
    const first = await mergeOf(source, { store, key: 'input/orders.csv' });
    const once = await textOf(store, first.report.rejects!.object);
    expect(once.split('\n').slice(1)).toEqual([
      '1,1,8,,fields,"has 1 fields, the header has 2",b1',
      '2,b,c,2,10,,fields,"has 3 fields, the header has 2",b1',
      expect.stringMatching(/^"3"x,d,3,16,,quotes,/),
      '',
    ]);
    const again = await mergeOf(Buffer.from(once), { store, key: 'input/rejects.csv', batchId: 'b2' });
    const twice = await textOf(store, again.report.rejects!.object);
    const withoutOffsets = (text: string): string =>
      text.replace(/,(\d+),\d+,,/g, ',$1,*,,').replaceAll(/,b[12]$/gm, ',b*');
    expect(withoutOffsets(twice)).toBe(withoutOffsets(once));
  });

  test('an upload that is called rejects.csv or report.json has its output beside them, not in their place', async () => {
    for (const name of ['rejects.csv', 'report.json', 'Rejects.csv']) {
      const store = memoryStore();
      const { report } = await mergeOf('id,name\nbad,1\nok,2\n', {
        store,
        key: `input/${name}`,
        stage: rejecting('bad'),
      });
      const keys = [report.output.object.key, report.rejects!.object.key, report.report.key].map((key) =>
        key.toLowerCase(),
      );
      expect(new Set(keys).size).toBe(3);
      expect(await textOf(store, report.output.object)).toBe('id,name\nok,2\n');
      expect(await textOf(store, report.rejects!.object)).toContain('bad,1,1,');
    }
  });

  test('mended values come back mended', async () => {
    const store = memoryStore();
    const first = await mergeOf('id,name\nbad,a\n2,b\n', { store, stage: rejecting('bad') });
    const mended = (await textOf(store, first.report.rejects!.object)).replace('bad,a', '1,a');
    const back = await mergeOf(mended, { store, batchId: 'b2', key: 'input/mended.csv', stage: rejecting('bad') });
    expect(await textOf(store, back.report.output.object)).toBe('id,name\n1,a\n');
  });

  test('bytes that are no UTF-8 survive the way there and back', async () => {
    const store = memoryStore();
    const record = Buffer.concat([Buffer.from('1,M'), Buffer.from([0xfc]), Buffer.from('ller')]);
    const source = Buffer.concat([Buffer.from('id,name\n'), record, Buffer.from('\n2,x\n')]);
    const first = await mergeOf(source, { store });
    const rejects = Buffer.from(await readBytes(store, first.report.rejects!.object));
    expect(rejects.includes(Buffer.concat([record, Buffer.from(',1,8,')]))).toBe(true);
    const back = await mergeOf(rejects, { store, batchId: 'b2', key: 'input/again.csv' });
    expect(back.report).toMatchObject({ rowsRead: 1, rowsRejected: 1 });
  });

  test('without a quote character, our own texts give way and the record stays', async () => {
    const { store, report } = await mergeOf('id,name\n1\n', { quote: '' });
    expect(await textOf(store, report.rejects!.object)).toBe(
      `id,name,${reserved}\n1,1,8,,fields,has 1 fields  the header has 2,b1\n`,
    );
  });

  test('columns are named once each, without gaps', async () => {
    const issue = (column?: string) => ({
      code: 'RULE_CUSTOM' as const,
      rule: 'r',
      ...(column === undefined ? {} : { column }),
      message: 'm',
      severity: 'error' as const,
    });
    const stage = createStage<CsvRecord, CsvRecord>((batch) =>
      rejectRows(batch, () => [issue('a'), issue(), issue('b'), issue('a')]),
    );
    const { store, report } = await mergeOf('a,b\n1,2\n', { stage });
    expect(await textOf(store, report.rejects!.object)).toBe(`a,b,${reserved}\n1,2,1,4,a; b,r,a m; m; b m,b1\n`);
  });

  test('nothing is written when nothing was rejected', async () => {
    const { store, report } = await mergeOf('id\n1\n', { stage: passThrough<CsvRecord>() });
    expect(report.rejects).toBeUndefined();
    expect(store.keys()).not.toContain(`work/${batchKeys('b1', locations).rejects(1).key}`);
  });

  describe('of sources that are not plain UTF-8 with a header', () => {
    test('a source without a header gets one of its columns, and comes back by it', async () => {
      const store = memoryStore();
      const splitting = { header: 'none' } as const;
      const first = await mergeOf('1,a\nbad,b\n3\n', { store, stage: rejecting('bad'), splitting });
      const rejects = await textOf(store, first.report.rejects!.object);
      expect(rejects.split('\n').slice(0, 2)).toEqual([
        `column_1,column_2,${reserved}`,
        'bad,b,2,4,column_1,word,"column_1 must not have the word, in any case",b1',
      ]);
      const back = await mergeOf(rejects, { store, batchId: 'b2', key: 'input/back.csv', splitting });
      expect(back.manifest.sources[0]).toMatchObject({ columns: ['column_1', 'column_2'], strippedColumns: 6 });
      expect(back.report).toMatchObject({ rowsRead: 2, rowsWritten: 1, rowsRejected: 1 });
    });

    test('names that were given are written as fields, quoted where they must be', async () => {
      const header = ['#id', 'a,b'];
      const { store, report } = await mergeOf('1\n', { splitting: { header, dialect: { comment: '#' } } });
      expect((await textOf(store, report.rejects!.object)).split('\n')[0]).toBe(`"#id","a,b",${reserved}`);
    });

    test('a dialect of several characters is written, and comes back, as it is', async () => {
      const splitting = { dialect: { delimiter: '::', quote: "'" } };
      const store = memoryStore();
      const first = await mergeOf("id::a name\nbad::'x::y'\nok::2\n3\n", { store, stage: rejecting('bad'), splitting });
      const rejects = await textOf(store, first.report.rejects!.object);
      expect(first.report.readAs).toMatchObject({ reader: 'csv-parse' });
      expect(rejects).toBe(
        [
          `id::a name::${reserved.replaceAll(',', '::')}`,
          "bad::'x::y'::1::11::id::word::id must not have the word, in any case::b1",
          '3::3::29::::fields::has 1 fields, the header has 2::b1',
          '',
        ].join('\n'),
      );
      const back = await mergeOf(rejects, { store, batchId: 'b2', key: 'input/back.csv', splitting });
      expect(await textOf(store, back.report.output.object)).toBe("id::a name\nbad::'x::y'\n");
    });

    test('lone CRs stay the newlines', async () => {
      const splitting = { dialect: { loneCr: true } };
      const store = memoryStore();
      const first = await mergeOf('id,name\rbad,1\rok,2\r', { store, stage: rejecting('bad'), splitting });
      const rejects = await textOf(store, first.report.rejects!.object);
      expect(rejects).toBe(`id,name,${reserved}\rbad,1,1,8,id,word,"id must not have the word, in any case",b1\r`);
      const back = await mergeOf(rejects, { store, batchId: 'b2', key: 'input/back.csv', splitting });
      expect(await textOf(store, back.report.output.object)).toBe('id,name\rbad,1\r');
    });

    test.each(['utf-16le', 'windows-1252', 'iso-8859-1'] as const)(
      'records in %s are UTF-8 here, behind a mark that says so',
      async (encoding) => {
        const text = 'id,größe\nbad,ü\nok,é\nbad\n';
        const bytes = Buffer.from(text, encoding === 'utf-16le' ? 'utf16le' : 'latin1');
        const store = memoryStore();
        const first = await mergeOf(bytes, { store, stage: rejecting('bad'), splitting: { encoding } });
        const rejects = await textOf(store, first.report.rejects!.object);
        const at = encoding === 'utf-16le' ? [18, 40] : [9, 20];
        expect(rejects).toBe(
          [
            `\uFEFFid,größe,${reserved}`,
            `bad,ü,1,${at[0]},id,word,"id must not have the word, in any case",b1`,
            `bad,3,${at[1]},,fields,"has 1 fields, the header has 2",b1`,
            '',
          ].join('\n'),
        );
        const back = await mergeOf(rejects, { store, batchId: 'b2', key: 'input/back.csv' });
        expect(await textOf(store, back.report.output.object)).toBe('\uFEFFid,größe\nbad,ü\n');
      },
    );

    test.each<[string, 'utf-16le' | 'utf-16be', number[]]>([
      ['that is no text', 'utf-16le', [0x00, 0xd8]],
      ['that is no text, and whose bytes look like UTF-8', 'utf-16le', [0x41, 0xd8, 0x80, 0x00]],
      ['that is no text, the other way round', 'utf-16be', [0xdc, 0x00]],
    ])('a record of UTF-16 %s is readable but for that', async (_, encoding, unit) => {
      const wide = (text: string): Buffer => {
        const little = Buffer.from(text, 'utf16le');
        return encoding === 'utf-16le' ? little : little.swap16();
      };
      const bytes = Buffer.concat([wide('id,name\n1,a'), Buffer.from(unit), wide('b\n2,x\n')]);
      const { store, report } = await mergeOf(bytes, { splitting: { encoding } });
      expect(report).toMatchObject({ rowsRead: 2, rowsRejected: 1 });
      const line = (await textOf(store, report.rejects!.object)).split('\n')[1]!;
      expect(line).toMatch(/^1,a\uFFFD.?b,1,16,name,encoding,/);
      expect(line).not.toContain('\0');
    });
  });
});
