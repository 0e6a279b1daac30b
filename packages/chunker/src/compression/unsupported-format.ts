const startsWith = (head: Uint8Array, text: string, at = 0): boolean =>
  head.length >= at + text.length && [...text].every((char, i) => head[at + i] === char.charCodeAt(0));

/** Names inside an archive stand in its first bytes as Latin-1 would show them. */
const textOf = (head: Uint8Array, start: number, end = head.length): string =>
  Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1', start, end);

/** https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT: a local header has its name's length at 26, the name at 30. */
const zipKind = (head: Uint8Array): string => {
  const firstName = textOf(head, 30, 30 + (head[26] ?? 0));
  if (/^(\[Content_Types\]|_rels\/|docProps\/|xl\/)/.test(firstName))
    return textOf(head, 0).includes('xl/') ? 'an Excel workbook (xlsx)' : 'an Office document';
  if (firstName === 'mimetype' && textOf(head, 38).startsWith('application/vnd.oasis.opendocument.spreadsheet'))
    return 'an OpenDocument spreadsheet (ods)';
  return 'a ZIP archive';
};

/** Each beginning holds a byte or a run that no CSV header begins with; `PAR1` or `Obj` alone may well name a column. */
const formats: readonly (readonly [magic: string, name: string, also?: (head: Uint8Array) => boolean])[] = [
  ['PK\x05\x06', 'a ZIP archive'],
  ['PK\x07\x08', 'a ZIP archive'],
  ['BZh', 'bzip2', (head) => startsWith(head, '1AY&SY', 4) || startsWith(head, '\x17\x72\x45\x38\x50\x90', 4)],
  ['\xfd7zXZ\0', 'xz'],
  ['LZIP\x01', 'lzip'],
  ['\x04\x22\x4d\x18', 'LZ4'],
  ['\xff\x06\0\0sNaPpY', 'Snappy'],
  ['\x1f\x9d', 'compress (.Z)'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive'],
  ['Rar!\x1a\x07', 'a RAR archive'],
  ['PAR1', 'Parquet', ([, , , , next = 0]) => next < 0x20 && next !== 0x09 && next !== 0x0a && next !== 0x0d],
  ['Obj\x01', 'Avro', (head) => textOf(head, 4).includes('avro.')],
  ['ARROW1\0\0', 'Arrow'],
  ['SQLite format 3\0', 'an SQLite database'],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'an old Office document (xls)'],
  ['%PDF-', 'a PDF document'],
];

/**
 * Names a file format that is no CSV and that the pipeline does not unpack, told from the first bytes: archives, other
 * compressions, spreadsheets, columnar files. `undefined` for everything else.
 *
 * Look at the packed head of an object and, after unpacking, at the head of what came out: a `.tar.gz` is a tar archive.
 * Sources: the formats' own specifications; ustar: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 *
 * @param head - the first bytes; 512 are enough for all but telling spreadsheets from other archives
 * @example
 * unsupportedFormatOf(Buffer.from('PK\x03\x04')); // 'a ZIP archive'
 */
export const unsupportedFormatOf = (head: Uint8Array): string | undefined => {
  if (startsWith(head, 'PK\x03\x04')) return zipKind(head);
  if (startsWith(head, 'ustar', 257) && head.subarray(0, 257).includes(0)) return 'a tar archive';
  return formats.find(([magic, , also]) => startsWith(head, magic) && (also === undefined || also(head)))?.[1];
};
