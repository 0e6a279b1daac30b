import { defaultLimits } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { openCsv, split } from '../src/index.ts';
import { failureOf, input, locations, runOf, splitText, storeWith } from './helpers.ts';

const utf16 = (text: string, bigEndian: boolean): Buffer => {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};
const many = (count: number): string => Array.from({ length: count }, (_, i) => `c${i}`).join(',');

/** File, then code and what the message must say. */
const refused: readonly [string, string | Uint8Array, string, RegExp][] = [
  ['has no bytes', '', 'SOURCE_EMPTY', /no bytes/],
  ['is a byte order mark only', '\uFEFF', 'SOURCE_EMPTY', /no bytes/],
  ['is a newline only', '\n', 'CSV_BAD_HEADER', /no name for column 1/],
  ['names a column twice', 'id,name,id\n1,2,3\n', 'CSV_BAD_HEADER', /same name twice.*"id"/],
  ['names a column twice, once in quotes', 'id,"id"\n', 'CSV_BAD_HEADER', /same name twice.*"id"/],
  ['leaves a name blank', 'id,,x\n', 'CSV_BAD_HEADER', /no name for column 2/],
  ['leaves a name of spaces', 'id, \t\n', 'CSV_BAD_HEADER', /no name for column 2/],
  ['ends in a delimiter', 'id,name,\n', 'CSV_BAD_HEADER', /no name for column 3/],
  ['is called __proto__', 'id,__proto__\n', 'CSV_BAD_HEADER', /reserve.*"__proto__"/],
  ['is called constructor', 'constructor\n', 'CSV_BAD_HEADER', /reserve.*"constructor"/],
  ['is called toString', 'a,toString,b\n', 'CSV_BAD_HEADER', /reserve.*"toString"/],
  ['is called hasOwnProperty', '"hasOwnProperty"\n', 'CSV_BAD_HEADER', /reserve.*"hasOwnProperty"/],
  ['has a reserved column in front', '__pipeline_row,id\n', 'CSV_BAD_HEADER', /reserved prefix.*"__pipeline_row"/],
  ['has only reserved columns', '__pipeline_row,__pipeline_rules\n', 'CSV_BAD_HEADER', /reserved prefix/],
  ['has bytes behind a closing quote', '"id"x,name\n', 'CSV_BAD_HEADER', /after a closing quote/],
  ['opens a quote for good', 'id,"name\n1,2\n', 'CSV_BAD_HEADER', /never closed/],
  ['is too long', `${'x'.repeat(70_000)}\n1\n`, 'CSV_BAD_HEADER', /longer than 65536 bytes/],
  ['is too long and has no end', 'x'.repeat(70_000), 'CSV_BAD_HEADER', /longer than 65536 bytes/],
  ['is one byte too long', `${'x'.repeat(65_537)}\n`, 'CSV_BAD_HEADER', /longer than 65536 bytes/],
  ['opens a quote in a file that was read whole', `"${'x\n'.repeat(70_000)}`, 'CSV_BAD_HEADER', /never closed/],
  ['opens a quote in a large file', `"${'x\n'.repeat(140_000)}`, 'CSV_BAD_HEADER', /longer than 65536 bytes/],
  ['has too many columns', `${many(4097)}\n`, 'CSV_BAD_HEADER', /more than 4096 columns/],
  ['is UTF-16 with half a character', utf16('id,n\ud800me\n', false), 'CSV_BAD_ENCODING', /utf-16le/],
  ['is UTF-16 with a NUL', utf16('id,n\0me\n', true), 'CSV_BAD_ENCODING', /utf-16be/],
  ['is UTF-16 and names a column twice', utf16('é,é\n', true), 'CSV_BAD_HEADER', /same name twice.*"é"/],
  ['is a mark of UTF-16 only', utf16('', false), 'SOURCE_EMPTY', /no bytes/],
  ['is UTF-16 without a mark', Buffer.from('id,name\n', 'utf16le'), 'CSV_BAD_ENCODING', /UTF-8/],
  ['holds a NUL', 'id,na\0me\n', 'CSV_BAD_ENCODING', /UTF-8/],
  ['is Latin-1', Buffer.from('größe\n', 'latin1'), 'CSV_BAD_ENCODING', /UTF-8/],
];

describe('a header', () => {
  test.each(refused)('that %s is refused', async (_, bytes, code, message) => {
    const error = await failureOf(openCsv(input, { store: await storeWith(bytes) }));
    expect(error).toMatchObject({ name: 'PipelineSourceError', code, retryable: false });
    expect(error.message).toMatch(message);
    expect(error.message).toContain('s3://inbox/orders.csv');
  });

  test.each([false, true])('in UTF-16 is told by its mark (big-endian: %s)', async (bigEndian) => {
    const bytes = utf16('größe,"日\n😀"\r\n1,2\r\n', bigEndian);
    const source = await openCsv(input, { store: await storeWith(bytes) });
    expect(source).toMatchObject({
      bom: true,
      encoding: bigEndian ? 'utf-16be' : 'utf-16le',
      columns: ['größe', '日\n😀'],
      header: { start: 2, end: 2 + 2 * 'größe,"日\n😀"\r\n'.length },
      headerText: 'größe,"日\n😀"\r\n',
    });
    expect(source.dialect.newline).toBe('crlf');
  });

  test('in an encoding that was named is read in it, unless a mark says otherwise', async () => {
    const store = await storeWith(Buffer.from('größe;\xa4\n', 'latin1'));
    const given = { store, delimiter: ';' } as const;
    expect((await openCsv(input, { ...given, encoding: 'iso-8859-1' })).columns).toEqual(['größe', '\xa4']);
    expect((await openCsv(input, { ...given, encoding: 'windows-1252' })).columns).toEqual(['größe', '¤']);
    const marked = await openCsv(input, { store: await storeWith('\uFEFFid\n'), encoding: 'iso-8859-1' });
    expect(marked).toMatchObject({ bom: true, columns: ['id'], header: { start: 3, end: 6 } });
  });

  test('that is given, or not there, leaves the first record the cap of all others', async () => {
    const store = await storeWith(`${'x'.repeat(300_000)},2\n3,4\n`);
    expect((await openCsv(input, { store, header: ['a', 'b'] })).columns).toEqual(['a', 'b']);
    expect((await openCsv(input, { store, header: 'none' })).columns).toEqual(['column_1', 'column_2']);
    expect(await failureOf(openCsv(input, { store }))).toMatchObject({ code: 'CSV_BAD_HEADER' });
  });

  test('behind more lines than there are says so', async () => {
    const error = await failureOf(openCsv(input, { store: await storeWith('a,b\n1,2\n'), skipLines: 5 }));
    expect(error.message).toMatch(/CSV_BAD_HEADER.*5 lines, more than the file has/);
  });

  test('with a byte that is no text is refused at that byte', async () => {
    const store = await storeWith(Buffer.from('id,n\xe9me\n', 'latin1'));
    expect(await failureOf(openCsv(input, { store }))).toMatchObject({
      code: 'CSV_BAD_ENCODING',
      details: { offset: 4 },
    });
    const nul = await storeWith(Buffer.from('id,n\0me\n', 'utf16le'));
    const error = await failureOf(openCsv(input, { store: nul, encoding: 'utf-16le' }));
    expect(error).toMatchObject({ code: 'CSV_BAD_ENCODING', details: { offset: 8 } });
  });

  test('that holds the whole of a file of lone CRs is refused, and read where that is said', async () => {
    const store = await storeWith('a,b\r1,2\r3,4\r');
    const error = await failureOf(openCsv(input, { store }));
    expect(error).toMatchObject({ code: 'CSV_BAD_HEADER' });
    expect(error.message).toContain('loneCr');
    expect((await openCsv(input, { store, loneCr: true })).columns).toEqual(['a', 'b']);
    const quoted = await openCsv(input, { store: await storeWith('"a\rb",c\n1,2\n') });
    expect(quoted.columns).toEqual(['a\rb', 'c']);
  });

  test('stands behind skipped lines and comments', async () => {
    const source = await openCsv(input, {
      store: await storeWith('\uFEFF"a report\r\n\n# c\n#\r\nid,name\r\n1,2\n'),
      skipLines: 2,
      comment: '#',
    });
    expect(source).toMatchObject({
      columns: ['id', 'name'],
      header: { start: 22, end: 31 },
      skippedLines: 2,
      bom: true,
    });
  });

  test('at the very caps is taken', async () => {
    const name = 'x'.repeat(65_536);
    for (const newline of ['', '\n', '\r\n', '\n1\n'])
      expect((await openCsv(input, { store: await storeWith(`\uFEFF${name}${newline}`) })).columns).toEqual([name]);
    expect((await openCsv(input, { store: await storeWith(`${many(4096)}\n`) })).columns).toHaveLength(4096);
  });

  test('with a stray quote keeps it', async () => {
    const source = await openCsv(input, { store: await storeWith('5" pipe,b\n') });
    expect(source.columns).toEqual(['5" pipe', 'b']);
  });

  test.each(['__PROTO__', 'prototype', 'then', 'length', '0', 'ID', 'id '])('may name a column %j', async (name) => {
    const { columns } = await openCsv(input, { store: await storeWith(`id,${name}\n`) });
    expect(columns).toEqual(['id', name]);
  });

  test('caps are settings', async () => {
    const store = await storeWith('abcdef,b\n');
    const limits = { ...defaultLimits, maxHeaderBytes: 8 };
    expect((await openCsv(input, { store, limits })).columns).toEqual(['abcdef', 'b']);
    expect(await failureOf(openCsv(input, { store, limits: { ...limits, maxHeaderBytes: 7 } }))).toMatchObject({
      code: 'CSV_BAD_HEADER',
    });
    expect(await failureOf(openCsv(input, { store, limits: { ...limits, maxColumns: 1 } }))).toMatchObject({
      code: 'CSV_BAD_HEADER',
    });
  });
});

describe('without a header', () => {
  const open = async (bytes: string, header: 'none' | readonly string[], more = {}) =>
    openCsv(input, { store: await storeWith(bytes), header, ...more });

  test('columns are numbered, or named by the caller', async () => {
    const none = await open('id,"name",\r\n', 'none');
    expect(none).toMatchObject({ columns: ['column_1', 'column_2', 'column_3'], header: { start: 0, end: 0 } });
    expect(none).toMatchObject({ headerText: '', dialect: { newline: 'crlf' } });
    expect(await open('\uFEFF1,2\n', ['a', 'b'])).toMatchObject({ columns: ['a', 'b'], header: { start: 3, end: 3 } });
  });

  test.each([
    ['names twice', '1,2\n', ['a', 'a'], {}, /same name twice/],
    ['a blank name', '1,2\n', ['a', ' '], {}, /no name for column 2/],
    ['a reserved name', '1\n', ['__pipeline_row'], {}, /reserved prefix/],
    ['too many names', '1,2\n', ['a', 'b'], { limits: { ...defaultLimits, maxColumns: 1 } }, /more than 1 columns/],
    [
      'too many fields to be numbered',
      '1,2\n',
      'none',
      { limits: { ...defaultLimits, maxColumns: 1 } },
      /more than 1 columns/,
    ],
    ['nothing but comments', '#1\n#2', 'none', { comment: '#' }, /at least one record/],
  ] as const)('%s are refused', async (_, bytes, header, more, message) => {
    const error = await failureOf(open(bytes, header, more));
    expect(error).toMatchObject({ code: 'CSV_BAD_HEADER' });
    expect(error.message).toMatch(message);
  });
});

describe('expected columns', () => {
  const splitting = async (text: string, columns: { required: string[]; extra?: 'allow' | 'refuse' }) =>
    failureOf(split(input, { store: await storeWith(text), locations, run: runOf(), columns }));

  test('are found by name, in any order', async () => {
    const columns = { required: ['b', 'a'], extra: 'refuse' } as const;
    const { manifest } = await splitText('a,b\n1,2\n', { columns });
    expect(manifest.sources[0]?.columns).toEqual(['a', 'b']);
    await splitText('x,a,b\n1,2,3\n', { columns: { required: ['a', 'b'] } });
  });

  test('that are missing or too many are named', async () => {
    const missing = await splitting('a,c\n', { required: ['a', 'b'] });
    expect(missing).toMatchObject({ code: 'CSV_BAD_HEADER', details: { column: 'b' } });
    expect(missing.message).toMatch(/lacks a column \(column "b"\); expected a, b$/);
    const extra = await splitting('a,b,c\n', { required: ['a', 'b'], extra: 'refuse' });
    expect(extra).toMatchObject({ code: 'CSV_BAD_HEADER', details: { column: 'c' } });
    expect(extra.message).toMatch(/column too many/);
  });

  test.each([
    [';', 'a;b\n'],
    ['\t', 'a\tb\n'],
    ['|', 'a|b\n'],
  ])('that are missing since the delimiter is %j: the message says so', async (delimiter, text) => {
    const error = await splitting(text, { required: ['a', 'b'] });
    expect(error.message).toContain(`its delimiter may be ${JSON.stringify(delimiter)}`);
  });

  test('of mended rejects leave the reserved ones out of account', async () => {
    const text = 'a,b,__pipeline_row,__pipeline_messages\n1,2,7,"too, long"\n';
    const { manifest } = await splitText(text, { columns: { required: ['a', 'b'], extra: 'refuse' } });
    expect(manifest.sources[0]).toMatchObject({ columns: ['a', 'b'], strippedColumns: 2, headerText: 'a,b\n' });
  });
});

describe('a dialect', () => {
  test.each([
    [{ delimiter: '' }, 'delimiter'],
    [{ delimiter: '\n' }, 'delimiter'],
    [{ delimiter: '\r' }, 'delimiter'],
    [{ delimiter: '\0' }, 'delimiter'],
    [{ delimiter: '"' }, 'quote'],
    [{ quote: ',' }, 'quote'],
    [{ quote: '""' }, 'quote'],
    [{ quote: '\n' }, 'quote'],
    [{ delimiter: ';', quote: ';' }, 'quote'],
    [{ escape: ',' }, 'escape'],
    [{ escape: '\\\\' }, 'escape'],
    [{ escape: '\n' }, 'escape'],
    [{ comment: ',' }, 'comment'],
    [{ comment: '"' }, 'comment'],
    [{ escape: '#', comment: '#' }, 'comment'],
    [{ comment: '\r' }, 'comment'],
  ])('%j is refused', async (dialect, option) => {
    const store = await storeWith('a\n');
    const error = await failureOf(split(input, { store, locations, run: runOf(), dialect }));
    expect(error).toMatchObject({ name: 'PipelineConfigError', code: 'CONFIG_INVALID', details: { option } });
  });
});
