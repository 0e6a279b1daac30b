import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unsupportedFormatOf } from '../../src/compression/unsupported-format.ts';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const zipEntry = (name: string, content = ''): Buffer => {
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header[26] = name.length;
  return Buffer.concat([header, latin(name + content)]);
};
const tar = Buffer.alloc(512);
tar.write('orders.csv');
tar.write('ustar\0', 257, 'latin1');

describe('unsupportedFormatOf', () => {
  test.each([
    ['a ZIP archive', zipEntry('orders.csv', 'id\n')],
    ['a ZIP archive', latin('PK\x05\x06')],
    ['an Excel workbook (xlsx)', Buffer.concat([zipEntry('[Content_Types].xml'), zipEntry('xl/workbook.xml')])],
    ['an Excel workbook (xlsx)', zipEntry('xl/styles.xml')],
    ['an Office document', Buffer.concat([zipEntry('[Content_Types].xml'), zipEntry('word/document.xml')])],
    ['an OpenDocument spreadsheet (ods)', zipEntry('mimetype', 'application/vnd.oasis.opendocument.spreadsheet')],
    ['bzip2', latin('BZh91AY&SY')],
    ['bzip2', latin('BZh1\x17rE8P\x90')],
    ['xz', latin('\xfd7zXZ\0')],
    ['lzip', latin('LZIP\x01')],
    ['LZ4', latin('\x04"M\x18')],
    ['Snappy', latin('\xff\x06\0\0sNaPpY')],
    ['compress (.Z)', latin('\x1f\x9d\x90')],
    ['a 7-Zip archive', latin("7z\xbc\xaf'\x1c")],
    ['a RAR archive', latin('Rar!\x1a\x07\0')],
    ['a tar archive', tar],
    ['Parquet', latin('PAR1\x15\x04')],
    ['Avro', latin('Obj\x01\x04\x16avro.schema')],
    ['Arrow', latin('ARROW1\0\0')],
    ['an SQLite database', latin('SQLite format 3\0')],
    ['an old Office document (xls)', latin('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')],
    ['a PDF document', latin('%PDF-1.7')],
  ])('names %s', (name, head) => {
    expect(unsupportedFormatOf(head)).toBe(name);
  });

  test.each(['PAR1,PAR2\n', 'PAR1\n', 'Obj\x01name\n', 'BZh9,b\n', 'PK,id\n', '7z,Rar!\n', 'ustar,ORC\n', 'LZIP', ''])(
    'takes %j for CSV',
    (text) => {
      expect(unsupportedFormatOf(Buffer.from(text))).toBeUndefined();
    },
  );

  test('refuses no text, no gzip and no zstd', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 600, size: 'max' }), (text) => {
        fc.pre(!text.startsWith('%PDF-'));
        for (const head of [latin(text), Buffer.from(text, 'utf16le'), gzipSync(text), zstdCompressSync(text)])
          expect(unsupportedFormatOf(head)).toBeUndefined();
      }),
    );
  });
});
