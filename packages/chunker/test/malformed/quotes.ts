import { defaultLimits } from '@pipeline/core';
import { fails, type Malformed, passes, rejects } from './notation.ts';

const short = { ...defaultLimits, maxRecordBytes: 24, maxFieldBytes: 24 };
const backslash = { dialect: { escape: '\\' } };

export const unclosedQuotes: readonly Malformed[] = [
  fails('in the last record', 'id,note\n1,a\n2,▾"b\n', '2 CSV_UNCLOSED_QUOTE'),
  fails('in the last field, without a newline', 'id,note\n1,a\n2,▾"', '2 CSV_UNCLOSED_QUOTE'),
  fails('in the first field', 'id,note\n▾"1,a\n2,b\n3,c\n', '1 CSV_UNCLOSED_QUOTE'),
  fails('that is all there is behind the header', 'id,note\n▾"', '1 CSV_UNCLOSED_QUOTE'),
  fails('of a field that ends in a doubled quote', 'id,note\n1,▾"a""\n2,b\n', '1 CSV_UNCLOSED_QUOTE'),
  fails('of a field of three quotes', 'id,note\n1,▾"""\n', '1 CSV_UNCLOSED_QUOTE'),
  fails('of a field that ends in an escaped quote', 'id,note\n1,▾"a\\"\n2,b\n', '1 CSV_UNCLOSED_QUOTE', backslash),
  fails('behind a quoted field that is closed', 'id,note\n"1",▾"a\n', '1 CSV_UNCLOSED_QUOTE'),
  fails('in a file of CRLF', 'id,note\r\n1,a\r\n2,▾"b\r\n3,c\r\n', '2 CSV_UNCLOSED_QUOTE'),
  fails('behind a byte order mark', '\uFEFFid,note\n1,▾"b\n', '1 CSV_UNCLOSED_QUOTE'),
  fails('behind characters of several bytes', 'id,größe\n1,日本\n2,▾"b\n', '2 CSV_UNCLOSED_QUOTE'),
  fails('of another quote character', "id,note\n1,a\n2,▾'b\n", '2 CSV_UNCLOSED_QUOTE', { dialect: { quote: "'" } }),
  fails('in UTF-16', '\uFEFFid,note\n1,é\n2,▾"b\n', '2 CSV_UNCLOSED_QUOTE', { writtenIn: 'utf-16le' }),
  fails('in UTF-16 the other way round', '\uFEFFid,note\n1,😀\n2,▾"b\n', '2 CSV_UNCLOSED_QUOTE', {
    writtenIn: 'utf-16be',
  }),
  fails('in ISO-8859-1', 'id,note\n1,é\n2,▾"b\n', '2 CSV_UNCLOSED_QUOTE', {
    writtenIn: 'iso-8859-1',
    encoding: 'iso-8859-1',
  }),
  fails('with a comment inside', 'id,note\n#c\n1,▾"b\n#"\n2,c\n', '1 CSV_UNCLOSED_QUOTE', {
    dialect: { comment: '#' },
    limits: { ...defaultLimits, maxRecordBytes: 4 },
  }),
  fails(
    'that closes behind the cap of a record',
    'id,note\n1,a\n2,▾"bbbbbbbbbbbbbbbbbbbbbbbbbbbbb"\n',
    '2 CSV_UNCLOSED_QUOTE',
    {
      limits: short,
    },
  ),
  fails(
    'that never closes in a file far beyond the cap',
    `id,note\n1,a\n2,▾"${'b,c\n'.repeat(500)}`,
    '2 CSV_UNCLOSED_QUOTE',
    {
      limits: short,
    },
  ),
  fails('where lone CRs end records', 'id,note\r1,a\r2,▾"b\r', '2 CSV_UNCLOSED_QUOTE', { dialect: { loneCr: true } }),
  rejects('that the next quoted field closes', 'id,note\n▸1,"a\n2,"b"\n3,c\n', ['1 ROW_BAD_QUOTE'], ['3·c']),
  passes('that the next quoted field closes at a delimiter', 'id,note\n1,"a\n2,"\n3,c\n', ['1·a\n2,', '3·c']),
  rejects('that the opening quote of the next row closes', 'id,note\n▸1,"a\n"2"\n3,c\n', ['1 ROW_BAD_QUOTE'], ['3·c']),
];

export const bytesBehindQuotes: readonly Malformed[] = [
  rejects('a letter', 'id,note\n1,a\n▸2,"b"x\n3,c\n', ['2 ROW_BAD_QUOTE'], ['1·a', '3·c']),
  rejects('a space', 'id,note\n▸1,"a" \n2,b\n', ['1 ROW_BAD_QUOTE'], ['2·b']),
  rejects('a tab before the delimiter', 'id,note\n▸"1"\t,a\n2,b\n', ['1 ROW_BAD_QUOTE'], ['2·b']),
  rejects('a no-break space', 'id,note\n▸"1"\u00a0,a\n2,b\n', ['1 ROW_BAD_QUOTE'], ['2·b']),
  rejects('text of several words', 'id,note\n▸1,"Robert ""Bob"" "Smith\n2,b\n', ['1 ROW_BAD_QUOTE'], ['2·b']),
  rejects('another quoted text', 'id,note\n▸1,"a" "b"\n2,b\n', ['1 ROW_BAD_QUOTE'], ['2·b']),
  rejects('behind an empty pair', 'id,note\n▸1,""x\n2,b\n', ['1 ROW_BAD_QUOTE'], ['2·b']),
  rejects('quotes that nobody doubled', 'id,note\n▸1,"say "hi" now"\n2,b\n', ['1 ROW_BAD_QUOTE'], ['2·b']),
  rejects('inches', 'id,note\n▸1,"5" pipe"\n2,b\n', ['1 ROW_BAD_QUOTE'], ['2·b']),
  rejects('in the first field', 'id,note\n▸"1"x,a\n2,b\n', ['1 ROW_BAD_QUOTE'], ['2·b']),
  rejects('in every field', 'id,note\n▸"1"x,"a"y\n2,b\n', ['1 ROW_BAD_QUOTE'], ['2·b']),
  rejects('in a row that is short besides', 'id,note\n▸"1"x\n2,b\n', ['1 ROW_BAD_QUOTE+ROW_FIELD_COUNT'], ['2·b']),
  rejects('in a row that is long besides', 'id,note\n▸"1"x,2,3\n2,b\n', ['1 ROW_BAD_QUOTE+ROW_FIELD_COUNT'], ['2·b']),
  rejects('behind a quoted newline', 'id,note\n▸1,"a\nb"x\n2,b\n', ['1 ROW_BAD_QUOTE'], ['2·b']),
  rejects('a lone CR', 'id,note\n▸1,"a"\rb\n2,b\n', ['1 ROW_BAD_QUOTE'], ['2·b']),
  rejects('a lone CR at the end of the file', 'id,note\n1,a\n▸2,"b"\r', ['2 ROW_BAD_QUOTE'], ['1·a']),
  rejects('two CRs and a newline', 'id,note\n▸1,"a"\r\r\n2,b\n', ['1 ROW_BAD_QUOTE'], ['2·b']),
  rejects('in the last record, without a newline', 'id,note\n1,a\n▸2,"b"x', ['2 ROW_BAD_QUOTE'], ['1·a']),
  rejects('the escape character', 'id,note\n▸1,"a"\\\n2,b\n', ['1 ROW_BAD_QUOTE'], ['2·b'], backslash),
  rejects(
    'doubled quotes where a backslash escapes',
    'id,note\n▸1,"a""b"\n2,b\n',
    ['1 ROW_BAD_QUOTE'],
    ['2·b'],
    backslash,
  ),
  rejects(
    'of an encoding that it is not',
    'id,note\n▸1,"a"▾‹ff›\n2,b\n',
    ['1 ROW_BAD_QUOTE+ROW_ENCODING note'],
    ['2·b'],
  ),
  rejects('in UTF-16', '\uFEFFid,note\n▸1,"a"x\n2,é\n', ['1 ROW_BAD_QUOTE'], ['2·é'], { writtenIn: 'utf-16le' }),
  rejects('of another quote character', "id,note\n▸1,'it's'\n2,b\n", ['1 ROW_BAD_QUOTE'], ['2·b'], {
    dialect: { quote: "'" },
  }),
  fails('where the policy says that the file fails', 'id,note\n1,a\n▾2,"b"x\n3,c\n', '2 CSV_BAD_RECORD', {
    records: { malformed: 'error' },
  }),
];

export const strayQuotes: readonly Malformed[] = [
  passes('in the middle of a field', 'id,note\n1,5" pipe\n2,b\n', ['1·5" pipe', '2·b'], { strayQuotes: 1 }),
  passes('at the end of a field', 'id,note\n1,5"\n2,b\n', ['1·5"', '2·b'], { strayQuotes: 1 }),
  passes('behind a space', 'id,note\n1, "a"\n2,b\n', ['1· "a"', '2·b'], { strayQuotes: 1 }),
  passes('behind a space, around a delimiter, which parts fields', 'id,note\n1, a"\n2,"b"\n', ['1· a"', '2·b'], {
    strayQuotes: 1,
  }),
  rejects('behind a space, around a delimiter', 'id,note\n▸1, "a,b"\n2,b\n', ['1 ROW_FIELD_COUNT'], ['2·b']),
  passes('doubled, in a field without quotes', 'id,note\n1,a""b\n2,b\n', ['1·a""b', '2·b'], { strayQuotes: 1 }),
  passes('in two fields of a row', 'id,note\n1"x,2"y\n2,b\n', ['1"x·2"y', '2·b'], { strayQuotes: 1 }),
  passes('in every row', 'id,note\n1",a\n2",b\n', ['1"·a', '2"·b'], { strayQuotes: 2 }),
  passes('that do not hide a newline', 'id,note\n1,a"\n2,"b\n"\n', ['1·a"', '2·b\n'], { strayQuotes: 1 }),
  passes('in the header', 'id,5" note\n1,a\n', ['1·a']),
  passes('of typographers', 'id,note\n1,“a”\n2,«b»\n', ['1·“a”', '2·«b»']),
  passes('of full width', 'id,note\n1,＂a＂\n', ['1·＂a＂']),
  passes('of the other kind', "id,note\n1,'a\n2,b'\n", ["1·'a", "2·b'"]),
  passes('where the file quotes nothing', 'id,note\n1,"a\n2,"\n', ['1·"a', '2·"'], { dialect: { quote: '' } }),
  passes('behind an escape character', 'id,note\n1,\\"a\n2,b\n', ['1·\\"a', '2·b'], { ...backslash, strayQuotes: 1 }),
];
