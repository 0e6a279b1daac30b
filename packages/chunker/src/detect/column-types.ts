import { type CellKind, cellKinds, kindWorth } from './cell-kind.ts';
import type { ParsedSample } from './parse-sample.ts';
import type { RecordShape } from './record-shape.ts';

/** Classifies a cell of a parsed sample. */
export type KindOf = (parsed: ParsedSample, cell: number) => CellKind;

/** Columns that are looked at; wider tables are judged by their first ones. */
const mostColumns = 1024;

const kindIndex = Object.fromEntries(cellKinds.map((kind, i) => [kind, i])) as Record<CellKind, number>;

/** Counts the kinds of each column. Of the first record only torn cells count, since it may be a header. */
const tallyKinds = (parsed: ParsedSample, { widths, width }: RecordShape, columns: number, kindOf: KindOf) => {
  const tally = new Uint32Array(columns * cellKinds.length);
  const several = widths.indexOf(width) !== widths.lastIndexOf(width);
  let first = several;
  for (let r = 0; r < widths.length; r++) {
    if (widths[r] !== width) continue;
    for (let c = 0; c < columns; c++) {
      const kind = kindOf(parsed, parsed.records[r]! + c);
      if (!first || kind === 'torn') tally[c * cellKinds.length + kindIndex[kind]]!++;
    }
    first = false;
  }
  return tally;
};

/**
 * How much the columns look like columns, in `[0, 1]`: the mean worth of their cells, times down to 0.7 where the cells of
 * a column are of many kinds, times the share of cells that are neither odd nor torn. Columns of empty cells say nothing.
 */
export const columnTypes = (parsed: ParsedSample, shape: RecordShape, kindOf: KindOf): number => {
  const columns = Math.min(shape.width, mostColumns);
  const tally = tallyKinds(parsed, shape, columns, kindOf);
  let sum = 0;
  let used = 0;
  let odd = 0;
  let cells = 0;
  for (let c = 0; c < columns; c++) {
    let filled = 0;
    let worth = 0;
    let dominant = 0;
    for (let k = 1; k < cellKinds.length; k++) {
      const count = tally[c * cellKinds.length + k]!;
      filled += count;
      worth += count * kindWorth[cellKinds[k]!];
      dominant = Math.max(dominant, count);
    }
    if (filled === 0) continue;
    sum += (worth / filled) * (0.7 + (0.3 * dominant) / filled);
    used++;
    odd += tally[c * cellKinds.length + kindIndex.odd]! + tally[c * cellKinds.length + kindIndex.torn]!;
    cells += filled;
  }
  return used === 0 ? 0.3 : (sum / used) * (1 - odd / cells);
};
