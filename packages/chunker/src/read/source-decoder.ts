import { type CsvEncoding, PipelineError, PipelineSourceError } from '@pipeline/core';
import { createTranscoder, type ForeignEncoding } from '../encoding/transcode.ts';
import { unitBytes } from '../encoding/unit-bytes.ts';
import type { ReadWindowsOptions, RecordWindow } from './record-window.ts';
import { recordError } from './source-caps.ts';

/** Makes UTF-8 of a source while it is read, and tells places of the source from those of the text. */
export interface SourceDecoder {
  /** The next bytes in UTF-8. */
  push(bytes: Uint8Array): Uint8Array;
  end(): Uint8Array;
  /** Gives a window what belongs to it of the source, whose offsets are others than those of its UTF-8. */
  restore(window: RecordWindow): RecordWindow;
  /** An error of the scanner, in the record behind those that were restored, as the planner tells it. */
  error(error: unknown, options: ReadWindowsOptions, failed: FailedRecord): unknown;
  /** What is wrong with a comment that the source ended in, behind all that was restored. */
  lastComment(options: ReadWindowsOptions, row: number): PipelineError | undefined;
}

/** What the scanner failed in. */
export interface FailedRecord {
  readonly row: number;
  /** The source ends with what there is. */
  readonly final: boolean;
  /** The text that is held in front of an offset. */
  readonly textTo: (offset: number) => string;
}

export const sourceDecoder = (encoding: CsvEncoding): SourceDecoder =>
  encoding === 'utf-8' ? asItIs : transcoding(encoding);

const asItIs: SourceDecoder = {
  push: (bytes) => bytes,
  end: () => new Uint8Array(),
  restore: (window) => window,
  error: (error) => error,
  lastComment: () => undefined, // its scanner has counted the same bytes
};

/** Every unit of the source is one UTF-16 unit of the text, also where it was replaced: so places can be told back. */
const transcoding = (encoding: ForeignEncoding): SourceDecoder => {
  const transcoder = createTranscoder(encoding);
  const size = unitBytes(encoding);
  const came = createByteQueue();
  let invalid = false;
  let before = 0;
  let offset: number | undefined;
  return {
    push(bytes) {
      came.add(bytes);
      const text = transcoder.push(bytes);
      invalid ||= text.invalid;
      return text.bytes;
    },
    end() {
      const text = transcoder.end();
      invalid ||= text.invalid;
      return text.bytes;
    },
    restore(window) {
      offset ??= window.offset;
      const units = (window.units ?? window.ends).at(-1)!;
      const last = window.ends.at(-1)!;
      const bytes = came.take((last < window.bytes.length ? units + 1 : units) * size);
      const restored = { ...window, valid: !invalid, offset: offset + before, source: { bytes, encoding } };
      before += bytes.length;
      return restored;
    },
    lastComment({ dialect, offset: sourceStart, limits }, row) {
      const bytes = came.take(Number.POSITIVE_INFINITY);
      return recordError({ bytes, offset: sourceStart + before, row, final: true }, { dialect, limits, encoding });
    },
    error(error, { dialect, offset: sourceStart, limits }, { row, final, textTo }) {
      if (!PipelineError.is(error) || typeof error.details.offset !== 'number') return error;
      if (error.code !== 'CSV_UNCLOSED_QUOTE' && error.code !== 'CSV_ROW_TOO_LARGE') return error;
      const start = sourceStart + before;
      const place = start + textTo(error.details.offset).length * size;
      const record = { bytes: came.take(Number.POSITIVE_INFINITY), offset: start, row, final };
      const told = recordError(record, { dialect, limits, encoding });
      if (told !== undefined) return told;
      return new PipelineSourceError(error.code, {
        ...error.details,
        offset: place,
        maxRecordBytes: limits.maxRecordBytes,
      });
    },
  };
};

/** Bytes in the order they came, joined only when they are wanted: joining at every piece is quadratic in a long record. */
const createByteQueue = () => {
  let pieces: Buffer[] = [];
  return {
    /** The bytes may be overwritten by their owner afterwards. */
    add(bytes: Uint8Array): void {
      pieces.push(Buffer.from(bytes));
    },
    /** The first `length` bytes, or all there are. */
    take(length: number): Buffer {
      const all = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
      pieces = length < all.length ? [all.subarray(length)] : [];
      return all.subarray(0, length);
    },
  };
};
