import type { CsvDialect, CsvEncoding, CsvLimits } from '@pipeline/core';
import { unitBytes } from '../encoding/unit-bytes.ts';
import { checkCaps } from './check-caps.ts';
import { type ParsedWindow, parseWindow } from './parse-window.ts';
import { createSourceText, type WindowSource } from './source-text.ts';
import { tokensOf } from './tokens.ts';

/** Some whole records, as csv-parse cut them. */
export interface FedWindow extends ParsedWindow {
  /** The text in UTF-8, in memory of its own. */
  readonly bytes: Buffer;
  /** Offset in the source of the window's beginning. */
  readonly offset: number;
  /** Offset in the source of each record. */
  readonly startOffsets: readonly number[];
  /** Offset in the source of the byte behind the newline of each. */
  readonly nextOffsets: readonly number[];
  /** Data row of the first record. */
  readonly row: number;
  /** What the records were made of, from the window's beginning on, where the source is in another encoding. */
  readonly source?: WindowSource;
  /** All of it is text that the encoding allows. */
  readonly valid: boolean;
}

export interface RecordFeedOptions {
  readonly dialect: Omit<CsvDialect, 'newline'>;
  readonly limits: Pick<CsvLimits, 'maxRecordBytes'>;
  readonly encoding: CsvEncoding;
  /** Offset in the source of the first byte. */
  readonly offset: number;
  /** Data row of the first record. */
  readonly row: number;
  /** Text is gathered to windows of this size; a record that is longer makes its window larger. @default 64 KiB */
  readonly windowBytes?: number;
}

/** What planner and reader both feed with the bytes of a source, so that they cannot disagree about where a record ends. */
export interface RecordFeed {
  /** Takes a piece, one window after the other; those in which records ended come out. The piece must stay as it is until then. */
  push(piece: Uint8Array): Iterable<FedWindow>;
  /** Ends the source. */
  end(): Iterable<FedWindow>;
}

/**
 * Feeds csv-parse with a source of any length, in memory that grows with its longest record only.
 *
 * @throws from its calls: PipelineSourceError `CSV_UNCLOSED_QUOTE` (with the offset of the opening quote) or
 * `CSV_ROW_TOO_LARGE`
 */
export const createRecordFeed = (options: RecordFeedOptions): RecordFeed => {
  const { dialect, limits, encoding, offset, row, windowBytes = 64 * 1024 } = options;
  const tokens = tokensOf(dialect);
  const text = createSourceText(encoding, offset);
  let goal = windowBytes;
  let nextRow = row;

  const look = (final: boolean): FedWindow => {
    const bytes = text.gathered();
    const parsed = parseWindow(bytes, tokens, { final });
    checkCaps(parsed, tokens, {
      ...limits,
      row: nextRow,
      final,
      unitBytes: unitBytes(encoding),
      distance: text.distance,
      offsetOf: (place) => text.offsets([place])[0]!,
    });
    const source = text.sourceBefore(parsed.done);
    const window: FedWindow = {
      ...parsed,
      bytes,
      offset: text.offsets([0])[0]!,
      startOffsets: text.offsets(parsed.starts),
      nextOffsets: text.offsets(parsed.nexts),
      row: nextRow,
      ...(source === undefined ? {} : { source }),
      valid: text.validBefore(parsed.done),
    };
    nextRow += parsed.nexts.length;
    text.drop(parsed.done);
    // As much again as is left, so that a long record is not parsed anew for every few bytes.
    goal = text.length + Math.max(windowBytes, text.length);
    return window;
  };
  function* take(more: Uint8Array): Generator<FedWindow> {
    for (let from = 0; from < more.length; ) {
      const count = Math.min(more.length - from, goal - text.length);
      text.add(more.subarray(from, from + count));
      from += count;
      if (text.length < goal) continue;
      const window = look(false);
      if (window.nexts.length > 0) yield window;
    }
  }

  return {
    push: (piece) => take(text.decode(piece)),
    *end() {
      yield* take(text.decodeEnd());
      const window = look(true);
      if (window.nexts.length > 0) yield window;
    },
  };
};
