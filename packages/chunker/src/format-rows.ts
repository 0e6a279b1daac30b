import { type AssignedValues, type CsvDialect, PipelineConfigError, type RowBatch } from '@pipeline/core';

const CR = 13;

/** Text of a value that a stage assigned: nothing for null and undefined, ISO 8601 for dates, JSON for objects. */
const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** A column may be named like a property that every object inherits. */
const assignedValue = (assigned: AssignedValues | undefined, name: string): unknown =>
  assigned !== undefined && Object.hasOwn(assigned, name) ? assigned[name] : undefined;

/**
 * Formats a value as one field: quoted only where it must be.
 * Quoting: https://www.rfc-editor.org/rfc/rfc4180
 *
 * @throws PipelineConfigError when it must be quoted and the dialect has no quote
 * @example
 * formatField('a,b', { delimiter: ',', quote: '"' }); // '"a,b"'
 */
export const formatField = (value: unknown, { delimiter, quote }: Pick<CsvDialect, 'delimiter' | 'quote'>): string => {
  const text = textOf(value);
  const special =
    text.includes(delimiter) || text.includes('\n') || text.includes('\r') || (quote !== '' && text.includes(quote));
  if (!special) return text;
  if (quote === '')
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'quote',
      expected: 'a quote character, since a value holds the delimiter or a newline',
      got: 'none',
    });
  return quote + text.replaceAll(quote, () => quote + quote) + quote;
};

/** Which columns go in and out, and how they are written. */
export interface RowFormat {
  /** Columns of the source, in file order. */
  readonly source: readonly string[];
  /** Columns of the output, in order. */
  readonly output: readonly string[];
  /** Delimiter and quote of source and output. */
  readonly dialect: Pick<CsvDialect, 'delimiter' | 'quote'>;
}

/**
 * Makes a function that writes the rows of a batch. A field that no stage assigned leaves as the bytes it came in; a row
 * whose columns are all of the source's leaves whole; each row keeps its own newline.
 *
 * @throws from the function made: PipelineConfigError `CONFIG_INVALID` when a value must be quoted and the dialect has no
 * quote
 * @example
 * const { columns, dialect } = chunk.source;
 * const writeBatch = createRowFormatter({ source: columns, output: [...columns, 'tier'], dialect });
 * const pieces: Uint8Array[] = [];
 * writeBatch(batch, (bytes) => pieces.push(bytes));
 */
export const createRowFormatter = ({
  source,
  output,
  dialect,
}: RowFormat): ((batch: RowBatch<unknown>, write: (bytes: Uint8Array) => void) => void) => {
  const from = output.map((name) => source.indexOf(name));
  // The usual shapes: the source's columns as they are, with new ones behind them or none.
  const leading = source.every((_, column) => from[column] === column);
  const added = output.slice(source.length);
  const delimiter = Buffer.from(dialect.delimiter);
  const replaces = (assigned: AssignedValues | undefined): boolean =>
    assigned !== undefined && source.some((name) => Object.hasOwn(assigned, name));

  const fieldByField = (batch: RowBatch<unknown>, index: number): Uint8Array => {
    const position = batch.positions[index]!;
    const assigned = batch.assigned[index];
    const fields: Uint8Array[] = [];
    for (const [column, name] of output.entries()) {
      if (column > 0) fields.push(delimiter);
      if (assigned !== undefined && Object.hasOwn(assigned, name))
        fields.push(Buffer.from(formatField(assigned[name], dialect)));
      else if (from[column]! >= 0) fields.push(batch.records.fieldBytes(position, from[column]!));
    }
    // A CR at the end of a value that is now the last one would be read as part of the newline.
    const last = fields.at(-1);
    const lastSource = from.at(-1)!;
    if (last?.at(-1) === CR && lastSource >= 0)
      fields[fields.length - 1] = Buffer.from(formatField(batch.records.field(position, lastSource), dialect));
    return Buffer.concat(fields);
  };

  return (batch, write) => {
    for (let index = 0; index < batch.positions.length; index++) {
      const position = batch.positions[index]!;
      const assigned = batch.assigned[index];
      if (!leading || replaces(assigned)) write(fieldByField(batch, index));
      else {
        write(batch.records.bytes(position));
        if (added.length > 0) {
          let text = '';
          for (const name of added) text += dialect.delimiter + formatField(assignedValue(assigned, name), dialect);
          write(Buffer.from(text));
        }
      }
      write(batch.records.newline(position));
    }
  };
};

/**
 * The header of the output: as it stands in the source where its columns are unchanged, new names formatted.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when a new name must be quoted and the dialect has no quote
 * @example
 * formatHeader('id,units\n', {
 *   source: ['id', 'units'],
 *   output: ['id', 'units', 'total'],
 *   dialect: { delimiter: ',', quote: '"', newline: 'lf' },
 * }); // 'id,units,total\n'
 */
export const formatHeader = (
  headerText: string,
  { source, output, dialect }: RowFormat & { readonly dialect: CsvDialect },
): string => {
  if (source.length === output.length && source.every((name, column) => name === output[column])) return headerText;
  const newline = /\r?\n$/.exec(headerText)?.[0] ?? (dialect.newline === 'crlf' ? '\r\n' : '\n');
  if (source.every((name, column) => name === output[column])) {
    const added = output.slice(source.length).map((name) => dialect.delimiter + formatField(name, dialect));
    return headerText.replace(/\r?\n$/, '') + added.join('') + newline;
  }
  return output.map((name) => formatField(name, dialect)).join(dialect.delimiter) + newline;
};
