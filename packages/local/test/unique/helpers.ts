import { type OutputFormat, processChunk, type SplitOptions, split } from '@pipeline/chunker';
import {
  type BatchLocations,
  type BatchReport,
  type ChunkManifest,
  type CsvRecord,
  createRunContext,
  createStage,
  formatMessage,
  type ObjectRef,
  type ObjectStore,
  passThrough,
  type RowIssue,
  readBytes,
  rejectRows,
  type SidecarCollector,
  type Stage,
  type UniqueRule,
} from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { merge, type ResolveOptions, resolve } from '@pipeline/merge';

export const locations: BatchLocations = { work: { bucket: 'work', prefix: 'batches/' } };
export const run = createRunContext({ batchId: 'b1', attempt: 'a1' });

export interface Spec {
  readonly splitting?: Partial<SplitOptions>;
  readonly format?: OutputFormat;
  readonly stage?: Stage<CsvRecord, unknown>;
  readonly sidecars?: readonly SidecarCollector[];
  readonly maxRejectRatio?: number;
}

export interface Batch {
  readonly store: MemoryStore;
  readonly manifest: ChunkManifest;
}

/** Splits a file and processes its chunks. */
export const processed = async (source: string | Uint8Array, spec: Spec = {}): Promise<Batch> => {
  const { splitting = { chunkRows: 3 }, format = {}, stage = passThrough<CsvRecord>(), sidecars = [] } = spec;
  const store = memoryStore();
  await store.write({ bucket: 'work', key: 'input/rows.csv' }, Buffer.from(source as string));
  const manifest = await split({ bucket: 'work', key: 'input/rows.csv' }, { store, locations, run, ...splitting });
  const ratio = spec.maxRejectRatio === undefined ? {} : { maxRejectRatio: spec.maxRejectRatio };
  for await (const chunk of manifest.chunks)
    await processChunk(chunk, stage, { store, locations, run, sidecars, ...format, ...ratio });
  return { store, manifest };
};

export const resolved = async (
  { store, manifest }: Batch,
  unique: readonly UniqueRule[],
  options: Partial<ResolveOptions> = {},
): Promise<Readonly<Record<string, unknown>>> => {
  const resolution = await resolve(manifest, { store, locations, run, unique, ...options });
  if (resolution.replan) throw new Error(`chunk ${resolution.chunk} disproves the plan: ${resolution.state}`);
  return resolution.resolved;
};

export const merged = ({ store, manifest }: Batch): Promise<BatchReport> => merge(manifest, { store, locations, run });

export const bytesOf = async (store: ObjectStore, ref: ObjectRef | undefined): Promise<string> =>
  ref === undefined ? '' : Buffer.from(await readBytes(store, ref)).toString('latin1');

/** The issue of a row that repeats another in one column. */
export const repeatIssue = (rule: UniqueRule, first: number, value: string): RowIssue => ({
  code: 'ROW_DUPLICATE',
  rule: rule.name,
  column: rule.columns[0]!,
  value,
  message: formatMessage('ROW_DUPLICATE', { first }),
  severity: 'error',
});

/** Rejects the rows that begin at some byte of the source. */
export const rejectingAt = (issues: ReadonlyMap<number, readonly RowIssue[]>): Stage<CsvRecord, CsvRecord> =>
  createStage((batch) => rejectRows(batch, (index) => issues.get(batch.records.byteOffset(batch.positions[index]!))));
