import { type ColumnChoice, outputColumn } from './column-choice.ts';
import { createFieldFormatter, escapeOf, type FieldDialect, type FieldFormatter } from './format-field.ts';
import {
  byteOf,
  createLineTest,
  createRecordTest,
  type RangeTest,
  sameDialect,
  sameQuotes,
  stopBytes,
  tableOf,
} from './format-passing.ts';
import { formulaBytes } from './formula-guard.ts';
import { type CsvFormat, newlineText, outputDialect, type Quoting } from './output-format.ts';

/** Which columns go in and out, and how they are written. */
export interface RowFormat extends CsvFormat {
  /** Columns of the source, in file order. */
  readonly source: readonly string[];
  /** Columns of the output, in order. */
  readonly output: readonly ColumnChoice[];
  /** How the source is written. */
  readonly dialect: FieldDialect;
}

/** A `RowFormat` with everything worked out that is the same for all rows. */
export interface RowPlan {
  /** Columns of the source, in file order. */
  readonly source: readonly string[];
  /** Columns of the output: their names in the rows, and where they stand in the source, -1 for those that stages add. */
  readonly columns: readonly { readonly from: string; readonly at: number }[];
  readonly quoting: Quoting;
  readonly target: FieldDialect;
  /** Writes values. */
  readonly field: FieldFormatter;
  /** The quote of the source as a byte, -1 where it has none. */
  readonly quote: number;
  /** Quoted fields of the source mean the same in the output. */
  readonly quotesStay: boolean;
  /** The byte that is put around unquoted fields of the source, -1 where none is. */
  readonly around: number;
  /** Bytes with which unquoted fields of the source cannot leave like that; absent where there are none. */
  readonly stops: Uint8Array | undefined;
  /** Bytes with which quoted ones cannot leave as they are. */
  readonly quotedStops: Uint8Array | undefined;
  /** Bytes that may begin a formula; absent where formulas are left alone. */
  readonly formulas: Uint8Array | undefined;
  /** Whether an unquoted value means something else at the beginning of a record. */
  readonly beginsLine: RangeTest;
  /** Whether records may leave whole; absent where they always may. */
  readonly mayLeaveWhole: RangeTest | undefined;
  /** Each record keeps its own newline. */
  readonly ownNewline: boolean;
  /** What ends a record that has no newline of its own, or must not keep it. */
  readonly newline: string;
  /** The usual shapes: the source's columns as they are, with new ones behind them or none. */
  readonly whole: boolean;
  /** Names in the rows of the new columns behind a record that leaves whole. */
  readonly added: readonly string[];
}

/**
 * Works out how rows are written.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when the output cannot be written like this
 */
export const planRows = (format: RowFormat): RowPlan => {
  const { source, dialect, quoting = 'as-source', formulaGuard = false } = format;
  const target = outputDialect(dialect, format);
  const passing = { source: dialect, target, quoting, formulaGuard };
  const columns = format.output.map(outputColumn).map(({ from }) => ({ from, at: source.indexOf(from) }));
  const always = quoting === 'always';
  const leading = source.every((_, column) => columns[column]?.at === column);
  const whole =
    !always && sameDialect(passing) && leading && columns.every(({ at }, column) => at < 0 || column < source.length);
  return {
    source,
    columns,
    quoting,
    target,
    field: createFieldFormatter(target, { quoting: always ? 'always' : 'minimal', formulaGuard }),
    quote: byteOf(dialect.quote),
    quotesStay: sameQuotes(passing),
    around: always ? byteOf(target.quote) : -1,
    stops: tableOf(stopBytes(passing)),
    // An escape before any other character is text here, and gone for other readers: written anew, it is escaped itself.
    quotedStops: tableOf(
      quoting === 'as-source' || escapeOf(target) === target.quote ? [] : [byteOf(escapeOf(target))],
    ),
    formulas: formulaGuard ? tableOf(formulaBytes) : undefined,
    beginsLine: createLineTest(passing),
    mayLeaveWhole: createRecordTest(passing),
    ownNewline: format.newline === undefined,
    newline: newlineText(format.newline ?? dialect.newline),
    whole,
    added: whole ? columns.slice(source.length).map(({ from }) => from) : [],
  };
};
