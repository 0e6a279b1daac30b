/**
 * How a CSV file writes its records. Delimiter, quote, escape and comment are single ASCII characters where the scanner reads
 * the file, and up to 16 bytes of others where csv-parse does.
 */
export interface CsvDialect {
  /** What stands between fields. */
  readonly delimiter: string;
  /** What quotes a field; `''` in a file that quotes nothing. */
  readonly quote: string;
  /** What makes a quote inside a quoted field text: the quote itself (doubled), or another character such as a backslash. @default the quote */
  readonly escape?: string;
  /** The newline of the header record; records keep their own newline whatever it is. */
  readonly newline: 'lf' | 'crlf' | 'cr';
  /** A CR that no LF follows ends a record too; otherwise it is a byte of its field. @default false */
  readonly loneCr?: boolean;
  /** A line that begins with it, where a record could begin, is a comment and no record. @default none */
  readonly comment?: string;
}

/**
 * Encodings that are read; the output is always UTF-8. Labels as in the Encoding Standard (https://encoding.spec.whatwg.org),
 * except that `iso-8859-1` is itself here and not another name of `windows-1252`.
 */
export type CsvEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'iso-8859-1' | 'windows-1252';

/** What happens to text that its encoding does not allow. */
export interface TextPolicy {
  /** Bytes that are no text in the file's encoding: the row is a reject, or they become U+FFFD. @default 'reject' */
  readonly invalid?: 'reject' | 'replace';
  /** NUL bytes: the row is a reject, they become U+FFFD, or they stay. @default 'reject' */
  readonly nul?: 'reject' | 'replace' | 'keep';
}

/** What happens to records that are not as they should be. `error` fails the file at the first of them. */
export interface RecordPolicy {
  /** Another number of fields than columns; `pad` adds empty fields where there are too few, too many stay rejects. @default 'reject' */
  readonly ragged?: 'reject' | 'pad' | 'error';
  /** A blank line in a file of several columns; `pad` makes it a row of empty fields. @default 'reject' */
  readonly empty?: 'reject' | 'pad' | 'error';
  /** Bytes after a closing quote, a field or record over its cap, text that its encoding does not allow. @default 'reject' */
  readonly malformed?: 'reject' | 'error';
}

/** The bytes that a record may cost before it is refused: those of the source, unpacked, whatever its encoding. */
export interface CsvLimits {
  /** Longest record, in bytes, newline excluded. */
  readonly maxRecordBytes: number;
  /** Longest field, in bytes, quotes included; a longer one makes its row a reject. */
  readonly maxFieldBytes: number;
  /** Longest header record, in bytes. */
  readonly maxHeaderBytes: number;
  /** Most columns in the header, and most fields in any record. */
  readonly maxColumns: number;
}

/** 1 MiB records and fields, a 64 KiB header, 4,096 columns. */
export const defaultLimits: CsvLimits = {
  maxRecordBytes: 1024 * 1024,
  maxFieldBytes: 1024 * 1024,
  maxHeaderBytes: 64 * 1024,
  maxColumns: 4096,
};
