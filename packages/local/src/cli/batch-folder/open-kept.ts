import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { outputName } from '@pipeline/chunker';
import {
  type BatchReport,
  batchKeys,
  type ChunkManifest,
  createRunContext,
  type ObjectStore,
  type RunContext,
} from '@pipeline/core';
import { oneBucket, type PipelineLocations } from '@pipeline/handlers';
import { committedResults, openBatch } from '@pipeline/merge';
import { runBucket } from '../../run-app/surroundings.ts';
import { UsageError } from '../exit-codes.ts';
import { readReportHead } from '../results/report-head.ts';
import { type FilePiece, folderStore } from './folder-store.ts';
import { type KeptBatch, keptFolder } from './keep-batch.ts';

/** A batch that was run on this machine, as a store in which its objects lie. */
export interface OpenedBatch {
  readonly folder: string;
  readonly kept: KeptBatch;
  readonly store: ObjectStore;
  readonly locations: PipelineLocations;
  readonly manifest: ChunkManifest;
  /** Report of the newest revision. */
  readonly report: BatchReport;
  /** Adds an object that lies in a file. */
  mount(key: string, piece: FilePiece): void;
}

/**
 * Opens what `pipeline run --out` kept in a folder. The rows of its chunks are read from the merged output, of which each is a
 * piece.
 *
 * @param work - where new objects are written
 * @throws UsageError when the folder holds no batch, or its results were changed
 */
export const openKeptBatch = async (folder: string, work: string, run = createRunContext()): Promise<OpenedBatch> => {
  const kept = await readKept(folder);
  const locations = oneBucket(runBucket);
  const pieces = new Map<string, FilePiece>();
  const store = folderStore({ pieces, folders: [work, path.join(folder, keptFolder)] });
  const keys = batchKeys(kept.batchId, locations);
  const first = await reportOf(folder, 1);
  if (first?.batchId !== kept.batchId)
    throw new UsageError(`${folder} has the results of another batch than ${keptFolder} in it; run the file again`);
  let report = first;
  pieces.set(keys.report(1).key, { file: path.join(folder, 'report.json') });
  for (let revision = 2; await hasAmendment(store, keys.amendment(revision), first); revision++) {
    const next = await reportOf(folder, revision);
    if (next?.batchId !== kept.batchId)
      throw new UsageError(`${folderOf(folder, revision)} is gone or of another batch`);
    report = next;
    pieces.set(keys.report(revision).key, { file: path.join(folderOf(folder, revision), 'report.json') });
  }
  const { manifest } = await openBatch(kept.batchId, { store, locations, run });
  await mountOutput(folder, report, manifest, { store, locations, pieces, run });
  return { folder, kept, store, locations, manifest, report, mount: (key, piece) => void pieces.set(key, piece) };
};

/** Where the results of a revision lie: the first one's in the folder itself. */
export const folderOf = (folder: string, revision: number): string =>
  revision === 1 ? folder : path.join(folder, `r${revision}`);

const readKept = async (folder: string): Promise<KeptBatch> => {
  try {
    return JSON.parse(await readFile(path.join(folder, keptFolder, 'batch.json'), 'utf8')) as KeptBatch;
  } catch {
    throw new UsageError(
      `${folder} holds no batch to replay: pipeline run keeps one in ${keptFolder} when rows were rejected`,
    );
  }
};

const reportOf = async (folder: string, revision: number): Promise<BatchReport | undefined> => {
  const file = path.join(folderOf(folder, revision), 'report.json');
  const text = await readFile(file).catch(() => undefined);
  return text === undefined ? undefined : readReportHead(one(text));
};

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const hasAmendment = async (
  store: ObjectStore,
  object: ReturnType<ReturnType<typeof batchKeys>['amendment']>,
  { plan }: BatchReport,
): Promise<boolean> => {
  const number = plan?.number ?? 1;
  const key = number === 1 ? object.key : object.key.replace('/amended/', `/plan-${number}/amended/`);
  return store.head({ ...object, key }).then(
    () => true,
    () => false,
  );
};

/** Chunks of the output were laid end to end, so each is a range of it. */
const mountOutput = async (
  folder: string,
  report: BatchReport,
  manifest: ChunkManifest,
  {
    store,
    locations,
    pieces,
    run,
  }: Pick<OpenedBatch, 'store' | 'locations'> & { readonly pieces: Map<string, FilePiece>; readonly run: RunContext },
): Promise<void> => {
  const file = path.join(folderOf(folder, report.revision), outputName('output.csv', report.writtenAs ?? {}));
  const { size } = (await stat(file).catch(() => undefined)) ?? {};
  if (size !== report.output.bytes)
    throw new UsageError(`${file} ${size === undefined ? 'is gone' : 'was changed'}; run the file again`);
  let start = 0;
  for await (const { output } of committedResults(
    { ...manifest, revision: report.revision },
    { store, locations, run },
  )) {
    pieces.set(output.object.key, { file, range: { start, end: start + output.bytes } });
    start += output.bytes;
  }
};
