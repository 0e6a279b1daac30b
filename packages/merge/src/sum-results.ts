import {
  type BatchReport,
  type ChunkManifest,
  type ChunkResult,
  formatRef,
  type PartRef,
  PipelineMergeError,
} from '@pipeline/core';
import type { RejectsOfChunk } from './merge-rejects.ts';
import { disproofOf } from './plan-proof.ts';

/** What all chunks of a batch come to. */
export interface Totals {
  readonly outputs: readonly PartRef[];
  readonly rejects: readonly RejectsOfChunk[];
  readonly columns: readonly string[];
  readonly writtenAs: NonNullable<BatchReport['writtenAs']>;
  readonly chunks: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly rowsRejected: number;
  readonly bytesRead: number;
  readonly processMs: number;
  /** When the first chunk began and the last one ended, milliseconds since the epoch. */
  readonly processed: { readonly from: number; readonly to: number };
}

/**
 * Adds up the results of all chunks, which must fit each other and prove their plan.
 *
 * @throws PipelineMergeError `MERGE_MISMATCH` naming the chunk; what `results` throws
 */
export const sumResults = async (manifest: ChunkManifest, results: AsyncIterable<ChunkResult>): Promise<Totals> => {
  const outputs: PartRef[] = [];
  const rejects: RejectsOfChunk[] = [];
  const seen = new Set<string>();
  const sums = { chunks: 0, rowsRead: 0, rowsWritten: 0, rowsRejected: 0, bytesRead: 0, processMs: 0 };
  const processed = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
  let first: ChunkResult | undefined;
  for await (const result of results) {
    const fail = (reason: string): never => {
      throw new PipelineMergeError('MERGE_MISMATCH', { index: result.index, reason });
    };
    const state = disproofOf(manifest, result);
    if (state !== undefined)
      fail(`its plan was sampled and is not proven (${state}); resolve the batch and split it again`);
    first ??= result;
    const { columns } = result;
    if (columns.length !== first.columns.length || columns.some((name, column) => name !== first!.columns[column]))
      fail(`its columns are ${columns.join(', ')}, those of chunk 0 are ${first.columns.join(', ')}`);
    if (formOf(result) !== formOf(first)) fail(`its output is ${formOf(result)}, that of chunk 0 is ${formOf(first)}`);
    const { bucket, key } = result.output.object;
    if (seen.has(`${bucket}/${key}`)) fail(`its output ${formatRef(result.output.object)} is that of another chunk`);
    seen.add(`${bucket}/${key}`);
    outputs.push(result.output);
    // The worker of a sampled chunk did not know how many rows there are before it.
    const rowsBefore = manifest.planMode === 'sampled' ? sums.rowsRead : 0;
    if (result.rejects !== undefined) rejects.push({ ...result.rejects, rowsBefore });
    sums.chunks++;
    sums.rowsRead += result.rowsRead;
    sums.rowsWritten += result.rowsWritten;
    sums.rowsRejected += result.rowsRejected;
    sums.bytesRead += result.bytesRead;
    sums.processMs += result.durationMs;
    const startedAt = Date.parse(result.startedAt);
    processed.from = Math.min(processed.from, startedAt);
    processed.to = Math.max(processed.to, startedAt + result.durationMs);
  }
  const writtenAs = {
    ...(first?.format === undefined ? {} : { format: first.format }),
    ...(first?.compression === undefined ? {} : { compression: first.compression }),
  };
  return { outputs, rejects, columns: first?.columns ?? [], writtenAs, processed, ...sums };
};

const formOf = ({ format = 'csv', compression }: Pick<ChunkResult, 'format' | 'compression'>): string =>
  compression === undefined ? format : `${format} packed with ${compression}`;
