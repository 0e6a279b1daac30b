/**
 * How many calls may be under way at once, by what became of earlier ones: one more with each full round that went well, half
 * as many when the other side has too much to do (additive increase, multiplicative decrease; RFC 5681, section 3.1).
 */
export interface CallWindow {
  /** Never more, a whole number from 1. */
  readonly cap: number;
  /** From 1 to `cap`; its whole part counts. */
  readonly width: number;
  /** Calls that were made so far. */
  readonly made: number;
  /** Calls up to this one were made under an earlier width: what becomes of them says nothing of this one. */
  readonly settled: number;
}

/** As wide as may be: a healthy store is never kept waiting. */
export const openWindow = (cap: number): CallWindow => ({ cap, width: cap, made: 0, settled: 0 });

/** How many calls may be under way. */
export const widthOf = ({ width }: CallWindow): number => Math.floor(width);

/** A call is made; its number is `made` of the answer. */
export const callMade = (window: CallWindow): CallWindow => ({ ...window, made: window.made + 1 });

/** A call went well: as many of them as there may be at once make room for one more. */
export const callDone = (window: CallWindow, call: number): CallWindow =>
  call <= window.settled ? window : { ...window, width: Math.min(window.cap, window.width + 1 / window.width) };

/** A call was one too many. Those that were under way with it fail for the same reason, and halve nothing again. */
export const callOverloaded = (window: CallWindow, call: number): CallWindow =>
  call <= window.settled ? window : { ...window, width: Math.max(1, window.width / 2), settled: window.made };
