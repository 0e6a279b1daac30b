import { PipelineConfigError, type RowBatch, type WrittenColumn } from '@pipeline/core';
import { type ColumnGauge, createColumnGauge } from './column-gauge.ts';
import type { ColumnSketch } from './column-sketch.ts';
import { writtenText } from './written-text.ts';

/** Which columns are looked at, and whether their values may be told. */
export interface ColumnProfilesOptions {
  /** Names of the columns; those that stages drop can be named, too. @default those of the output, of which the first 500 */
  readonly columns?: readonly string[];
  /** `hide` keeps no value as text: no most frequent ones, no smallest and largest one. @default 'show' */
  readonly values?: 'show' | 'hide';
}

/** What some rows say of their columns. */
export interface ProfileSketch {
  readonly rows: number;
  readonly hidden: boolean;
  readonly columns: readonly ColumnSketch[];
}

/** A file may have more columns than anybody reads, and each takes its space. */
export const mostColumns = 500;

/** @throws PipelineConfigError `CONFIG_INVALID` */
export const checkProfileOptions = ({ columns, values = 'show' }: ColumnProfilesOptions): void => {
  const fail = (option: string, expected: string, got: unknown): never => {
    throw new PipelineConfigError('CONFIG_INVALID', { option, expected, got: JSON.stringify(got) ?? String(got) });
  };
  if (values !== 'show' && values !== 'hide') fail('values', '"show" or "hide"', values);
  if (columns !== undefined && (!Array.isArray(columns) || columns.some((name) => typeof name !== 'string')))
    fail('columns', 'a list of names of columns', columns);
};

/** How quotes stand in the fields of the records; nothing where fields are to be read one by one. */
export interface FieldQuotes {
  /** The byte around quoted fields, -1 where there is none. */
  readonly quote: number;
  /** A quote inside is doubled; otherwise quoted fields are read one by one. */
  readonly doubled: boolean;
}

/** How rows stand in their file, and what of them is written. */
export interface ProfiledRows {
  /** @default fields are read one by one */
  readonly quotes?: FieldQuotes | undefined;
  /** Columns of the output. @default those of the source and those that stages assign */
  readonly written?: readonly WrittenColumn[] | undefined;
}

/** Measures batches of rows as they are written: what stages assigned, and all else as it came. */
export const createProfiler = (options: ColumnProfilesOptions, { quotes, written }: ProfiledRows = {}) => {
  const hidden = options.values === 'hide';
  const wanted = options.columns === undefined ? undefined : new Set(options.columns);
  // Of a column that goes out under several names, the first one is told.
  const names = written === undefined ? undefined : new Map(written.toReversed().map(({ from, to }) => [from, to]));
  const inOutput = new Set(names?.values());
  const gauges = new Map<string, ColumnGauge>();
  let rows = 0;
  let places = new Uint32Array(0);
  let row = new Uint32Array(0);

  const isWanted = (name: string, told: string | undefined): boolean =>
    told === undefined ? wanted!.has(name) && !inOutput.has(name) : wanted!.has(told);

  const gaugeOf = (name: string): ColumnGauge | undefined => {
    const known = gauges.get(name);
    if (known !== undefined) return known;
    const told = names === undefined ? name : names.get(name);
    if (wanted === undefined ? told === undefined || gauges.size >= mostColumns : !isWanted(name, told))
      return undefined;
    const gauge = createColumnGauge(told ?? name, hidden);
    gauge.addEmpty(rows);
    gauges.set(name, gauge);
    return gauge;
  };

  const addText = (gauge: ColumnGauge, text: string): void => {
    const bytes = Buffer.from(text);
    gauge.add(bytes, 0, bytes.length);
  };

  /** Where the fields of the rows stand, row by row, or nothing where they have to be read one by one. */
  const locateAll = ({ records, positions }: RowBatch<unknown>): Uint8Array | undefined => {
    if (quotes === undefined || records.locate === undefined) return undefined;
    const width = records.columns.length + 3;
    if (row.length !== width) row = new Uint32Array(width);
    if (places.length < width * positions.length) places = new Uint32Array(width * positions.length);
    let bytes: Uint8Array | undefined;
    for (let index = 0; index < positions.length; index++) {
      const found = records.locate(positions[index]!, row);
      if (found === undefined || (bytes !== undefined && found !== bytes)) return undefined;
      bytes = found;
      places.set(row, index * width);
    }
    return bytes;
  };

  const addColumn = (gauge: ColumnGauge, column: number, batch: RowBatch<unknown>, bytes: Uint8Array | undefined) => {
    const { records, positions, assigned } = batch;
    const name = records.columns[column]!;
    const width = records.columns.length + 3;
    const mark = quotes?.quote ?? -1;
    const doubled = quotes?.doubled ?? false;
    for (let index = 0; index < positions.length; index++) {
      const own = assigned[index];
      if (own !== undefined && Object.hasOwn(own, name)) {
        addText(gauge, writtenText(own[name]));
        continue;
      }
      if (bytes === undefined) {
        addText(gauge, records.field(positions[index]!, column));
        continue;
      }
      const at = index * width + column;
      const start = column === 0 ? places[at]! : places[at]! + 1;
      const end = places[at + 1]!;
      if (start === end || bytes[start] !== mark) gauge.add(bytes, start, end);
      else if (doubled && isPlain(bytes, start + 1, end - 1, mark)) gauge.add(bytes, start + 1, end - 1);
      else addText(gauge, records.field(positions[index]!, column));
    }
  };

  return {
    add(batch: RowBatch<unknown>): void {
      const { records, positions, assigned } = batch;
      if (positions.length === 0) return;
      if (rows === 0) for (const { from } of written ?? []) gaugeOf(from);
      const bytes = locateAll(batch);
      records.columns.forEach((name, column) => {
        const gauge = gaugeOf(name);
        if (gauge !== undefined) addColumn(gauge, column, batch, bytes);
      });
      const source = new Set(records.columns);
      const added = new Set(assigned.flatMap((own) => (own === undefined ? [] : Object.keys(own))));
      for (const name of added) if (!source.has(name)) gaugeOf(name);
      for (const [name, gauge] of gauges)
        if (!source.has(name))
          for (let index = 0; index < positions.length; index++) addText(gauge, writtenText(assigned[index]?.[name]));
      rows += positions.length;
    },
    sketch: (): ProfileSketch => ({ rows, hidden, columns: [...gauges.values()].map((gauge) => gauge.sketch()) }),
  };
};

/** No quote between two places, so that what stands there is the value. */
const isPlain = (bytes: Uint8Array, start: number, end: number, mark: number): boolean => {
  for (let at = start; at < end; at++) if (bytes[at] === mark) return false;
  return end >= start && bytes[end] === mark;
};
