import type { PlannedChunk } from '../src/index.ts';

/** What is never cut: a record with the comments in front of it, or the comments behind the last one. */
export interface PlannedUnit {
  readonly start: number;
  readonly end: number;
  readonly rows: number;
}

const toChunks = (groups: readonly (readonly PlannedUnit[])[]): PlannedChunk[] => {
  let row = 1;
  return groups.map((units) => {
    const firstRow = row;
    const rowCount = units.reduce((sum, { rows }) => sum + rows, 0);
    row += rowCount;
    return { start: units[0]!.start, end: units.at(-1)!.end, firstRow, rowCount };
  });
};

/** What begins in one cell is one chunk; its last unit stands alone where the chunk would be too long with it. */
export const chunksOfCells = (units: readonly PlannedUnit[], stepBytes: number, mostBytes: number): PlannedChunk[] => {
  const cells = new Map<number, PlannedUnit[]>();
  for (const unit of units) {
    const cell = Math.floor(unit.start / stepBytes);
    cells.set(cell, [...(cells.get(cell) ?? []), unit]);
  }
  return toChunks(
    [...cells.values()].flatMap((held) => {
      const long = held.length > 1 && held.at(-1)!.end - held[0]!.start > mostBytes;
      return long ? [held.slice(0, -1), held.slice(-1)] : [held];
    }),
  );
};

/** The grid is finer than the chunks by a record, though by no more than an eighth. */
export const chunksByBytes = (
  units: readonly PlannedUnit[],
  chunkBytes: number,
  maxRecordBytes: number,
): PlannedChunk[] =>
  chunksOfCells(units, chunkBytes - Math.min(maxRecordBytes, Math.floor(chunkBytes / 32)), chunkBytes);

/** Takes units as long as they fit. */
export const chunksByRows = (units: readonly PlannedUnit[], mostBytes: number, mostRows: number): PlannedChunk[] => {
  const groups: PlannedUnit[][] = [];
  let held = 0;
  for (const unit of units) {
    const group = groups.at(-1);
    const fits = group !== undefined && held < mostRows && unit.end - group[0]!.start <= mostBytes;
    if (fits) group.push(unit);
    else groups.push([unit]);
    held = unit.rows + (fits ? held : 0);
  }
  return toChunks(groups);
};
