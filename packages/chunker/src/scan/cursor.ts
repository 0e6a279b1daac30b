import { FIELD_START, type ScanState } from './states.ts';

/**
 * Where a scan stands. Positions count from the beginning of the window that is being scanned, so that they stay small
 * whatever the source's size; `base` is the window's offset in the source.
 */
export interface ScanCursor {
  state: ScanState;
  base: number;
  /** Where the record began that has not ended yet; negative when it began before the window. */
  recordStart: number;
  /** Behind the newline of the record that ended last; a comment may lie between that and `recordStart`. */
  lastEnd: number;
  /** Position of the quote that opened the latest quoted field. */
  quoteAt: number;
  /** The byte before the window. */
  previous: number;
  /** How many bytes the window holds, which may be more than are scanned: a CR looks for its LF there. */
  filled: number;
  /** No byte follows those of the window: nothing waits for more. */
  final: boolean;
  /** Flags of the record that has not ended yet. */
  flags: number;
  /** Records ended so far. */
  records: number;
  /** Of them, those with bytes after a closing quote. */
  spoilt: number;
  /** Of them, those with a stray quote. */
  strays: number;
  /** Bytes looked at, each as often as it was; for tests of linear time. */
  steps: number;
}

export const createCursor = (base: number, state: ScanState = FIELD_START): ScanCursor => ({
  state,
  base,
  recordStart: 0,
  lastEnd: 0,
  quoteAt: 0,
  previous: -1,
  filled: 0,
  final: false,
  flags: 0,
  records: 0,
  spoilt: 0,
  strays: 0,
  steps: 0,
});

/** The window's first `bytes` are done with; `previous` is the last of them. */
export const moveCursor = (cursor: ScanCursor, bytes: number, previous: number): void => {
  if (bytes > 0) cursor.previous = previous;
  cursor.base += bytes;
  cursor.filled -= bytes;
  cursor.recordStart -= bytes;
  cursor.lastEnd -= bytes;
  cursor.quoteAt -= bytes;
};
