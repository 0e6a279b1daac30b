import { fails, type Malformed, passes, rejects } from './notation.ts';

/** A file of three rows, of which the second has these bytes at the end of its last field. */
const second = (bytes: string): string => `id,note\n1,a\n▸2,é▾‹${bytes}›\n3,c\n`;
const invalid = (name: string, bytes: string): Malformed =>
  rejects(name, second(bytes), ['2 ROW_ENCODING note'], ['1·a', '3·c']);

export const invalidUtf8: readonly Malformed[] = [
  invalid('a lone continuation byte', '80'),
  invalid('the last continuation byte', 'bf'),
  invalid('two continuation bytes', '80 bf'),
  invalid('an overlong slash of two bytes', 'c0 af'),
  invalid('an overlong slash of three bytes', 'e0 80 af'),
  invalid('an overlong slash of four bytes', 'f0 80 80 af'),
  invalid('an overlong NUL', 'c0 80'),
  invalid('the largest overlong of two bytes', 'c1 bf'),
  invalid('the largest overlong of three bytes', 'e0 9f bf'),
  invalid('the largest overlong of four bytes', 'f0 8f bf bf'),
  invalid('an overlong newline, which is none', 'c0 8a'),
  invalid('an overlong delimiter, which is none', 'c0 ac'),
  invalid('an overlong quote, which is none', 'c0 a2'),
  invalid('the first high surrogate', 'ed a0 80'),
  invalid('the last low surrogate', 'ed bf bf'),
  invalid('a pair of surrogates, as CESU-8 has it', 'ed a0 bd ed b8 80'),
  invalid('beyond U+10FFFF', 'f4 90 80 80'),
  invalid('a lead of four bytes that none may have', 'f5 80 80 80'),
  invalid('a sequence of five bytes', 'f8 88 80 80 80'),
  invalid('a sequence of six bytes', 'fc 84 80 80 80 80'),
  invalid('FE', 'fe'),
  invalid('FF', 'ff'),
  invalid('a sequence of two bytes that lacks one', 'c3'),
  invalid('a sequence of three bytes that lacks one', 'e2 82'),
  invalid('a sequence of three bytes that lacks two', 'e2'),
  invalid('a sequence of four bytes that lacks one', 'f0 9f 98'),
  invalid('a sequence of four bytes that lacks three', 'f0'),
  invalid('two sequences that were cut', 'e2 82 e2 82'),
  invalid('é of Latin-1', 'e9'),
  invalid('a quote of Windows-1252', '93'),
  invalid('a byte order mark of UTF-16', 'ff fe'),
  invalid('Java’s modified NUL and surrogates', 'c0 80 ed a0 80'),
  rejects('in the first field', 'id,note\n▸▾‹e9›1,a\n2,b\n', ['1 ROW_ENCODING id'], ['2·b']),
  rejects('in quotes', 'id,note\n▸1,"a\n▾‹ff›"\n2,b\n', ['1 ROW_ENCODING note'], ['2·b']),
  rejects('cut by a delimiter', 'id,note\n▸▾‹e2 82›,a\n2,b\n', ['1 ROW_ENCODING id'], ['2·b']),
  rejects('cut by the end of the file', 'id,note\n1,a\n▸2,b▾‹f0 9f›', ['2 ROW_ENCODING note'], ['1·a']),
  rejects('in two rows', 'id,note\n▸1,▾‹80›\n2,b\n▸3,▾‹fe›\n', ['1 ROW_ENCODING note', '3 ROW_ENCODING note'], ['2·b']),
  rejects('in a field that is not there', 'id,note\n▸1,a,▾‹80›\n2,b\n', ['1 ROW_FIELD_COUNT+ROW_ENCODING'], ['2·b']),
  rejects('beside a NUL', 'id,note\n▸1,▾‹80›\n▸2,▾‹00›\n3,c\n', ['1 ROW_ENCODING note', '2 ROW_NUL note'], ['3·c']),
  passes('replaced where that is asked for', second('c0 af').replace(/[▸▾]/g, ''), ['1·a', '2·é\ufffd\ufffd', '3·c'], {
    text: { invalid: 'replace' },
  }),
  fails('where the policy says that the file fails', 'id,note\n1,a\n▾2,‹ff›\n', '2 CSV_BAD_RECORD', {
    records: { malformed: 'error' },
  }),
];

export const nulBytes: readonly Malformed[] = [
  rejects('in the middle of a field', 'id,note\n1,a\n▸2,b▾‹00›b\n3,c\n', ['2 ROW_NUL note'], ['1·a', '3·c']),
  rejects('at the beginning of a row', 'id,note\n▸▾‹00›1,a\n2,b\n', ['1 ROW_NUL id'], ['2·b']),
  rejects('at the end of the file', 'id,note\n1,a\n▸2,b▾‹00›', ['2 ROW_NUL note'], ['1·a']),
  rejects('in quotes', 'id,note\n▸1,"a▾‹00›"\n2,b\n', ['1 ROW_NUL note'], ['2·b']),
  rejects('instead of a field', 'id,note\n▸▾‹00›,a\n2,b\n', ['1 ROW_NUL id'], ['2·b']),
  rejects(
    'many of them, as a full disk leaves',
    'id,note\n1,a\n▸▾‹00 00 00 00 00 00 00 00›',
    ['2 ROW_FIELD_COUNT+ROW_NUL id'],
    ['1·a'],
  ),
  rejects('behind a closing quote', 'id,note\n▸1,"a"▾‹00›\n2,b\n', ['1 ROW_BAD_QUOTE+ROW_NUL note'], ['2·b']),
  rejects('behind characters of several bytes', 'id,note\n▸日本,é▾‹00›\n2,b\n', ['1 ROW_NUL note'], ['2·b']),
  rejects('in UTF-16', '\uFEFFid,note\n1,é\n▸2,b▾\0\n', ['2 ROW_NUL note'], ['1·é'], { writtenIn: 'utf-16le' }),
  passes('kept where that is asked for', 'id,note\n1,a‹00›b\n', ['1·a\0b'], { text: { nul: 'keep' } }),
  passes('replaced where that is asked for', 'id,note\n1,a‹00›b\n', ['1·a\ufffdb'], { text: { nul: 'replace' } }),
  fails('in the header', 'id,no▾‹00›te\n1,a\n', 'CSV_BAD_ENCODING'),
];

export const oddText: readonly Malformed[] = [
  passes('noncharacters', 'id,note\n1,\ufffe\uffff\u{1ffff}\n', ['1·\ufffe\uffff\u{1ffff}']),
  passes('U+FFFD itself', 'id,note\n1,\ufffd\n', ['1·\ufffd']),
  passes('a byte order mark in the middle', 'id,note\n1,a\n\uFEFF2,b\n', ['1·a', '\uFEFF2·b']),
  passes('control characters', 'id,note\n1,\x01\x07\x1b\x7f\n', ['1·\x01\x07\x1b\x7f']),
  passes('letters that are one of several', 'id,note\n1,e\u0301\n2,\u00e9\n', ['1·e\u0301', '2·\u00e9']),
  passes('letters that run from right to left', 'id,note\n1,\u202eabc\u202c\n', ['1·\u202eabc\u202c']),
  passes('UTF-7, which is text', 'id,note\n1,+AGE-\n', ['1·+AGE-']),
];

const utf16 = { writtenIn: 'utf-16le' } as const;
export const otherEncodings: readonly Malformed[] = [
  rejects('a high surrogate alone', '\uFEFFid,note\n▸1,▾‹3d d8›\n2,b\n', ['1 ROW_ENCODING note'], ['2·b'], utf16),
  rejects('a low surrogate alone', '\uFEFFid,note\n▸1,▾‹00 de›\n2,b\n', ['1 ROW_ENCODING note'], ['2·b'], utf16),
  rejects(
    'a pair the wrong way round',
    '\uFEFFid,note\n▸1,▾‹00 de 3d d8›\n2,b\n',
    ['1 ROW_ENCODING note'],
    ['2·b'],
    utf16,
  ),
  rejects(
    'a high surrogate before a newline',
    '\uFEFFid,note\n▸▾‹3d d8›,a\n2,b\n',
    ['1 ROW_ENCODING id'],
    ['2·b'],
    utf16,
  ),
  rejects('half a unit at the end', '\uFEFFid,note\n1,a\n▸2,b▾‹41›', ['2 ROW_ENCODING note'], ['1·a'], utf16),
  rejects('a high surrogate at the end', '\uFEFFid,note\n1,a\n▸2,b▾‹3d d8›', ['2 ROW_ENCODING note'], ['1·a'], utf16),
  rejects(
    'a high surrogate alone, the other way round',
    '\uFEFFid,note\n▸1,▾‹d8 3d›\n2,b\n',
    ['1 ROW_ENCODING note'],
    ['2·b'],
    {
      writtenIn: 'utf-16be',
    },
  ),
  passes(
    'units that look like delimiters',
    '\uFEFFid,note\n1,\u2c2c\u0a0a\u2222\u0d0d\n',
    ['1·\u2c2c\u0a0a\u2222\u0d0d'],
    utf16,
  ),
  passes('a mark that speaks against what was said', '\uFEFFid,note\n1,é\n', ['1·é'], {
    ...utf16,
    encoding: 'iso-8859-1',
  }),
  passes('no mark, but said', 'id,note\n1,é\n', ['1·é'], { ...utf16, encoding: 'utf-16le' }),
  fails('UTF-16 without a mark, not said', '‹69›▾‹00 64 00 2c 00 6e 00 0a 00›', 'CSV_BAD_ENCODING'),
  fails('UTF-32 with its mark', '‹ff fe›▾‹00 00 69 00 00 00 0a 00 00 00›', 'CSV_BAD_ENCODING'),
  fails('a mark of UTF-16 before UTF-8', '▾‹ff fe›id,note\n1,é\n', 'CSV_BAD_ENCODING'),
  fails('a mark of UTF-16 before UTF-8 of an odd length', '▾‹fe ff›id,note\n1,ab\n', 'CSV_BAD_ENCODING'),
  fails('a mark of UTF-16 before Latin-1', '▾‹ff fe›id,gr‹f6›sse\r\n1,a\r\n', 'CSV_BAD_ENCODING'),
  fails('a mark of UTF-16 before UTF-8 of lone CRs', '▾‹ff fe›id,note\r1,a\r', 'CSV_BAD_ENCODING', {
    dialect: { loneCr: true },
  }),
  fails(
    'a mark of UTF-16 the wrong way round',
    '▾‹fe ff 69 00 2c 00 6e 00 0a 00 31 00 2c 00 61 00 0a 00›',
    'CSV_BAD_ENCODING',
  ),
  fails('a mark of UTF-16 before UTF-8, no header', '▾‹ff fe›1,a\n2,b\n', 'CSV_BAD_ENCODING', { header: 'none' }),
  fails('UTF-8 that was said to be UTF-16', '▾id,note\n1,a\n', 'CSV_BAD_ENCODING', { encoding: 'utf-16le' }),
  fails('UTF-16 that was said to be the other way round', '▾id,note\n1,a\n', 'CSV_BAD_ENCODING', {
    ...utf16,
    encoding: 'utf-16be',
  }),
  passes('a mark of UTF-16 before one name with bytes of newlines in it, and no newline', '\uFEFF《名》', [], utf16),
  passes('a mark of UTF-8 before UTF-8', '\uFEFFid,note\n1,é\n', ['1·é']),
  fails('a mark of UTF-8 before UTF-16', '‹ef bb bf 69›▾‹00 2c 00 6e 00 0a 00›', 'CSV_BAD_ENCODING'),
  rejects(
    'bytes that Windows-1252 does not have',
    'id,note\n▸1,▾‹81›\n▸2,▾‹8d›\n3,‹80›\n',
    ['1 ROW_ENCODING note', '2 ROW_ENCODING note'],
    ['3·€'],
    { encoding: 'windows-1252' },
  ),
  passes('the same bytes in ISO-8859-1, which has all', 'id,note\n1,‹81›\n', ['1·\x81'], { encoding: 'iso-8859-1' }),
  passes('UTF-8 that was said to be Latin-1', 'id,note\n1,é\n', ['1·Ã©'], { encoding: 'iso-8859-1' }),
  fails('a header of Latin-1', 'id,gr▾‹f6›sse\n1,a\n', 'CSV_BAD_ENCODING'),
  fails('a header of Windows-1252 with a byte it lacks', 'id,▾‹81›\n1,a\n', 'CSV_BAD_ENCODING', {
    encoding: 'windows-1252',
  }),
];
