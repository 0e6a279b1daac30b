/**
 * What a scan writes down. `ends` holds the position of every byte that ends a field: its delimiter, the last byte of its
 * record's newline, or the length of the window where the source ends without one. `records` holds, for each record, how
 * many entries of `ends` there are up to its own. Positions count from the beginning of the window.
 */
export interface ScanTables {
  readonly ends: Uint32Array;
  endCount: number;
  readonly records: Uint32Array;
  recordCount: number;
  /** A field that begins with a quote was seen. */
  quotes: boolean;
  /** Pairs: number of a record, its flags. In most files there are none. */
  flagged: number[];
}

export const addEnd = (tables: ScanTables, position: number): void => {
  tables.ends[tables.endCount++] = position;
};

export const addRecord = (tables: ScanTables, position: number): void => {
  tables.ends[tables.endCount++] = position;
  tables.records[tables.recordCount++] = tables.endCount;
};

export const addFlags = (tables: ScanTables, record: number, flags: number): void => {
  tables.flagged.push(record, flags);
};
