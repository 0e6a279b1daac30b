import { type CsvEncoding, type CsvLimits, PipelineError, PipelineSourceError } from '@pipeline/core';
import { createNarrower } from '../encoding/narrow-utf16.ts';
import { unitBytes } from '../encoding/unit-bytes.ts';
import type { ChunkBounds } from './chunk-bounds.ts';
import type { PlannedChunk } from './chunk-cutter.ts';

/**
 * Where a source is planned: in its bytes, or, in UTF-16, in its code units, each of which is narrowed to one byte for the
 * scanner. Offsets of the source are those of its bytes.
 */
export interface UnitSpace {
  narrow(bytes: Uint8Array): Uint8Array;
  toUnits(offset: number): number;
  toOffset(unit: number): number;
  bounds<Bounds extends ChunkBounds>(bounds: Bounds): Bounds;
  /** The cap of a record, which counts bytes of the source. */
  limits(limits: Pick<CsvLimits, 'maxRecordBytes'>): Pick<CsvLimits, 'maxRecordBytes'>;
  fromUnits(chunk: PlannedChunk): PlannedChunk;
  /** Bytes at the source's end that are no whole unit. */
  rest(): number;
  /** An error of the scanner with the offset, and the cap, that it has in the source. */
  error(error: unknown, limits: Pick<CsvLimits, 'maxRecordBytes'>): unknown;
}

const bytesAsTheyAre: UnitSpace = {
  narrow: (bytes) => bytes,
  toUnits: (offset) => offset,
  toOffset: (unit) => unit,
  bounds: (bounds) => bounds,
  limits: (limits) => limits,
  fromUnits: (chunk) => chunk,
  rest: () => 0,
  error: (error) => error,
};

/** @param gridStart - where the source's records begin */
export const unitSpace = (encoding: CsvEncoding, gridStart: number): UnitSpace => {
  if (encoding !== 'utf-16le' && encoding !== 'utf-16be') return bytesAsTheyAre;
  const size = unitBytes(encoding);
  const narrower = createNarrower(encoding);
  const toOffset = (unit: number): number => gridStart + unit * size;
  const inUnits = (bytes: number): number => Math.max(1, Math.floor(bytes / size));
  return {
    narrow: (bytes) => narrower.push(bytes),
    toUnits: (offset) => (offset - gridStart) / size,
    toOffset,
    bounds: (bounds) => ({
      ...bounds,
      mostBytes: inUnits(bounds.mostBytes),
      ...(bounds.by === 'bytes' ? { stepBytes: inUnits(bounds.stepBytes) } : {}),
    }),
    limits: ({ maxRecordBytes }) => ({ maxRecordBytes: Math.floor(maxRecordBytes / size) }),
    fromUnits: (chunk) => ({ ...chunk, start: toOffset(chunk.start), end: toOffset(chunk.end) }),
    rest: () => (narrower.end() ? 1 : 0),
    error: (error, { maxRecordBytes }) => {
      if (!PipelineError.is(error) || typeof error.details.offset !== 'number') return error;
      if (error.code !== 'CSV_UNCLOSED_QUOTE' && error.code !== 'CSV_ROW_TOO_LARGE') return error;
      const offset = toOffset(error.details.offset);
      return new PipelineSourceError(error.code, { ...error.details, offset, maxRecordBytes });
    },
  };
};
