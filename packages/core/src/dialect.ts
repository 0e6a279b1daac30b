/** How a CSV file writes its records. Delimiter and quote are single bytes (ASCII). */
export interface CsvDialect {
  /** What stands between fields. */
  readonly delimiter: string;
  /** What quotes a field; `''` in a file that quotes nothing. */
  readonly quote: string;
  /** The newline of the header record; records keep their own newline whatever it is. */
  readonly newline: 'lf' | 'crlf';
}

/** The bytes that a record may cost before it is refused. */
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
