import type { AssignedValues, RowBatch } from '@pipeline/core';
import { knownToScanner } from '../scan/known-to-scanner.ts';
import { type ColumnChoice, outputColumn } from './column-choice.ts';
import { escapeOf, type FieldDialect } from './format-field.ts';
import { byteOf } from './format-passing.ts';
import { createLocator, type LocatedRecord } from './format-places.ts';
import type { BatchFormatter } from './format-rows.ts';
import { type ByteSink, createByteSink } from './format-sink.ts';
import { jsonOf } from './format-value.ts';
import type { JsonLinesFormat } from './output-format.ts';

/** Which columns go in and out, and with which types. */
export interface JsonRowFormat extends JsonLinesFormat {
  /** Columns of the source, in file order. */
  readonly source: readonly string[];
  /** Columns of the output, in order. */
  readonly output: readonly ColumnChoice[];
  /** How the source is written. */
  readonly dialect: FieldDialect;
}

/**
 * Makes a function that writes the rows of a batch as JSON Lines: one object a row, its members in the order of the output
 * columns whatever their names, LF behind each. What a stage assigned keeps its type, see `jsonOf`; a column that neither
 * source nor stages gave a value is `null`. All else is the text of the source, or the value of the typed view:
 *
 * - a number that the source writes as JSON does leaves with the source's digits, so that `1.10` stays as it is;
 * - a column that the view leaves out is `null` where its text is empty, and its text otherwise.
 *
 * Format: https://jsonlines.org
 *
 * @throws from the function made: PipelineConfigError `CONFIG_INVALID` for an invalid date
 * @example
 * const { columns, dialect } = chunk.source;
 * const writeBatch = createJsonFormatter({ source: columns, output: ['units', { from: 'id', to: 'order' }], dialect });
 * const pieces: Uint8Array[] = [];
 * writeBatch(batch, (bytes) => pieces.push(bytes));
 * Buffer.concat(pieces).toString(); // '{"units":"3","order":"007"}\n…'
 */
export const createJsonFormatter = (format: JsonRowFormat): BatchFormatter => {
  const { source, output, dialect, types = 'text' } = format;
  const typed = types === 'typed';
  const columns = output.map(outputColumn).map(({ from, to }, place) => ({
    from,
    at: source.indexOf(from),
    key: Buffer.from(`${place === 0 ? '' : ','}${JSON.stringify(to)}:`),
  }));
  const sink = createByteSink();
  const onePlaceDelimiters = knownToScanner(dialect);
  const locate = createLocator(source.length, dialect.delimiter);
  const writeText = createTextWriter(dialect, sink);

  const writeRow = ({ records, positions, assigned }: RowBatch<unknown>, index: number, row: unknown): void => {
    const position = positions[index]!;
    const values = assigned[index];
    const located = onePlaceDelimiters ? locate(records, position) : undefined;
    sink.text('{');
    for (const { from, at, key } of columns) {
      sink.copy(key, 0, key.length);
      if (has(values, from)) sink.text(jsonOf(values[from], from));
      else if (typed) sink.text(typedJson(row, from, at < 0 ? '' : records.field(position, at)));
      else if (at < 0) sink.text('null');
      else if (located === undefined) sink.text(JSON.stringify(records.field(position, at)));
      else writeText(located, at);
    }
    sink.text('}\n');
  };

  return (batch, write) => {
    sink.restart(write);
    const rows = typed ? batch.rows : [];
    for (let index = 0; index < batch.positions.length; index++) writeRow(batch, index, rows[index]);
    sink.flush();
  };
};

/** A column may be named like a property that every object inherits. */
const has = (values: unknown, name: string): values is AssignedValues =>
  typeof values === 'object' && values !== null && Object.hasOwn(values, name);

/** Makes the writer of a field's value as a string: from its bytes, since most need no more than other quotes. */
const createTextWriter = (dialect: FieldDialect, sink: ByteSink) => {
  const quote = byteOf(dialect.quote);
  const mark = byteOf(escapeOf(dialect));
  return ({ bytes, places }: LocatedRecord, at: number): void => {
    const start = at === 0 ? places[0]! : places[at]! + 1;
    const end = places[at + 1]!;
    if (start < end && bytes[start] === quote) sink.json(bytes, start + 1, end - 1, quote, mark);
    else sink.json(bytes, start, end, -1, -1);
  };
};

/** A number as JSON writes it: https://www.rfc-editor.org/rfc/rfc8259#section-6 */
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const typedJson = (row: unknown, column: string, text: string): string => {
  const value = has(row, column) ? row[column] : undefined;
  if (value === undefined) return text === '' ? 'null' : JSON.stringify(text);
  const isAsWritten = typeof value === 'number' && jsonNumber.test(text) && Number(text) === value;
  return isAsWritten ? text : jsonOf(value, column);
};
