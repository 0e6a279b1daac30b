import type { CsvEncoding } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { detectCsv } from '../../src/detect/detect-csv.ts';
import { encode, lines, sampleBytes, whole } from './samples.ts';

const german = lines('Nr;Straße;Ort', '1;Größer Weg 3;Köln', '2;Über den Dächern;München', '3;Äußere Mühle;Nürnberg');
const chinese = lines('编号,名称,价格', '1,上海牌手表,120', '2,北京烤鸭,88', '3,龙井茶叶,240');
const ascii = lines('id,name', '1,Ann', '2,Bob');

const encodingOf = (bytes: Uint8Array, complete = true) => {
  const { encoding, confidence } = detectCsv(bytes, { complete });
  return { encoding, sure: confidence.encoding };
};

describe('the encoding', () => {
  test.each<[CsvEncoding, Buffer]>([
    ['utf-8', encode(`\uFEFF${ascii}`, 'utf-8')],
    ['utf-16le', encode(`\uFEFF${ascii}`, 'utf-16le')],
    ['utf-16be', encode(`\uFEFF${ascii}`, 'utf-16be')],
  ])('is certain with the byte order mark of %s', (encoding, bytes) => {
    expect(encodingOf(bytes)).toEqual({ encoding, sure: 1 });
  });

  test.each<[string, string]>([
    ['English', ascii],
    ['German', german],
    ['Chinese', chinese],
  ])('is recognised in UTF-16 without a mark, %s', (_, text) => {
    for (const encoding of ['utf-16le', 'utf-16be'] as const) {
      const found = encodingOf(encode(text, encoding));
      expect(found.encoding).toBe(encoding);
      expect(found.sure).toBeGreaterThan(text === chinese ? 0.75 : 0.9);
    }
  });

  test('of UTF-16 leads to the delimiter too', () => {
    expect(whole(encode(german, 'utf-16be'))).toMatchObject({ encoding: 'utf-16be', delimiter: ';', header: true });
  });

  test.each([german, chinese, lines('a,b', '1,é')])('is UTF-8 where all sequences are', (text) => {
    const found = encodingOf(encode(text, 'utf-8'));
    expect(found.encoding).toBe('utf-8');
    expect(found.sure).toBeGreaterThanOrEqual(0.95);
  });

  test('is UTF-8 for ASCII, less surely where more may follow', () => {
    const complete = encodingOf(Buffer.from(ascii));
    const part = encodingOf(Buffer.from(ascii), false);
    expect(complete).toMatchObject({ encoding: 'utf-8' });
    expect(part).toMatchObject({ encoding: 'utf-8' });
    expect(part.sure).toBeGreaterThanOrEqual(0.9);
    expect(complete.sure).toBeGreaterThan(part.sure);
  });

  test('is still UTF-8 where the sample cuts a character', () => {
    const bytes = Buffer.from(lines('a,b', '1,€'));
    for (const cut of [2, 3]) {
      expect(encodingOf(bytes.subarray(0, bytes.length - cut), false).encoding).toBe('utf-8');
      expect(encodingOf(bytes.subarray(0, bytes.length - cut), true).encoding).not.toBe('utf-8');
    }
  });

  test('is UTF-8 with a little damage', () => {
    const bytes = Buffer.concat([Buffer.from(german.repeat(5)), Buffer.from([0xff, 0x0a])]);
    const found = encodingOf(bytes);
    expect(found.encoding).toBe('utf-8');
    expect(found.sure).toBeLessThan(0.9);
  });

  test('is windows-1252 for German Latin-1, which reads the same', () => {
    expect(encodingOf(encode(german, 'iso-8859-1'))).toEqual({ encoding: 'windows-1252', sure: 0.9 });
  });

  test('is windows-1252 with euro signs and curly quotes', () => {
    const text = lines('item;note', '„Käse“;12 €', 'Bob’s – best;3 €');
    const found = encodingOf(encode(text, 'windows-1252'));
    expect(found.encoding).toBe('windows-1252');
    expect(found.sure).toBeGreaterThanOrEqual(0.9);
  });

  test('is not windows-1252 with bytes that it leaves undefined', () => {
    const found = encodingOf(Buffer.from('a;b\nM\x81ller;x\n', 'latin1'));
    expect(found.encoding).toBe('iso-8859-1');
    expect(found.sure).toBeLessThan(0.5);
  });

  test('is unsure for text that is not western', () => {
    const cyrillic = Buffer.from('\xcc\xee\xf1\xea\xe2\xe0;\xd0\xee\xf1\xf1\xe8\xff\n', 'latin1'); // windows-1251
    const dos = Buffer.from('K\x84se;M\x94hre;B\x84r\n', 'latin1'); // code page 850
    for (const bytes of [cyrillic, dos]) expect(encodingOf(bytes).sure).toBeLessThan(0.3);
  });

  test('is not UTF-16 because of single NUL bytes', () => {
    for (const text of ['a,b\n1,x\0y\n', 'a,\0\n', '\0', lines('a,b', '1,\0', '2,3').repeat(50)])
      expect(encodingOf(Buffer.from(text)).encoding).toBe('utf-8');
  });

  test('of a sample of 64 KiB is found wherever it is cut', () => {
    const bytes = Buffer.from(`${'x'.repeat(30)},é€𝄞\n`.repeat(2000));
    for (let cut = 0; cut < 12; cut++)
      expect(encodingOf(bytes.subarray(0, sampleBytes - cut), false)).toMatchObject({ encoding: 'utf-8' });
  });

  test('that is given is taken', () => {
    const found = whole(encode(german, 'iso-8859-1'), { encoding: 'iso-8859-1' });
    expect(found).toMatchObject({ encoding: 'iso-8859-1', delimiter: ';', confidence: { encoding: 1 } });
  });
});
