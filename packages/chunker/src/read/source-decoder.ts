import { type CsvEncoding, PipelineError, PipelineSourceError } from '@pipeline/core';
import { createTranscoder, type ForeignEncoding } from '../encoding/transcode.ts';
import { unitBytes } from '../encoding/unit-bytes.ts';
import type { ReadWindowsOptions, RecordWindow } from './record-window.ts';

/** Makes UTF-8 of a source while it is read, and tells places of the source from those of the text. */
export interface SourceDecoder {
  /** The next bytes in UTF-8. */
  push(bytes: Uint8Array): Uint8Array;
  end(): Uint8Array;
  /** Gives a window what belongs to it of the source, whose offsets are others than those of its UTF-8. */
  restore(window: RecordWindow): RecordWindow;
  /** An error of the scanner with the offset that it has in the source. */
  error(error: unknown, options: ReadWindowsOptions, textTo: (offset: number) => string): unknown;
}

export const sourceDecoder = (encoding: CsvEncoding): SourceDecoder =>
  encoding === 'utf-8' ? asItIs : transcoding(encoding);

const asItIs: SourceDecoder = {
  push: (bytes) => bytes,
  end: () => new Uint8Array(),
  restore: (window) => window,
  error: (error) => error,
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
    error(error, { offset: sourceStart, limits }, textTo) {
      if (!PipelineError.is(error) || typeof error.details.offset !== 'number') return error;
      if (error.code !== 'CSV_UNCLOSED_QUOTE' && error.code !== 'CSV_ROW_TOO_LARGE') return error;
      const place = sourceStart + before + textTo(error.details.offset).length * size;
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
