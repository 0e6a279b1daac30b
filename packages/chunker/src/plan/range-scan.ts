import type { ScanState } from '../scan/states.ts';

/** Records that begin in one cell of the grid, as one start state of a range sees them. */
export interface CellScan {
  /** Index of the cell, from 0. */
  readonly cell: number;
  /** Offset of the first record that begins in it. */
  readonly first: number;
  /** Offset of the last record that begins in it. */
  readonly last: number;
  /** How many records begin in it. */
  readonly count: number;
}

/** What a range holds if it begins in one state. */
export interface LaneScan {
  /** State before the range's first byte. */
  readonly from: ScanState;
  /** State behind its last byte; -1 where the scan ended in a record over the cap or an open quote. */
  readonly to: ScanState;
  /** Only of a range that the source ends in: whether it ends in a record that no newline ends. */
  readonly tail?: boolean;
  /** Cells in which records begin, ascending. */
  readonly cells: readonly CellScan[];
}

/**
 * What the scan of a range of a source says, whatever came before the range: of a size that depends on how many cells it
 * covers and not on its bytes. `reduceScans` makes the plan of the scans of all ranges.
 */
export interface RangeScan {
  /** First cell of the range, which begins at the cell's border. */
  readonly firstCell: number;
  /** The cell behind the last one. */
  readonly endCell: number;
  /** One for each state that the range can begin in. */
  readonly lanes: readonly LaneScan[];
}
