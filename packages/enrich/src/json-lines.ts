/** One line without its end. */
export interface Line {
  readonly bytes: Uint8Array;
  /** Counted from 1, empty lines too. */
  readonly number: number;
}

/**
 * Cuts bytes at LF, wherever they come in pieces; a last line without an end counts. A CR before the LF is white space to
 * JSON and stays.
 *
 * @param tooLong - called with the number of a line of more than `maxBytes`, which it must not survive
 */
export async function* readLines(
  pieces: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLong: (number: number) => never,
): AsyncGenerator<Line> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  let number = 1;
  const take = (end: Uint8Array): Line => {
    if (restBytes + end.length > maxBytes) tooLong(number);
    const bytes = rest.length === 0 ? end : Buffer.concat([...rest, end]);
    rest = [];
    restBytes = 0;
    return { bytes, number: number++ };
  };
  for await (const piece of pieces) {
    let start = 0;
    for (let at = piece.indexOf(0x0a); at >= 0; at = piece.indexOf(0x0a, start)) {
      yield take(piece.subarray(start, at));
      start = at + 1;
    }
    if (start === piece.length) continue;
    rest.push(Uint8Array.from(piece.subarray(start))); // a source may use the piece again
    restBytes += piece.length - start;
    if (restBytes > maxBytes) tooLong(number);
  }
  if (restBytes > 0) yield take(new Uint8Array());
}
