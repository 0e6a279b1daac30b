import { describe, expect, test } from 'vitest';
import { detectCsv } from '../../src/detect/detect-csv.ts';
import { lines, sampleBytes, whole } from './samples.ts';

describe('the delimiter', () => {
  test.each<[string, string, string]>([
    ['a comma', ',', lines('id,name,price', '1,Ann,1.50', '2,Bob,2.25', '3,Cy,10.00')],
    [
      'a semicolon beside decimal commas',
      ';',
      lines('Artikel;Menge;Preis', 'A1;1,5;2,30', 'A2;2,25;10,00', 'A3;3,0;7,99'),
    ],
    [
      'a semicolon beside decimal commas, no header',
      ';',
      lines('1,5;2,5', '3,25;4,75', '1,0;7,5', '9,9;8,1', '7,2;0,5', '6,6;3,1'),
    ],
    [
      'a tab beside commas in text',
      '\t',
      lines('id\tnote', '1\tHello, you', '2\tOne, two, three', '3\tNone', '4\tA, b'),
    ],
    ['a pipe', '|', lines('id|name|when', '1|Ann|2026-01-02', '2|Bob|2026-01-03', '3|Cy|2026-02-04')],
    ['a unit separator', '\x1f', lines('id\x1fname', '1\x1fAnn, PhD', '2\x1fBob; Jr.', '3\x1fCy')],
    [
      'a colon',
      ':',
      lines('root:x:0:0:root:/root:/bin/sh', 'bin:x:1:1:bin:/bin:/bin/false', 'ann:x:9:9:Ann:/a:/bin/sh'),
    ],
    ['a caret', '^', lines('id^name^n', '1^Ann^3', '2^Bob^4', '3^Cy^5')],
    ['a tilde', '~', lines('id~name~n', '1~Ann~3', '2~Bob~4', '3~Cy~5')],
    [
      'a comma beside times and ratios',
      ',',
      lines('start,end', '10:30:00,11:45:10', '12:00:00,12:30:59', '09:15:00,10:00:00'),
    ],
    ['a comma beside pipes in text', ',', lines('id,tags', '1,a|b|c', '2,a', '3,b|c', '4,d')],
    [
      'a comma with some ragged rows',
      ',',
      lines('a,b,c', ...Array<string>(30).fill('1,2,3'), '1,2', '1,2,3,4', '7,8,9'),
    ],
  ])('is %s', (_, delimiter, text) => {
    const found = whole(text);
    expect(found.delimiter).toBe(delimiter);
    expect(found.confidence.delimiter).toBeGreaterThanOrEqual(delimiter === ':' ? 0.8 : 0.9);
  });

  test.each<[string, string]>([
    ['numbers', lines('n', '1', '2', '3', '4')],
    ['words', lines('city', 'Rome', 'Paris', 'Oslo', 'Bern')],
    ['times', lines('at', '12:30', '12:45', '13:10', '14:00')],
    ['full names', lines('name', 'Ann Lee', 'Bob Ray', 'Cy Young', 'Di Wu')],
    ['quoted text', lines('note', '"a, b"', '"c; d, e"', '"f"', '"g, h"')],
  ])('of one column is a comma, since it cuts nothing: %s', (_, text) => {
    const found = whole(text);
    expect(found).toMatchObject({ delimiter: ',', header: true });
    expect(found.confidence.delimiter).toBeGreaterThan(0.6);
  });

  test('of one column of sentences is one that cuts none of them', () => {
    const found = whole(lines('Well, yes', 'One, two, three, go', 'No', 'Stop, or I shout', 'So', 'a, b, c, d, e'));
    expect(found.delimiter).toBe(';');
  });

  test('is named by a separator line', () => {
    const found = whole('sep=;\r\nname;n\r\nAnn, Bob;1\r\n');
    expect(found).toMatchObject({ delimiter: ';', skipLines: 1, header: true, confidence: { delimiter: 1 } });
  });

  test.each<[string, string]>([
    ['either of two', lines('a;b,c', 'd;e,f', 'g;h,i', 'j;k,l')],
    ['in a single record', 'a,b\n'],
    ['in prose', lines('It was, so to say, late.', 'Nobody came; nobody went.', 'The end: at last, or not.')],
  ])('is unsure when it may be %s', (_, text) => {
    expect(whole(text).confidence.delimiter).toBeLessThan(0.7);
  });
});

describe('the quote', () => {
  test('is found around newlines and other delimiters', () => {
    const text = lines('id,note', '1,"a;b;c\nd;e;f"', '2,"g;h\ni;j;k"', '3,"l;m;n"', '4,plain', '5,"o\n\np"');
    const found = whole(text);
    expect(found).toMatchObject({ delimiter: ',', quote: '"', header: true });
    expect(found.confidence.quote).toBeGreaterThanOrEqual(0.9);
    expect(found.confidence.delimiter).toBeGreaterThanOrEqual(0.9);
  });

  test('is a single one where that quotes', () => {
    const found = whole(lines("id,'note'", "1,'a, b'", "2,'it''s, well'", "3,'c, d'", "4,'e'"));
    expect(found).toMatchObject({ delimiter: ',', quote: "'" });
    expect(found.confidence.quote).toBeGreaterThanOrEqual(0.9);
  });

  test('is not an apostrophe', () => {
    const found = whole(lines('id,note', "1,it's late", "2,'tis true", "3,the dogs' bowl", "4,rock 'n' roll"));
    expect(found).toMatchObject({ delimiter: ',', quote: '"' });
    expect(found.confidence.quote).toBeGreaterThanOrEqual(0.9);
  });

  test('is a double one by default, less surely where some are text', () => {
    expect(whole(lines('a,b', '1,2')).confidence.quote).toBe(0.95);
    expect(whole(lines('id,size', '1,5" pipe', '2,7" pipe'))).toMatchObject({ quote: '"', confidence: { quote: 0.7 } });
  });

  test('is none where cells begin with quotes that close nothing', () => {
    const found = whole(lines('id,text', '1,"open', '2,fine', '3,"also', '4,"too" loud', '5,ok', '6,"more'));
    expect(found).toMatchObject({ delimiter: ',', quote: '' });
  });

  test('is escaped by backslashes where it is', () => {
    const found = whole(lines('id,note', '1,"say \\"hi\\", please"', '2,"a, b"', '3,"\\"c\\""', '4,"d"'));
    expect(found).toMatchObject({ delimiter: ',', quote: '"', escape: '\\' });
    expect(found.confidence.escape).toBeGreaterThan(0.7);
  });

  test('is doubled although a backslash stands before it', () => {
    const found = whole(lines('id,path', '1,"C:\\temp\\"', '2,"D:\\"', '3,"say ""hi"", please"'));
    expect(found).toMatchObject({ delimiter: ',', quote: '"' });
    expect(found).not.toHaveProperty('escape');
  });
});

describe('the newline', () => {
  test.each([
    ['lf', '\n'],
    ['crlf', '\r\n'],
    ['cr', '\r'],
  ])('is %s', (newline, characters) => {
    const found = whole(['id,name', '1,Ann', '2,Bob', '3,Cy', ''].join(characters));
    expect(found).toMatchObject({ newline, delimiter: ',', header: true });
    expect(found.confidence.newline).toBeGreaterThanOrEqual(0.9);
    expect(found.loneCr).toBe(newline === 'cr' ? true : undefined);
  });

  test('counts outside of quotes only', () => {
    expect(whole('a,b\r\n1,"x\ny\nz\nz"\r\n2,"x\n\n\n"\r\n').newline).toBe('crlf');
    expect(whole('a,b\r1,"x\ny\nz\nz"\r2,"x\n\n\n"\r')).toMatchObject({ newline: 'cr', loneCr: true });
  });

  test('is less sure where records differ', () => {
    const { newline, confidence } = whole('a,b\r\n1,2\r\n3,4\n5,6\r\n');
    expect(newline).toBe('crlf');
    expect(confidence.newline).toBeLessThan(0.8);
  });

  test('is not a lone CR because the sample ends inside a CRLF', () => {
    const found = detectCsv(Buffer.from('a,b\r\n1,2\r\n3,4\r'), { complete: false });
    expect(found.newline).toBe('crlf');
    expect(found).not.toHaveProperty('loneCr');
  });
});

describe('a sample', () => {
  test('cut anywhere reads like the whole file', () => {
    const row = (i: number): string => `${i};"a, b\n""c""; ${i}";${i},5;2026-01-${10 + (i % 20)}\r\n`;
    const bytes = Buffer.from(`id;text;price;when\r\n${Array.from({ length: 3000 }, (_, i) => row(i)).join('')}`);
    for (let cut = 0; cut < 40; cut++) {
      const found = detectCsv(bytes.subarray(0, sampleBytes - cut), { complete: false });
      expect(found).toMatchObject({ delimiter: ';', quote: '"', newline: 'crlf', header: true });
      for (const confidence of Object.values(found.confidence)) expect(confidence).toBeGreaterThanOrEqual(0.9);
    }
  });

  test('that is empty is sure of nothing', () => {
    const found = whole('');
    expect(found).toMatchObject({ encoding: 'utf-8', delimiter: ',', quote: '"', newline: 'lf', header: true });
    const { encoding, ...rest } = found.confidence;
    expect(encoding).toBe(0);
    expect(Object.values(rest)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test.each(['a', '\n', '"', ',', '\r', '"a', '\uFEFF', ',\n', '#', "'", '\0', 'a,b', 'sep=;\n'])(
    'of %j is read',
    (text) => {
      const found = whole(text);
      expect(found.delimiter).toMatch(/^[,;]$/);
      expect(found.confidence.delimiter === 1 || found.confidence.delimiter < 0.7).toBe(true);
    },
  );

  test.each<[string, number]>([
    ['binary data', 251],
    ['other binary data', 97],
  ])('of %s is sure of nothing', (_, step) => {
    const bytes = new Uint8Array(sampleBytes);
    for (let i = 0, x = step; i < bytes.length; i++) {
      x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0;
      bytes[i] = x >>> 16;
    }
    const { confidence } = detectCsv(bytes, { complete: false });
    for (const value of Object.values(confidence)) expect(value).toBeLessThan(0.5);
  });
});

describe('what is given', () => {
  test('is taken as it is and helps with the rest', () => {
    const text = lines('a;b,c;d', 'e;f,g;h', 'i;j,k;l');
    const found = whole(text, { delimiter: ',', quote: "'", escape: '\\', header: false, comment: '', skipLines: 0 });
    expect(found).toMatchObject({ delimiter: ',', quote: "'", escape: '\\', header: false });
    expect(found.confidence).toMatchObject({ delimiter: 1, quote: 1, escape: 1, header: 1, skipLines: 1 });
  });

  test('may be a delimiter that is never tried', () => {
    expect(whole(lines('a@"b"', '1@"x@y"'), { delimiter: '@' })).toMatchObject({ delimiter: '@', quote: '"' });
  });

  test('may say how many lines come before the header', () => {
    const text = lines('x;y;z', 'x;y', 'id,name', '1,Ann', '2,Bob');
    expect(whole(text, { skipLines: 2 })).toMatchObject({ delimiter: ',', skipLines: 2, header: true });
  });
});
