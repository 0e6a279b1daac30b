import { defaultLimits } from '@pipeline/core';
import { fails, type Malformed, passes, rejects } from './notation.ts';

const many = (count: number): string => Array.from({ length: count }, (_, i) => `c${i + 1}`).join(',');
const header = (name: string, file: string, column = ''): Malformed =>
  fails(name, file, `CSV_BAD_HEADER ${column}`.trimEnd());

export const badHeaders: readonly Malformed[] = [
  header('a name twice', 'id,note,id\n1,a,2\n', 'id'),
  header('a name twice, once in quotes', 'id,"id"\n1,2\n', 'id'),
  header('a name twice, doubled quotes in it', '"a""b","a""b"\n1,2\n', 'a"b'),
  header('a name twice in UTF-8', 'größe,größe\n1,2\n', 'größe'),
  header('a name twice behind a byte order mark', '\uFEFFid,id\n1,2\n', 'id'),
  passes('a name in two cases', 'id,ID\n1,2\n', ['1·2']),
  passes('a name with and without a space', 'id,id \n1,2\n', ['1·2']),
  header('names that are canonically equal', 'e\u0301,\u00e9\n1,2\n', '\u00e9'),
  header('a second byte order mark', '\uFEFF\uFEFFid,note\n1,a\n', '\uFEFFid'),
  header('a name of zero width', 'id,\u200b\u2060\n1,2\n'),
  header('no name', 'id,,note\n1,2,3\n'),
  header('a name of quotes only', 'id,""\n1,2\n'),
  header('a name of spaces', 'id,  \n1,2\n'),
  header('a name of no-break spaces', 'id,\u00a0\n1,2\n'),
  header('a delimiter at the end', 'id,note,\n1,a\n'),
  header('a delimiter in front', ',id\n1,a\n'),
  header('nothing but delimiters', ',,\n1,2,3\n'),
  header('a blank line in front', '\nid,note\n1,a\n'),
  header('__proto__', 'id,__proto__\n1,2\n', '__proto__'),
  header('constructor', 'constructor,id\n1,2\n', 'constructor'),
  header('toString', 'id,toString\n1,2\n', 'toString'),
  header('hasOwnProperty', 'id,hasOwnProperty\n1,2\n', 'hasOwnProperty'),
  header('valueOf, in quotes', 'id,"valueOf"\n1,2\n', 'valueOf'),
  header('__defineGetter__', 'id,__defineGetter__\n1,2\n', '__defineGetter__'),
  passes('prototype, then and length', 'prototype,then,length\n1,2,3\n', ['1·2·3']),
  header('our own prefix in front of another name', '__pipeline_row,id\n1,2\n', '__pipeline_row'),
  header('bytes behind a closing quote', '"id"x,note\n1,a\n'),
  header('a quote that is never closed', 'id,▾"note\n1,a\n'),
  header('a quote that is never closed, at once', '▾"id,note\n1,a\n'),
  header('lone CRs end all records', 'id,note\r1,a\r2,b\r'),
  header('a lone CR in a name', 'id,no\rte\n1,a\n'),
  passes('a CR in a quoted name', 'id,"no\rte"\n1,a\n', ['1·a']),
  passes('a newline in a quoted name', 'id,"no\nte"\n1,a\n', ['1·a']),
  fails('an invalid byte', 'id,n▾‹ff›te\n1,a\n', 'CSV_BAD_ENCODING'),
  fails('another column than is required', 'id,nota\n1,a\n', 'CSV_BAD_HEADER note', {
    columns: { required: ['id', 'note'] },
  }),
  fails('a column too many where none is allowed', 'id,note,x\n1,a,b\n', 'CSV_BAD_HEADER x', {
    columns: { required: ['id', 'note'], extra: 'refuse' },
  }),
  fails('the required columns behind another delimiter', 'id;note\n1;a\n', 'CSV_BAD_HEADER id', {
    columns: { required: ['id', 'note'] },
  }),
  passes('a row that repeats the header is data', 'id,note\n1,a\nid,note\n', ['1·a', 'id·note']),
  rejects(
    'a title above it makes a file of one column',
    'All orders\n▸id,note\n▸1,a\n',
    ['1 ROW_FIELD_COUNT', '2 ROW_FIELD_COUNT'],
    [],
  ),
  fails('fewer lines than are to be skipped', 'id,note\n1,a\n', 'CSV_BAD_HEADER', { skipLines: 3 }),
];

const small = { ...defaultLimits, maxRecordBytes: 20, maxFieldBytes: 10, maxHeaderBytes: 16, maxColumns: 4 };
const capped = { limits: small };
const inUtf16 = { ...capped, writtenIn: 'utf-16le' } as const;
const inLatin1 = { ...capped, writtenIn: 'iso-8859-1', encoding: 'iso-8859-1' } as const;

export const caps: readonly Malformed[] = [
  passes('a record at its cap', 'id,note\n123456789,abcdefghij\n', ['123456789·abcdefghij'], capped),
  fails('a record one byte over it', 'id,note\n1,a\n▾1234567890,abcdefghij\n', '2 CSV_ROW_TOO_LARGE', capped),
  fails('a record over it, without a newline', 'id,note\n1,a\n▾1234567890,abcdefghij', '2 CSV_ROW_TOO_LARGE', capped),
  fails('a file without newlines', `id,note\n▾${'x'.repeat(500)}`, '1 CSV_ROW_TOO_LARGE', capped),
  fails('a record of delimiters over it', `id,note\n▾${','.repeat(21)}\n`, '1 CSV_ROW_TOO_LARGE', capped),
  fails(
    'a quoted record over it, its quotes closed',
    'id,note\n▾"a","b","c","d",efghijkl\n',
    '1 CSV_ROW_TOO_LARGE',
    capped,
  ),
  fails('a comment over it', `id,note\n1,a\n▾#${'x'.repeat(30)}\n`, '2 CSV_ROW_TOO_LARGE', {
    ...capped,
    dialect: { comment: '#' },
  }),
  fails(
    'a record over it, in the middle of the file',
    'id,note\n1,a\n▾12345678901,abcdefghij\n3,c\n',
    '2 CSV_ROW_TOO_LARGE',
    capped,
  ),
  fails('a record far over it in UTF-16', `\uFEFFid,note\n▾1,${'x'.repeat(100)}\n`, '1 CSV_ROW_TOO_LARGE', {
    ...capped,
    writtenIn: 'utf-16le',
  }),
  passes('a record at its cap in UTF-16', '\uFEFFid,note\n12345,abcd\n', ['12345·abcd'], inUtf16),
  passes('a record at its cap in UTF-16, CRLF behind it', '\uFEFFid,note\r\n12345,abcd\r\n', ['12345·abcd'], inUtf16),
  fails('a record one letter over it in UTF-16', '\uFEFFid,note\n1,a\n▾12345,abcde\n', '2 CSV_ROW_TOO_LARGE', inUtf16),
  fails(
    'a record one letter over it in UTF-16, at the end',
    '\uFEFFid,note\n▾12345,abcde',
    '1 CSV_ROW_TOO_LARGE',
    inUtf16,
  ),
  passes(
    'a record at its cap in UTF-16, longer as UTF-8',
    '\uFEFFid,note\n日本語日本,語日本語\n',
    ['日本語日本·語日本語'],
    inUtf16,
  ),
  fails(
    'letters over it in UTF-16',
    '\uFEFFid,note\n1,é\n▾日本語日本,日本語日本\n3,é\n',
    '2 CSV_ROW_TOO_LARGE',
    inUtf16,
  ),
  passes('pairs of surrogates at the cap', '\uFEFFid,note\n1234,😀😀\n', ['1234·😀😀'], inUtf16),
  fails(
    'a quote that closes behind the cap in UTF-16',
    '\uFEFFid,note\n1,▾"abcdefghijklmn"\n2,b\n',
    '1 CSV_UNCLOSED_QUOTE',
    inUtf16,
  ),
  fails(
    'a quote that opens behind the cap in UTF-16',
    '\uFEFFid,note\n▾12345678901234,"a\nb"\n',
    '1 CSV_ROW_TOO_LARGE',
    inUtf16,
  ),
  fails(
    'a quote never closed in UTF-16',
    '\uFEFFid,note\n1,▾"abcdefghijklmnopqrstuvw',
    '1 CSV_UNCLOSED_QUOTE',
    inUtf16,
  ),
  fails('a comment over it in UTF-16', '\uFEFFid,note\n1,a\n▾#2345678901\n2,b\n', '2 CSV_ROW_TOO_LARGE', {
    ...inUtf16,
    dialect: { comment: '#' },
  }),
  fails('a comment over it in UTF-16, at the end', '\uFEFFid,note\n1,a\n▾#2345678901234', '2 CSV_ROW_TOO_LARGE', {
    ...inUtf16,
    dialect: { comment: '#' },
  }),
  rejects(
    'a field over it in UTF-16',
    '\uFEFFid,note\n▸1,abcdef\n2,abcde\n',
    ['1 ROW_FIELD_TOO_LARGE note'],
    ['2·abcde'],
    inUtf16,
  ),
  passes('a header at its cap in UTF-16', '\uFEFF1234,678\n1,é\n', ['1·é'], inUtf16),
  fails('a header one letter over it in UTF-16', '\uFEFF1234,6789\n1,é\n', 'CSV_BAD_HEADER', inUtf16),
  passes(
    'a record and its fields at their caps in Latin-1',
    'id,note\néééééééééé,ééééééééé\n',
    ['éééééééééé·ééééééééé'],
    inLatin1,
  ),
  fails('a record one byte over it in Latin-1', 'id,note\n▾éééééééééé,éééééééééé\n', '1 CSV_ROW_TOO_LARGE', inLatin1),
  rejects(
    'a field over it in Latin-1',
    'id,note\n▸1,ééééééééééé\n2,éééééééééé\n',
    ['1 ROW_FIELD_TOO_LARGE note'],
    ['2·éééééééééé'],
    inLatin1,
  ),
  passes('a field at its cap', 'id,note\n1,abcdefghij\n', ['1·abcdefghij'], capped),
  rejects(
    'a field one byte over it',
    'id,note\n1,a\n▸2,abcdefghijk\n',
    ['2 ROW_FIELD_TOO_LARGE note'],
    ['1·a'],
    capped,
  ),
  rejects('a first field over it', 'id,note\n▸abcdefghijk,2\n1,a\n', ['1 ROW_FIELD_TOO_LARGE id'], ['1·a'], capped),
  rejects(
    'a field over it with its quotes',
    'id,note\n▸2,"abcdefghi"\n1,a\n',
    ['1 ROW_FIELD_TOO_LARGE note'],
    ['1·a'],
    capped,
  ),
  rejects(
    'a field over it in a row that is long',
    'id,note\n▸2,3,abcdefghijk\n1,a\n',
    ['1 ROW_FIELD_COUNT+ROW_FIELD_TOO_LARGE'],
    ['1·a'],
    capped,
  ),
  fails('a field over it where that fails the file', 'id,note\n▾2,abcdefghijk\n', '1 CSV_BAD_RECORD', {
    ...capped,
    records: { malformed: 'error' },
  }),
  rejects('more fields than columns may be', 'id,note\n▸1,2,3,4,5\n1,a\n', ['1 ROW_TOO_MANY_FIELDS'], ['1·a'], capped),
  passes('a header at its cap', '1234567,90123456\n1,a\n', ['1·a'], capped),
  fails('a header one byte over it', '12345678,90123456\n1,a\n', 'CSV_BAD_HEADER', capped),
  fails('a header without an end', 'x'.repeat(500_000), 'CSV_BAD_HEADER'),
  passes('as many columns as there may be', 'a,b,c,d\n1,2,3,4\n', ['1·2·3·4'], capped),
  fails('a column more', 'a,b,c,d,e\n1,2,3,4,5\n', 'CSV_BAD_HEADER', capped),
  fails('4,097 columns', `${many(4097)}\n`, 'CSV_BAD_HEADER'),
];
