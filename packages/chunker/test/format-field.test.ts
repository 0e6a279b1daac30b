import { describe, expect, test } from 'vitest';
import { formatField } from '../src/index.ts';
import { comma } from './helpers.ts';

const backslash = { ...comma, escape: '\\' } as const;
const commented = { ...comma, comment: '#' } as const;
const configError = expect.objectContaining({ code: 'CONFIG_INVALID' });

describe('formatField', () => {
  test.each([
    ['a"b', '"a\\"b"'],
    ['a\\b', '"a\\\\b"'],
    ['\\"', '"\\\\\\""'],
    ['a,b', '"a,b"'],
    ['plain', 'plain'],
  ])('escapes %j with a backslash, and the backslash itself, as %s', (value, expected) => {
    expect(formatField(value, backslash)).toBe(expected);
  });

  test('an escape that is the quote, or that a dialect without quotes has, means nothing of its own', () => {
    expect(formatField('a"b', { ...comma, escape: '"' })).toBe('"a""b"');
    expect(formatField('a\\b', { delimiter: ',', quote: '', escape: '\\' })).toBe('a\\b');
  });

  test('quotes a value that would begin a comment, where a record begins', () => {
    expect(formatField('#1', commented, { first: true })).toBe('"#1"');
    expect(formatField('#1', commented)).toBe('#1');
    expect(formatField('a#1', commented, { first: true })).toBe('a#1');
    expect(() => formatField('#1', { delimiter: ',', quote: '', comment: '#' }, { first: true })).toThrow(configError);
  });

  test('quotes what would be taken for a byte order mark, where a record begins', () => {
    expect(formatField('\uFEFFid', comma, { first: true })).toBe('"\uFEFFid"');
    expect(formatField('\uFEFFid', comma)).toBe('\uFEFFid');
  });

  test('quotes every value when asked to, the empty one too', () => {
    for (const [value, expected] of [
      ['', '""'],
      [null, '""'],
      [1.5, '"1.5"'],
      ['a"b', '"a""b"'],
    ])
      expect(formatField(value, comma, { quoting: 'always' })).toBe(expected);
    expect(() => formatField('a', { delimiter: ',', quote: '' }, { quoting: 'always' })).toThrow(configError);
  });

  test.each([
    [{ big: 12345678901234567890n }, '{"big":12345678901234567890}'],
    [[Number.NaN, Number.POSITIVE_INFINITY, undefined, null], '["NaN","Infinity",null,null]'],
    [
      { at: new Date(0), gone: undefined, deep: [{ a: true }] },
      '{"at":"1970-01-01T00:00:00.000Z","deep":[{"a":true}]}',
    ],
    [{ toJSON: () => ({ self: 'made' }) }, '{"self":"made"}'],
  ])('writes an object as JSON that changes nothing in silence: %#', (value, json) => {
    expect(formatField(value, comma)).toBe(`"${json.replaceAll('"', '""')}"`);
  });

  test('refuses an invalid date', () => {
    expect(() => formatField(new Date(Number.NaN), comma)).toThrow(configError);
    expect(() => formatField({ at: [new Date(Number.NaN)] }, comma)).toThrow(configError);
  });
});
