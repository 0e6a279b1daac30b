import { isUtf8 } from 'node:buffer';
import type { CsvEncoding } from '@pipeline/core';
import { createTranscoder } from '../encoding/transcode.ts';
import { unitBytes } from '../encoding/unit-bytes.ts';

/** A source on its way through windows of UTF-8, and where in the source each place of a window is. */
export interface SourceText {
  /** The next bytes of the source in UTF-8. */
  decode(piece: Uint8Array): Uint8Array;
  decodeEnd(): Uint8Array;
  /** Puts text into the window. */
  add(text: Uint8Array): void;
  /** Bytes in the window. */
  readonly length: number;
  /** The window, in memory of its own. */
  gathered(): Buffer;
  /** How many bytes of the source lie between two places of the window. */
  distance(from: number, to: number): number;
  /** Offsets in the source of places in the window, which ascend. */
  offsets(places: readonly number[]): number[];
  /** The part of the source in front of a place, where the source is not UTF-8 itself. */
  sourceBefore(place: number): WindowSource | undefined;
  /** Everything before a place is text, as far as is known. */
  validBefore(place: number): boolean;
  /** The window begins at a place of it now. */
  drop(place: number): void;
}

/** A part of a source that is not UTF-8. */
export interface WindowSource {
  readonly bytes: Uint8Array;
  readonly encoding: CsvEncoding;
}

/** How many UTF-16 units the text at `[from, to)` has: a byte that does not continue a character begins one, or two. */
export const unitsIn = (bytes: Uint8Array, from: number, to: number): number => {
  let units = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte < 0x80 || byte >= 0xc0) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
};

/**
 * Every unit of a source in another encoding is one UTF-16 unit of its text, see `createTranscoder`: so places can be told
 * back.
 *
 * @param offset - in the source of the first byte
 */
export const createSourceText = (encoding: CsvEncoding, offset: number): SourceText => {
  const transcoder = encoding === 'utf-8' ? undefined : createTranscoder(encoding);
  const size = unitBytes(encoding);
  let held: Buffer[] = [];
  let length = 0;
  /** Of a source that is not UTF-8, what the window was made of and what is still to be. */
  let came: Buffer[] = [];
  let base = offset;
  let sourceEnd = offset;
  let valid = true;

  const gathered = (): Buffer => {
    if (held.length !== 1) held = [Buffer.concat(held)];
    return held[0]!;
  };
  const distance = (from: number, to: number): number =>
    transcoder === undefined ? to - from : unitsIn(gathered(), from, to) * size;

  return {
    decode(piece) {
      sourceEnd += piece.length;
      if (transcoder === undefined) return piece;
      came.push(Buffer.from(piece));
      const text = transcoder.push(piece);
      valid &&= !text.invalid;
      return text.bytes;
    },
    decodeEnd() {
      if (transcoder === undefined) return new Uint8Array();
      const text = transcoder.end();
      valid &&= !text.invalid;
      return text.bytes;
    },
    add(text) {
      held.push(Buffer.from(text));
      length += text.length;
    },
    get length() {
      return length;
    },
    gathered,
    distance,
    offsets(places) {
      let place = 0;
      let at = base;
      return places.map((next) => {
        at += distance(place, next);
        place = next;
        // An odd last byte of UTF-16 counts as a whole unit.
        return Math.min(at, sourceEnd);
      });
    },
    sourceBefore(place) {
      if (transcoder === undefined) return undefined;
      if (came.length !== 1) came = [Buffer.concat(came)];
      return { bytes: came[0]!.subarray(0, distance(0, place)), encoding };
    },
    validBefore: (place) => (transcoder === undefined ? isUtf8(gathered().subarray(0, place)) : valid),
    drop(place) {
      const bytes = distance(0, place);
      base = Math.min(base + bytes, sourceEnd);
      if (transcoder !== undefined) came = [Buffer.concat(came).subarray(bytes)];
      held = [gathered().subarray(place)];
      length -= place;
    },
  };
};
