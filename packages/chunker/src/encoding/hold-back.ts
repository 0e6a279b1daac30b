/** Cuts a stream of pieces where its units end. */
export interface HoldBack {
  /** What is whole of the bytes held back and the piece; shares the piece's memory where nothing was held back. */
  push(piece: Uint8Array): Uint8Array;
  /** What no later piece made whole. */
  rest(): Uint8Array;
}

/** Hands on whole units only; `wholeBytes` says how many of the bytes, from their start, are whole. */
export const createHoldBack = (wholeBytes: (bytes: Uint8Array) => number): HoldBack => {
  let held = Buffer.alloc(0);
  return {
    push(piece) {
      const bytes = held.length === 0 ? piece : Buffer.concat([held, piece]);
      const end = wholeBytes(bytes);
      // A copy: the caller may fill the piece's memory anew.
      held = Buffer.from(bytes.subarray(end));
      return bytes.subarray(0, end);
    },
    rest: () => held,
  };
};
