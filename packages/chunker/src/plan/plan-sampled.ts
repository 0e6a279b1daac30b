import { type CsvDialect, type CsvEncoding, type CsvLimits, defaultLimits, PipelineConfigError } from '@pipeline/core';
import pLimit from 'p-limit';
import { unitBytes } from '../encoding/unit-bytes.ts';
import { type ChunkSizeOptions, chunkBounds } from './chunk-bounds.ts';
import { guessBorder } from './guess-border.ts';
import { unitSpace } from './unit-space.ts';

/** Reads bytes `[start, end)` of a source. */
export type ReadRange = (start: number, end: number) => Promise<Uint8Array>;

/** How a source is planned from samples. */
export interface PlanSampledOptions extends ChunkSizeOptions {
  /** Its special characters are single bytes. */
  readonly dialect: Omit<CsvDialect, 'newline'>;
  /** Caps. @default defaultLimits */
  readonly limits?: CsvLimits;
  /** Of the source. @default 'utf-8' */
  readonly encoding?: CsvEncoding | undefined;
  /** Fields that a record has. */
  readonly fields: number;
  /** Offset of the first record. */
  readonly gridStart: number;
  /** Offset of the first record to plan. @default gridStart */
  readonly start?: number;
  /** Where the source ends. */
  readonly sourceEnd: number;
  /** Samples read at once. @default 16 */
  readonly concurrency?: number;
}

/** Bytes `[start, end)` of the source that should hold whole records; how many, nobody has counted. */
export interface SampledChunk {
  readonly start: number;
  readonly end: number;
}

/** A sample grows until the guess is sure, up to the last of these. */
const sampleSizes = [4 * 1024, 16 * 1024, 64 * 1024];

/**
 * Plans a source from a few kilobytes at each wanted border. The borders are guesses, good ones; the plan is exact only
 * once every worker has seen its chunk end where a record ends: the first chunk begins at a record, so then all do.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` for chunks by rows, which nobody counts here; what `read` throws
 * @example
 * const read = (start: number, end: number) => readBytes(store, object, { range: { start, end } });
 * for await (const { start, end } of planSampled(read, { dialect, fields: 14, gridStart: 120, sourceEnd })) …
 */
export async function* planSampled(read: ReadRange, options: PlanSampledOptions): AsyncGenerator<SampledChunk> {
  const { limits = defaultLimits, gridStart, sourceEnd, concurrency = 16 } = options;
  const bounds = chunkBounds(options, { dataBytes: sourceEnd - gridStart, maxRecordBytes: limits.maxRecordBytes });
  if (bounds.by === 'rows')
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'plan',
      expected: "'sequential' for chunks by rows, which sampling does not count",
      got: "'sampled'",
    });
  const step = evenStep(bounds.stepBytes, options.encoding);
  const limit = pLimit(concurrency);
  const ahead: Promise<number | undefined>[] = [];
  let start = options.start ?? gridStart;
  let wanted = gridStart + (Math.floor((start - gridStart) / step) + 1) * step;
  const fill = (): void => {
    for (; ahead.length < concurrency * 2 && wanted < sourceEnd; wanted += step) {
      const near = wanted;
      const border = limit(() => findBorder(read, near, options));
      border.catch(() => {}); // told when its turn comes
      ahead.push(border);
    }
  };
  for (fill(); ahead.length > 0; fill()) {
    const border = await ahead.shift();
    // A record that is longer than a cell leaves cells without a border of their own.
    if (border === undefined || border <= start || border >= sourceEnd) continue;
    yield { start, end: border };
    start = border;
  }
  if (start < sourceEnd) yield { start, end: sourceEnd };
}

const evenStep = (step: number, encoding: CsvEncoding | undefined): number =>
  encoding === 'utf-16le' || encoding === 'utf-16be' ? Math.max(2, step - (step % 2)) : step;

const findBorder = async (
  read: ReadRange,
  near: number,
  { dialect, limits = defaultLimits, encoding = 'utf-8', fields, sourceEnd }: PlanSampledOptions,
): Promise<number | undefined> => {
  const unit = unitBytes(encoding);
  const from = near - unit; // the newline before a record that begins right here
  let position: number | undefined;
  for (const size of sampleSizes) {
    const end = Math.min(sourceEnd, near + size);
    const space = unitSpace(encoding, near);
    const sample = space.narrow(await read(from, end));
    const guess = guessBorder(sample, { dialect, limits: space.limits(limits), fields });
    position = guess?.position;
    if (guess?.sure === true || end === sourceEnd) break;
  }
  return position === undefined ? undefined : from + position * unit;
};
