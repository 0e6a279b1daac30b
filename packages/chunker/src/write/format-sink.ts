import { longestJson, putBytes, putJson, putJsonText, putNumber, putText, putUnless } from './format-bytes.ts';

/** Gathers small pieces of output into few large ones. */
export interface ByteSink {
  /** Bytes written since `restart`. */
  readonly length: number;
  /** The byte that was written last, in this batch or before it; -1 at the very beginning. */
  readonly last: number;
  /** Copies `[start, end)` of the bytes. */
  copy(bytes: Uint8Array, start: number, end: number): void;
  /**
   * Copies `[start, end)` of the bytes, with the byte `around` on both sides, or none where it is -1. Writes nothing and
   * answers false if a byte is among them whose entry in the table of 256 is 1; without a table none is.
   */
  copyUnless(table: Uint8Array | undefined, around: number, bytes: Uint8Array, start: number, end: number): boolean;
  /** Writes `[start, end)` of the bytes as a JSON string, see `putJson`. */
  json(bytes: Uint8Array, start: number, end: number, quote: number, mark: number): void;
  /** Writes text as UTF-8. */
  text(text: string): void;
  /** Writes text as a JSON string. */
  jsonText(text: string): void;
  /** Writes a whole number from 0 to 2^53 - 1 in digits. */
  number(value: number): void;
  /** Writes one byte. */
  byte(value: number): void;
  /** Hands over bytes as they are, behind what was gathered. */
  pass(bytes: Uint8Array): void;
  /** Hands over what was gathered, if anything; it stays as it is until `restart`. */
  flush(): void;
  /** Begins a new batch, whose pieces go to `write`. */
  restart(write: (bytes: Uint8Array) => void): void;
}

/** Pieces are handed over at about this size. */
const pieceBytes = 256 * 1024;

/** Makes a sink. Its buffer is used again for the next batch. */
export const createByteSink = (): ByteSink => {
  let write: (bytes: Uint8Array) => void = () => {};
  let buffer = Buffer.allocUnsafeSlow(pieceBytes);
  let from = 0;
  let filled = 0;
  /** Bytes of the batch that are not in this buffer. */
  let before = 0;
  let handedLast = -1;

  const hand = (bytes: Uint8Array): void => {
    if (bytes.length === 0) return;
    write(bytes);
    handedLast = bytes[bytes.length - 1]!;
  };
  const flush = (): void => {
    hand(buffer.subarray(from, filled));
    from = filled;
  };
  /** What was handed over must not change within the batch, so a new buffer takes the place of a full one. */
  const ensure = (more: number): void => {
    if (buffer.length - filled >= more) return;
    flush();
    buffer = Buffer.allocUnsafeSlow(Math.max(pieceBytes, more));
    before += filled;
    from = 0;
    filled = 0;
  };

  return {
    get length() {
      return before + filled;
    },
    get last() {
      return filled === from ? handedLast : buffer[filled - 1]!;
    },
    copy(bytes, start, end) {
      ensure(end - start);
      filled = putBytes(buffer, filled, bytes, start, end);
    },
    copyUnless(table, around, bytes, start, end) {
      ensure(end - start + 2);
      const at = around < 0 ? filled : filled + 1;
      const to =
        table === undefined ? putBytes(buffer, at, bytes, start, end) : putUnless(table, buffer, at, bytes, start, end);
      if (to < 0) return false;
      if (around >= 0) {
        buffer[filled] = around;
        buffer[to] = around;
      }
      filled = around < 0 ? to : to + 1;
      return true;
    },
    json(bytes, start, end, quote, mark) {
      ensure(longestJson(end - start));
      filled = putJson(buffer, filled, bytes, start, end, quote, mark);
    },
    text(text) {
      ensure(text.length * 3);
      filled = putText(buffer, filled, text);
    },
    jsonText(text) {
      ensure(longestJson(text.length));
      filled = putJsonText(buffer, filled, text);
    },
    number(value) {
      ensure(16);
      filled = putNumber(buffer, filled, value);
    },
    byte(value) {
      ensure(1);
      buffer[filled++] = value;
    },
    pass(bytes) {
      flush();
      hand(bytes);
      before += bytes.length;
    },
    flush,
    restart(next) {
      write = next;
      from = 0;
      filled = 0;
      before = 0;
    },
  };
};
