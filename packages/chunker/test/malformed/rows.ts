import { defaultLimits } from '@pipeline/core';
import { fails, type Malformed, passes, rejects } from './notation.ts';

const narrow = { ...defaultLimits, maxColumns: 3 };

export const raggedRows: readonly Malformed[] = [
  rejects('a field short', 'id,note\n1,a\n▸2\n3,c\n', ['2 ROW_FIELD_COUNT'], ['1·a', '3·c']),
  rejects('a field too many', 'id,note\n1,a\n▸2,b,x\n3,c\n', ['2 ROW_FIELD_COUNT'], ['1·a', '3·c']),
  rejects('a delimiter at the end', 'id,note\n1,a\n▸2,b,\n3,c\n', ['2 ROW_FIELD_COUNT'], ['1·a', '3·c']),
  rejects('a delimiter in front', 'id,note\n▸,2,b\n3,c\n', ['1 ROW_FIELD_COUNT'], ['3·c']),
  rejects('the first row', 'id,note\n▸1\n2,b\n', ['1 ROW_FIELD_COUNT'], ['2·b']),
  rejects('the last row', 'id,note\n1,a\n▸2\n', ['2 ROW_FIELD_COUNT'], ['1·a']),
  rejects('the last row, without a newline', 'id,note\n1,a\n▸2', ['2 ROW_FIELD_COUNT'], ['1·a']),
  rejects('every row', 'id,note\n▸1\n▸2\n▸3\n', ['1 ROW_FIELD_COUNT', '2 ROW_FIELD_COUNT', '3 ROW_FIELD_COUNT'], []),
  rejects('one short, one long', 'id,note\n▸1\n▸2,b,x\n3,c\n', ['1 ROW_FIELD_COUNT', '2 ROW_FIELD_COUNT'], ['3·c']),
  rejects('an amount with a decimal comma', 'id,price\n1,2.50\n▸2,3,50\n', ['2 ROW_FIELD_COUNT'], ['1·2.50']),
  rejects('an escaped delimiter', 'id,note\n▸1,a\\,b\n2,c\n', ['1 ROW_FIELD_COUNT'], ['2·c'], {
    dialect: { escape: '\\' },
  }),
  rejects('a newline that nobody quoted', 'id,note\n1,a\n▸b\n2,c\n', ['2 ROW_FIELD_COUNT'], ['1·a', '2·c']),
  rejects('another delimiter', 'id,note\n1,a\n▸2;b\n', ['2 ROW_FIELD_COUNT'], ['1·a']),
  rejects('a footer', 'id,note\n1,a\n▸3 rows\n', ['2 ROW_FIELD_COUNT'], ['1·a']),
  rejects(
    'a second table',
    'id,note\n1,a\n▸\n▸key\n▸9\n',
    ['2 ROW_FIELD_COUNT', '3 ROW_FIELD_COUNT', '4 ROW_FIELD_COUNT'],
    ['1·a'],
  ),
  rejects('a comment that was not declared', 'id,note\n▸# all of them\n1,a\n', ['1 ROW_FIELD_COUNT'], ['1·a']),
  rejects('quoted, one field for all', 'id,note\n▸"1,a"\n2,b\n', ['1 ROW_FIELD_COUNT'], ['2·b']),
  rejects('with a newline in quotes', 'id,note\n▸"1\n1"\n2,b\n', ['1 ROW_FIELD_COUNT'], ['2·b']),
  rejects('in UTF-16', '\uFEFFid,note\n1,é\n▸2\n3,c\n', ['2 ROW_FIELD_COUNT'], ['1·é', '3·c'], {
    writtenIn: 'utf-16be',
  }),
  rejects('behind a line of comment', 'id,note\n#c\n1,a\n▸2\n', ['2 ROW_FIELD_COUNT'], ['1·a'], {
    dialect: { comment: '#' },
  }),
  rejects('more fields than any record may have', 'id,note\n1,a\n▸2,3,4,5\n', ['2 ROW_TOO_MANY_FIELDS'], ['1·a'], {
    limits: narrow,
  }),
  rejects('two columns in a file of one', 'id\n1\n▸2,b\n3\n', ['2 ROW_FIELD_COUNT'], ['1', '3']),
  passes('filled up where that is asked for', 'id,note\n1\n2,b\n', ['1·', '2·b'], { records: { ragged: 'pad' } }),
  rejects('too many fields are never cut', 'id,note\n1\n▸2,b,x\n', ['2 ROW_FIELD_COUNT'], ['1·'], {
    records: { ragged: 'pad' },
  }),
  fails('where the policy says that the file fails', 'id,note\n1,a\n▾2\n3\n', '2 CSV_BAD_RECORD', {
    records: { ragged: 'error' },
  }),
];

export const blankRows: readonly Malformed[] = [
  rejects('a blank line', 'id,note\n1,a\n▸\n2,b\n', ['2 ROW_FIELD_COUNT'], ['1·a', '2·b']),
  rejects('a blank line of CRLF', 'id,note\r\n1,a\r\n▸\r\n2,b\r\n', ['2 ROW_FIELD_COUNT'], ['1·a', '2·b']),
  rejects('a blank line behind the header', 'id,note\n▸\n1,a\n', ['1 ROW_FIELD_COUNT'], ['1·a']),
  rejects('blank lines at the end', 'id,note\n1,a\n▸\n▸\n', ['2 ROW_FIELD_COUNT', '3 ROW_FIELD_COUNT'], ['1·a']),
  rejects('a line of spaces', 'id,note\n1,a\n▸  \n', ['2 ROW_FIELD_COUNT'], ['1·a']),
  rejects('spaces at the end of the file', 'id,note\n1,a\n▸  ', ['2 ROW_FIELD_COUNT'], ['1·a']),
  rejects('a pair of quotes', 'id,note\n1,a\n▸""\n', ['2 ROW_FIELD_COUNT'], ['1·a']),
  passes('nothing but delimiters', 'id,note\n,\n,\n', ['·', '·']),
  passes('a blank line in a file of one column', 'id\n1\n\n2\n', ['1', '', '2']),
  passes('filled up where that is asked for', 'id,note\n\n1,a\n', ['·', '1·a'], { records: { empty: 'pad' } }),
  rejects('not filled up where only ragged rows are', 'id,note\n▸\n1\n', ['1 ROW_FIELD_COUNT'], ['1·'], {
    records: { ragged: 'pad' },
  }),
  fails('where the policy says that the file fails', 'id,note\n1,a\n▾\n2,b\n', '2 CSV_BAD_RECORD', {
    records: { empty: 'error' },
  }),
];
