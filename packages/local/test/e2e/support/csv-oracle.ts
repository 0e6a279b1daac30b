import { isUtf8 } from 'node:buffer';

/** What a CSV file holds, found in the slowest and plainest way, to compare the pipeline with. */
export interface CsvTruth {
  /** Header, newline included. */
  readonly header: Buffer;
  /** Data records, in order: their bytes, their newline, and whether they are well-formed. */
  readonly records: readonly { readonly bytes: Buffer; readonly newline: Buffer; readonly sound: boolean }[];
  /** A quote is opened and never closed. */
  readonly unclosed: boolean;
}

/** From the opening quote to the one that closes it: the first that is not one of a pair. */
const quotedField = /"(?:[^"]|"")*"(?!")/y;

/**
 * Reads a CSV file without knowing the pipeline's own scanner: one character of latin-1 per byte, one field at a time.
 * A quote counts only as a field's first byte; bytes after the closing quote spoil the record.
 */
export const readTruth = (file: Uint8Array, columns: number, delimiter = ','): CsvTruth => {
  const text = Buffer.from(file).toString('latin1');
  const records: { bytes: Buffer; newline: Buffer; sound: boolean }[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    let fields = 0;
    let spoilt = false;
    let lineEnd = -1;
    while (lineEnd < 0) {
      fields++;
      if (text[at] === '"') {
        quotedField.lastIndex = at;
        const quoted = quotedField.exec(text);
        if (quoted === null) return { ...split(records), unclosed: true };
        at += quoted[0].length;
        const rest = text.slice(at, at + 2);
        spoilt ||= !(rest === '' || rest[0] === delimiter || rest[0] === '\n' || rest === '\r\n');
      }
      while (at < text.length && text[at] !== delimiter && text[at] !== '\n') at++;
      if (text[at] === delimiter) at++;
      else lineEnd = at;
    }
    const newline = lineEnd === text.length ? '' : text[lineEnd - 1] === '\r' && lineEnd > start ? '\r\n' : '\n';
    const end = lineEnd - (newline === '\r\n' ? 1 : 0);
    at = lineEnd + 1;
    const bytes = Buffer.from(text.slice(start, end), 'latin1');
    records.push({
      bytes,
      newline: Buffer.from(newline),
      sound: !spoilt && fields === columns && isUtf8(bytes),
    });
  }
  return { ...split(records), unclosed: false };
};

const split = (records: { bytes: Buffer; newline: Buffer; sound: boolean }[]): Pick<CsvTruth, 'header' | 'records'> => {
  const [header, ...rest] = records;
  return { header: Buffer.concat([header?.bytes ?? Buffer.of(), header?.newline ?? Buffer.of()]), records: rest };
};

/** The output of a pipeline without stages: header and well-formed records, as they stand. */
export const expectedOutput = ({ header, records }: CsvTruth): Buffer =>
  Buffer.concat([header, ...records.flatMap(({ bytes, newline, sound }) => (sound ? [bytes, newline] : []))]);
