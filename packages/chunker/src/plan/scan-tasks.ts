import {
  type BatchKeys,
  type BatchLocations,
  batchKeys,
  type ChunkManifest,
  createRunContext,
  defaultLimits,
  type ObjectRef,
  type ObjectStore,
  PipelineConfigError,
  PipelineError,
  PipelineSourceError,
  type RunContext,
  readJson,
  readJsonLines,
  writeJson,
} from '@pipeline/core';
import { openSplit, type SplitCursor, type SplitOptions, writePlan } from '../split.ts';
import { sourceRanges } from './plan-entries.ts';
import type { RangeScan } from './range-scan.ts';
import { rangeBytes, type ScanRangeOptions, scanRange } from './scan-range.ts';

/** A range of a source for somebody to scan: one line of `scan/ranges.jsonl`. */
export interface ScanTask {
  /** From 0, in the order of the source. */
  readonly index: number;
  /** The source, pinned. */
  readonly object: ObjectRef;
  readonly range: ScanRangeOptions;
}

/** How a source is split, and from which size on it is scanned by tasks. */
export interface SplitOrScanOptions extends SplitOptions {
  /**
   * From so many bytes on, a full scan is left to tasks, each of a sixteenth of that, from 1. @default 8 GiB
   */
  readonly scanTasksFromBytes?: number;
}

/** The batch's plan; or where the tasks stand that must be done before `splitOrScan` is called again with the cursor. */
export type SplitOrScan =
  | { readonly manifest: ChunkManifest }
  | { readonly scan: ObjectRef; readonly cursor: SplitCursor };

const defaultFromBytes = 8 * 1024 ** 3;

/** A scan is as long as its cells are many: so many keep it below a megabyte. */
const mostCells = 1024;

/**
 * Splits as `split` does; where that takes a full scan of a very large source, it writes one task for each range instead,
 * and, called again with the cursor once `runScanTask` has done them all, makes the plan of their scans: the same that one
 * pass would make.
 *
 * @throws as `split` does; PipelineSourceError `CHUNK_MISMATCH` when a task was not done
 * @example
 * const step = await splitOrScan(object, { store, locations, plan: 'parallel' });
 * if ('scan' in step) {
 *   for await (const task of readJsonLines<ScanTask>(store, step.scan)) await runScanTask(task, { store, locations });
 *   await splitOrScan(object, { store, locations, plan: 'parallel', resume: step.cursor });
 * }
 */
export const splitOrScan = async (object: ObjectRef, options: SplitOrScanOptions): Promise<SplitOrScan> => {
  const { store, run = createRunContext(), limits = defaultLimits, scanTasksFromBytes = defaultFromBytes } = options;
  if (!(scanTasksFromBytes >= 1))
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'scanTasksFromBytes',
      expected: 'a number of at least 1',
      got: scanTasksFromBytes,
    });
  const opened = await openSplit(object, { ...options, run });
  if ('planned' in opened) return { manifest: opened.planned };
  const { source, keys, planMode, dataBytes, resume } = opened;
  if (resume?.scanned === true)
    return { manifest: await writePlan(opened, { ...options, run, scans: readScans(store, keys, run) }) };
  if (resume !== undefined || planMode !== 'parallel' || dataBytes < scanTasksFromBytes)
    return { manifest: await writePlan(opened, { ...options, run }) };

  const [first] = sourceRanges(source, { ...options, run, limits }).ranges;
  const scan = await store.write(keys.scanRanges, taskLines(source.object, first!, scanTasksFromBytes / 16), {
    contentType: 'application/x-ndjson',
    signal: run.signal,
  });
  run.observe({ type: 'split.scan', batchId: run.batchId, bytes: dataBytes });
  const cursor: SplitCursor = {
    batchId: run.batchId,
    etag: source.object.etag ?? '',
    offset: source.header.end,
    nextRow: 1,
    nextIndex: 0,
    segments: [],
    scanned: true,
  };
  return { scan: scan ?? keys.scanRanges, cursor };
};

/** One task a line, on the grid of the first range, each of about so many bytes. */
async function* taskLines(object: ObjectRef, first: ScanRangeOptions, taskBytes: number): AsyncGenerator<Uint8Array> {
  const { startsAt, ...grid } = first;
  const { firstCell, gridStart, stepBytes, sourceEnd } = grid;
  const cells = Math.max(1, Math.min(mostCells, Math.floor(taskBytes / stepBytes)));
  for (let index = 0; gridStart + (firstCell + index * cells) * stepBytes < sourceEnd; index++) {
    const cell = firstCell + index * cells;
    const from = index === 0 && startsAt !== undefined ? { startsAt } : {};
    const task: ScanTask = { index, object, range: { ...grid, firstCell: cell, endCell: cell + cells, ...from } };
    yield Buffer.from(`${JSON.stringify(task)}\n`);
  }
}

/** Where the batch lies, and which of its plans the task belongs to. */
export interface RunScanTaskOptions {
  readonly store: ObjectStore;
  readonly locations: BatchLocations;
  /** @default 1 */
  readonly planNumber?: number;
  /** `run.batchId` names the batch. @default createRunContext() */
  readonly run?: RunContext;
}

/**
 * Scans the range of a task and writes what it found, small whatever the range's size. Done again it writes the same.
 *
 * @throws PipelineSourceError `SOURCE_CHANGED`, `SOURCE_NOT_FOUND`; as the store does
 * @example
 * await runScanTask(task, { store, locations });
 */
export const runScanTask = async (
  { index, object, range }: ScanTask,
  { store, locations, planNumber = 1, run = createRunContext() }: RunScanTaskOptions,
): Promise<void> => {
  const { signal } = run;
  const scan = await scanRange(store.read(object, { range: rangeBytes(range), signal }), range);
  await writeJson(store, batchKeys(run.batchId, locations, planNumber).scan(index), scan, { signal });
};

/** Scans that are read at once. */
const atOnce = 32;

/** The scans of all tasks, in order. */
async function* readScans(store: ObjectStore, keys: BatchKeys, run: RunContext): AsyncGenerator<RangeScan> {
  const read = (indexes: readonly number[]): Promise<RangeScan[]> =>
    Promise.all(indexes.map((index) => readScan(store, keys, index, run)));
  let next: number[] = [];
  for await (const { index } of readJsonLines<ScanTask>(store, keys.scanRanges, { signal: run.signal })) {
    next.push(index);
    if (next.length < atOnce) continue;
    yield* await read(next);
    next = [];
  }
  yield* await read(next);
}

const readScan = async (store: ObjectStore, keys: BatchKeys, index: number, run: RunContext): Promise<RangeScan> => {
  try {
    return await readJson<RangeScan>(store, keys.scan(index), { signal: run.signal });
  } catch (cause) {
    if (!PipelineError.is(cause) || cause.code !== 'SOURCE_NOT_FOUND') throw cause;
    throw new PipelineSourceError(
      'CHUNK_MISMATCH',
      { index: 'plan', reason: `range ${index} was not scanned` },
      { cause },
    );
  }
};
