import { createHash } from 'node:crypto';
import { type DialectOptions, type OutputFormat, openMended } from '@pipeline/chunker';
import {
  type BatchLocations,
  type BatchReport,
  batchKeys,
  type ChunkManifest,
  type CsvEncoding,
  type CsvRecord,
  canonicalJson,
  createRunContext,
  formatRef,
  type ObjectRef,
  type ObjectStore,
  PipelineSourceError,
  type ReplaySummary,
  type RunContext,
  type Stage,
  type UniqueRule,
  writeJson,
} from '@pipeline/core';
import { commitAmendment, readAmendment } from '../amend/amendment.ts';
import type { SidecarReducer } from '../resolve.ts';
import { checkMended } from './check-mended.ts';
import { isSameDialect } from './mended-records.ts';
import { orderMended, refusing } from './mended-rows.ts';
import { mergeRevision } from './merge-revision.ts';
import { repeatsOfMended } from './repeats-of-mended.ts';
import { replayChunks } from './replay-chunks.ts';
import { type ReplayedChunk, tellReplayed } from './tell-replayed.ts';

/** Where the batch lies, what happens to its rows, and how the mended file is read. The output is as the batch was written. */
export interface ReplayOptions extends OutputFormat {
  /** Where the batch lies, and the mended file. */
  readonly store: ObjectStore;
  /** Where the batch keeps its things. */
  readonly locations: BatchLocations;
  /** What happened to the rows of the batch. */
  readonly stage: Stage<CsvRecord, unknown>;
  /** How the mended file is read, where that cannot be found out. @default as rejects.csv was written, else detected */
  readonly read?: { readonly dialect?: DialectOptions; readonly encoding?: CsvEncoding };
  /** Rows of the mended file that are in the output already: the file is refused, or they are left alone. @default 'refuse' */
  readonly onWritten?: 'refuse' | 'skip';
  /** Beside `issueReducer`, which is always there; sums of others stay as they were. @default [] */
  readonly reducers?: readonly SidecarReducer<never, unknown>[] | undefined;
  /**
   * Rows that no other row of the batch may repeat: the rules of its workers. Mended rows are compared with the output, whose
   * rows stay, and with each other. Rules of `warn` compare nothing again. @default []
   */
  readonly unique?: readonly UniqueRule[];
  /** Told of every chunk that replays have changed, when they count, and again when the same replay is called again. @default nobody */
  readonly onReplayed?: (changed: ReplayedChunk) => Promise<void>;
  /** Most rows in a batch, from 1. @default 1000 */
  readonly batchRows?: number;
  /** Its signal ends the work, which a later call goes on with. @default createRunContext() */
  readonly run?: RunContext;
}

/** Bytes of keys that are under way at once. */
const keyMemoryBytes = 16 * 1024 * 1024;

/**
 * Takes mended rejects back into their batch, in their original places, as a new revision of its output; the old one stays.
 * Rows that pass are inserted, all others stay rejected. Done again with the same file, it answers the same revision.
 *
 * @param mended - `rejects.csv` of the batch, mended; rows may be left out
 * @throws PipelineSourceError `REPLAY_REFUSED` for a file that does not belong to the batch, `BATCH_NOT_FOUND` before its first
 * output is merged; PipelineConfigError `CONFIG_INVALID` when the batch was written under other settings; PipelineRejectLimitError
 * `ROWS_REPEATED`; as `merge` does
 * @example
 * const report = await replay(manifest, { bucket: 'orders', key: 'mended/rejects.csv' }, { store, locations, stage });
 * console.log(report.revision, report.replay?.rowsWritten);
 */
export const replay = async (
  manifest: ChunkManifest,
  mended: ObjectRef,
  options: ReplayOptions,
): Promise<BatchReport> => {
  const { store, locations, stage, read = {}, onWritten = 'refuse', reducers, batchRows = 1000, ...more } = options;
  const { run = createRunContext(), onReplayed, unique = [], ...format } = more;
  const where = { store, locations, run };
  const { ref: object } = await store.head(mended, { signal: run.signal });
  const finish = (revision: number): Promise<BatchReport> => mergeRevision(manifest, revision, { ...where, reducers });
  const done = async (revision: number): Promise<BatchReport> => {
    const report = await finish(revision);
    if (onReplayed !== undefined) await tellReplayed(manifest, revision, onReplayed, where);
    return report;
  };
  const source = manifest.sources[0]!;

  const file = await openMended(object, { store, run, like: source.dialect, limits: manifest.limits, ...read });
  if (file === undefined)
    throw new PipelineSourceError('REPLAY_REFUSED', {
      object: formatRef(object),
      batchId: manifest.batchId,
      reason: 'its last columns are not those of a rejects.csv, __pipeline_row and others',
    });
  const rows = await orderMended(manifest, file, { store, run });
  for (let from = manifest.revision; ; from++) {
    const name = replayIdOf({ batchId: manifest.batchId, revision: from, mended: object });
    const revision = from + 1;
    const taken = await readAmendment(manifest, revision, where);
    if (taken !== undefined) {
      if (taken.name === name) return done(revision);
      continue;
    }
    const base = await finish(from);
    const check = await checkMended({ ...manifest, revision: from }, rows, {
      ...where,
      onWritten,
      refuse: refusing(manifest, file),
    });
    if (check.chunks.length === 0) return base;
    const staging = { ...where, stage, batchRows, sameDialect: isSameDialect(file.source.dialect, source.dialect) };
    const repeats = await repeatsOfMended({ ...manifest, revision: from }, rows, check.chunks, unique, {
      ...staging,
      memoryBytes: keyMemoryBytes,
    });
    const keys = batchKeys(manifest.batchId, locations, manifest.planNumber);
    const changed = await replayChunks({ ...manifest, revision: from }, rows, check.chunks, {
      ...staging,
      keys,
      format,
      revision,
      name,
      unique,
      repeats,
    });
    const summary: ReplaySummary = {
      from,
      mended: object,
      rowsWritten: changed.rowsWritten,
      rowsRejected: check.matched - changed.rowsWritten,
      rowsSkipped: rows.count - check.matched,
      rowsLeftOut: base.rowsRejected - check.matched,
      chunks: check.chunks.length,
    };
    await writeJson(store, keys.replayed(revision, name), summary, { ifAbsent: true, signal: run.signal });
    const claim = { revision, name, reason: 'replay' };
    const counts = await commitAmendment(manifest, claim, check.chunks, where);
    run.observe({ type: 'replay.committed', batchId: manifest.batchId, ...claim, won: counts.name === name });
    if (counts.name === name) return done(revision);
  }
};

/**
 * Names the replay of a mended file into a revision: 32 hex digits. The same version of the file has the same name.
 *
 * @example
 * replayIdOf({ batchId, revision: 1, mended: { bucket: 'orders', key: 'mended/rejects.csv', etag: '"9a…"' } });
 */
export const replayIdOf = ({
  batchId,
  revision,
  mended,
}: {
  readonly batchId: string;
  readonly revision: number;
  readonly mended: ObjectRef;
}): string => {
  const { bucket, key, versionId, etag } = mended;
  const version = versionId ?? etag ?? null;
  return createHash('sha256')
    .update(canonicalJson([batchId, revision, bucket, key, version]))
    .digest('hex')
    .slice(0, 32);
};
