import type { RowIssue, RowReject } from './issues.ts';

/** One row as text, by column name, in file order. */
export type CsvRecord = Readonly<Record<string, string>>;

/**
 * The records of a batch as they stand in the source: slices of the bytes that were read, decoded only when asked.
 * Positions count from 0 within the batch.
 */
export interface RawRecords {
  /** How many records there are. */
  readonly length: number;
  /** Column names, in file order. */
  readonly columns: readonly string[];
  /** 1-based data row in the source. */
  rowNumber(position: number): number;
  /** Offset in the source of the record's first byte. */
  byteOffset(position: number): number;
  /** The record without its newline, in UTF-8. A view, valid as long as the batch. */
  bytes(position: number): Uint8Array;
  /** The record's own newline: empty at the end of a file that has none. */
  newline(position: number): Uint8Array;
  /** One field as it stands in the source, quotes included. */
  fieldBytes(position: number, column: number): Uint8Array;
  /** The value of one field: quotes removed, doubled quotes made single. */
  field(position: number, column: number): string;
  /** A plain object of all fields. */
  record(position: number): CsvRecord;
  /** The values of all fields, in file order. */
  values(position: number): string[];
  /**
   * The bytes of records `[from, to)` with their newlines, in one piece; `undefined` where they do not stand side by side
   * as they are to be written. A view, valid as long as the batch.
   */
  span(from: number, to: number): Uint8Array | undefined;
  /**
   * Where the fields of a record stand: writes the start of its first field, the byte that ends each field but the last, the
   * end of the last one, the end of the record's content, and the end of its newline, `columns.length + 3` places in all,
   * and answers the bytes that they count in. `undefined` where the fields are not to be written as they stand there.
   */
  locate?(position: number, places: Uint32Array): Uint8Array | undefined;
  /** The fields as a table, for code that looks at bytes. Absent where they cannot be told that way. */
  table?(): FieldTable | undefined;
  /** The record as a reject keeps it: its text in UTF-8, or its bytes as they came where they are no text. */
  raw(position: number): Uint8Array;
  /** The values of all fields that the record has, however many, those of columns that are cut off included. */
  everyField?(position: number): string[];
}

/** Where the fields of a batch's records stand. Valid as long as the batch. */
export interface FieldTable {
  readonly bytes: Uint8Array;
  /**
   * Position of the byte that ends each field, those of a record side by side. What ends the last field of a record is its
   * LF, whose CR, if there is one, stands before it.
   */
  readonly ends: Uint32Array;
  /** The byte that opens and closes a quoted field, −1 where none does. */
  readonly quote: number;
  /** The byte that makes a quote text: the quote itself, where it is doubled. */
  readonly escape: number;
  /** Entry of `ends` for a record's first field; −1 where the record has not one field for each column, or is no UTF-8. */
  first(position: number): number;
}

/** Values that stages gave to columns of one row; only these are formatted, all else leaves as the bytes it came in. */
export type AssignedValues = Readonly<Record<string, unknown>>;

/**
 * Some hundred to some thousand rows on their way through the stages: a handle over raw slices.
 * `rows`, the typed view, is made on first use and never written to the file; `assigned` is.
 */
export interface RowBatch<R> {
  /** The source behind the rows, rejects included. */
  readonly records: RawRecords;
  /** Position in `records` of each row that is still in the batch, ascending. */
  readonly positions: readonly number[];
  /** The rows are still those of the reader: text, with nothing assigned. @default false */
  readonly untouched?: boolean;
  /** The typed view, in step with `positions`. */
  readonly rows: readonly R[];
  /** Per row, in step with `positions`. */
  readonly assigned: readonly (AssignedValues | undefined)[];
  /** Rows rejected so far, by the reader or a stage. */
  readonly rejects: readonly RowReject[];
  /** Warnings on rows that stay, by issue key (see `issueKey`). */
  readonly warnings: Readonly<Record<string, number>>;
}

/** Batches of rows, in file order, pulled one by one. */
export type Rows<R> = AsyncIterable<RowBatch<R>>;

/**
 * Makes the first batch of records; every well-formed record is a row.
 *
 * @example
 * const positions = Array.from({ length: records.length }, (_, position) => position);
 * const batch = createRowBatch(records, positions);
 */
export const createRowBatch = (
  records: RawRecords,
  positions: readonly number[],
  rejects: readonly RowReject[] = [],
  warnings: Readonly<Record<string, number>> = {},
): RowBatch<CsvRecord> =>
  lazyBatch(
    records,
    positions,
    () => positions.map((position) => records.record(position)),
    [],
    rejects,
    warnings,
    true,
  );

const lazyBatch = <R>(
  records: RawRecords,
  positions: readonly number[],
  makeRows: () => readonly R[],
  assigned: readonly (AssignedValues | undefined)[],
  rejects: readonly RowReject[],
  warnings: Readonly<Record<string, number>>,
  untouched = false,
): RowBatch<R> => new LazyBatch(records, positions, makeRows, assigned, rejects, warnings, untouched);

/**
 * A class, since its getter is shared: an object literal with a getter of its own has a hidden class of its own too, which
 * lives in old memory and keeps the rows alive until the next full collection. Measured: reading rows as objects takes half
 * the time without that.
 */
class LazyBatch<R> implements RowBatch<R> {
  readonly records: RawRecords;
  readonly positions: readonly number[];
  readonly assigned: readonly (AssignedValues | undefined)[];
  readonly rejects: readonly RowReject[];
  readonly warnings: Readonly<Record<string, number>>;
  readonly untouched: boolean;
  #rows: readonly R[] | undefined;
  readonly #makeRows: () => readonly R[];

  constructor(
    records: RawRecords,
    positions: readonly number[],
    makeRows: () => readonly R[],
    assigned: readonly (AssignedValues | undefined)[],
    rejects: readonly RowReject[],
    warnings: Readonly<Record<string, number>>,
    untouched: boolean,
  ) {
    this.records = records;
    this.positions = positions;
    this.#makeRows = makeRows;
    this.assigned = assigned;
    this.rejects = rejects;
    this.warnings = warnings;
    this.untouched = untouched;
  }

  get rows(): readonly R[] {
    this.#rows ??= this.#makeRows();
    return this.#rows;
  }
}

/**
 * The same rows under another typed view, for example after coercion. The file is not touched.
 *
 * @example
 * const trimmed = withRows(batch, () => batch.rows.map((row) => ({ ...row, id: row.id.trim() })));
 */
export const withRows = <R>(batch: RowBatch<unknown>, makeRows: () => readonly R[]): RowBatch<R> =>
  lazyBatch(batch.records, batch.positions, makeRows, batch.assigned, batch.rejects, batch.warnings);

/**
 * Rejects rows of a batch.
 *
 * @param issuesOf - the issues of the row at an index of `batch.positions`, or `undefined` to keep it
 * @example
 * const late: RowIssue = {
 *   code: 'RULE_CUSTOM',
 *   rule: 'notLate',
 *   column: 'ordered',
 *   message: 'is too late',
 *   severity: 'error',
 * };
 * const kept = rejectRows(batch, (index) => (batch.rows[index]!.ordered > '2024-05-31' ? [late] : undefined));
 */
export const rejectRows = <R>(
  batch: RowBatch<R>,
  issuesOf: (index: number) => readonly RowIssue[] | undefined,
): RowBatch<R> => {
  const kept: number[] = [];
  const rejects: RowReject[] = [];
  for (let index = 0; index < batch.positions.length; index++) {
    const issues = issuesOf(index);
    if (issues === undefined) kept.push(index);
    else rejects.push(rejectOf(batch.records, batch.positions[index]!, issues));
  }
  if (rejects.length === 0) return batch;
  return lazyBatch(
    batch.records,
    kept.map((index) => batch.positions[index]!),
    () => kept.map((index) => batch.rows[index]!),
    batch.assigned.length === 0 ? [] : kept.map((index) => batch.assigned[index]),
    [...batch.rejects, ...rejects],
    batch.warnings,
    batch.untouched,
  );
};

/**
 * Makes the reject of one record.
 *
 * @example
 * const reject = rejectOf(batch.records, batch.positions[0]!, issues);
 */
export const rejectOf = (records: RawRecords, position: number, issues: readonly RowIssue[]): RowReject => ({
  rowNumber: records.rowNumber(position),
  byteOffset: records.byteOffset(position),
  raw: records.raw(position),
  newline: records.newline(position),
  issues,
});

/**
 * Adds values to rows: both to the typed view and to what the writer will format.
 *
 * @example
 * const flagged = assignValues(
 *   batch,
 *   batch.rows.map((row) => ({ shippedYet: row.shipped === undefined ? 'no' : 'yes' })),
 * );
 */
export const assignValues = <R, A extends object>(
  batch: RowBatch<R>,
  values: readonly (A | undefined)[],
): RowBatch<R & A> =>
  lazyBatch(
    batch.records,
    batch.positions,
    () => batch.rows.map((row, index) => ({ ...row, ...values[index] }) as R & A),
    batch.positions.map((_, index) => {
      const before = batch.assigned[index];
      const added = values[index];
      return before === undefined || added === undefined
        ? (before ?? (added as AssignedValues | undefined))
        : { ...before, ...added };
    }),
    batch.rejects,
    batch.warnings,
  );

/**
 * Counts warnings on rows that stay in the batch.
 *
 * @example
 * const warned = withWarnings(batch, issues);
 * warned.warnings; // { 'RULE_FAILED|maxLength|note': 2 }
 */
export const withWarnings = <R>(batch: RowBatch<R>, issues: readonly RowIssue[]): RowBatch<R> => {
  if (issues.length === 0) return batch;
  const warnings = { ...batch.warnings };
  for (const issue of issues) warnings[issueKey(issue)] = (warnings[issueKey(issue)] ?? 0) + 1;
  return lazyBatch(
    batch.records,
    batch.positions,
    () => batch.rows,
    batch.assigned,
    batch.rejects,
    warnings,
    batch.untouched,
  );
};

/**
 * Under which key issues are counted: code, rule and column.
 *
 * @example
 * issueKey({ code: 'RULE_FAILED', rule: 'minimum', column: 'units' }); // 'RULE_FAILED|minimum|units'
 */
export const issueKey = (issue: Pick<RowIssue, 'code' | 'rule' | 'column'>): string =>
  `${issue.code}|${issue.rule}|${issue.column ?? ''}`;
