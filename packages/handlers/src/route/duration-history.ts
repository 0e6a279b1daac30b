import {
  type BatchReport,
  checkFormat,
  formatVersion,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  type PrefixRef,
  type RunContext,
  readJson,
  writeJson,
} from '@pipeline/core';
import { addRun, type DurationHistory } from './estimate.ts';

/** Where the durations of a pipeline's runs are kept: `durations.json` in its work location. */
export const historyRef = ({ bucket, prefix }: PrefixRef): ObjectRef => ({ bucket, key: `${prefix}durations.json` });

/**
 * What is remembered of earlier runs; nothing where nothing is, or it cannot be read: an estimate is no reason to fail.
 *
 * @example
 * const rate = secondsPerMb(await readHistory(store, locations.work, run));
 */
export const readHistory = async (store: ObjectStore, work: PrefixRef, run: RunContext): Promise<DurationHistory> => {
  const none: DurationHistory = { formatVersion, runs: [] };
  try {
    return checkFormat('durations', await readJson<DurationHistory>(store, historyRef(work), { signal: run.signal }));
  } catch (error) {
    run.signal.throwIfAborted();
    if (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND') return none;
    run.observe({ type: 'durations.unread', batchId: run.batchId, error: (error as Error).name });
    return none;
  }
};

/** Batches that end at once each try so often. */
const mostTries = 5;

/**
 * Adds a batch that is done to what is remembered. Other batches may do the same at once: each writes over what it has read
 * and nothing else. One that finds no turn is left out.
 *
 * @example
 * await rememberRun(report, { store, work: locations.work, run });
 */
export const rememberRun = async (
  { batchId, chunkCount: chunks, sourceBytes: bytes, processMs: ms }: BatchReport,
  { store, work, run }: { readonly store: ObjectStore; readonly work: PrefixRef; readonly run: RunContext },
): Promise<void> => {
  const at = historyRef(work);
  try {
    for (let tries = 0; tries < mostTries; tries++) {
      const etag = await etagOf(store, at, run);
      const history = addRun(await readHistory(store, work, run), { batchId, chunks, bytes, ms });
      const condition = etag === undefined ? { ifAbsent: true } : { ifMatch: etag };
      if ((await writeJson(store, at, history, { ...condition, signal: run.signal })) !== undefined) return;
    }
    run.observe({ type: 'durations.unwritten', batchId, error: 'Contention' });
  } catch (error) {
    run.signal.throwIfAborted();
    run.observe({ type: 'durations.unwritten', batchId, error: (error as Error).name });
  }
};

const etagOf = async (store: ObjectStore, at: ObjectRef, { signal }: RunContext): Promise<string | undefined> => {
  try {
    return (await store.head(at, { signal })).ref.etag;
  } catch (error) {
    if (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND') return undefined;
    throw error;
  }
};
