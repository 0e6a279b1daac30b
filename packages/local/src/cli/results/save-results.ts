import { Readable } from 'node:stream';
import { outputName } from '@pipeline/chunker';
import {
  type BatchReport,
  crc32,
  crc32Hex,
  type ObjectRef,
  type ObjectStore,
  type PartRef,
  PipelineStorageError,
} from '@pipeline/core';
import { renderReport } from '@pipeline/handlers/report';
import type { OutFolder } from './out-folder.ts';
import { readReportHead } from './report-head.ts';

/** A file that was saved. */
export interface SavedFile {
  /** Its name within the folder. */
  readonly name: string;
  readonly bytes: number;
}

/** What `saveResults` brought. */
export interface SavedResults {
  readonly report: BatchReport;
  /** In the order in which they appeared. */
  readonly files: readonly SavedFile[];
}

export interface SaveResultsOptions {
  readonly store: ObjectStore;
  readonly out: OutFolder;
  /** Leaves the output out, and says in the report that it was. @default false */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  /** Told as bytes arrive, out of all that will. */
  readonly onProgress?: (savedBytes: number, totalBytes: number) => void;
}

/** Names that an output can have in the folder, by what it is. */
export const outputNames: readonly string[] = (['csv', 'jsonl'] as const).flatMap((format) => [
  outputName('output.csv', { format }),
  ...(['gzip', 'zstd'] as const).map((compression) => outputName('output.csv', { format, compression })),
]);

/** The output of an execution that succeeded, as far as it is read here. */
export interface BatchOutput {
  /** Where the report is. */
  readonly merge: { readonly report: BatchReport['report'] };
}

/**
 * Brings output, rejects and report of a batch to a folder, in constant memory, makes its page anew with links to them, and proves them by the lengths and CRC-32
 * of the report. The output is named by what it is (`output.csv`, `output.jsonl.gz`, …). The report is the last to appear;
 * outputs of another kind that an earlier run left are removed, and rejects where there are none now.
 *
 * @throws PipelineStorageError `STORAGE_MISMATCH` when other bytes arrived than were merged
 * @example
 * const { report, files } = await saveResults(output, { store, out: await openOutFolder('results') });
 */
export const saveResults = async (
  { merge }: BatchOutput,
  { store, out, dryRun = false, signal, onProgress }: SaveResultsOptions,
): Promise<SavedResults> => {
  const abort = signal === undefined ? {} : { signal };
  const { ref, sizeBytes } = await store.head(merge.report, abort);
  const report = await readReportHead(store.read(ref, abort));
  const files: SavedFile[] = [];
  const total = (dryRun ? 0 : report.output.bytes) + (report.rejects?.bytes ?? 0) + sizeBytes;
  let saved = 0;
  const counted = async function* (object: ObjectRef): AsyncGenerator<Uint8Array> {
    for await (const piece of store.read(object, abort)) {
      yield piece;
      saved += piece.length;
      if (saved < total) onProgress?.(saved, total);
    }
  };
  const save = async (name: string, part: PartRef): Promise<void> => {
    await out.write(name, proven(counted(part.object), part, name), signal);
    files.push({ name, bytes: part.bytes });
  };
  const name = outputName('output.csv', report.writtenAs ?? {});
  if (!dryRun) await save(name, report.output);
  if (report.rejects !== undefined) await save('rejects.csv', report.rejects);
  const page = pageOf(report, name, dryRun);
  await out.write('report.html', Readable.from([page]), signal);
  files.push({ name: 'report.html', bytes: page.length });
  const bytes = counted(ref);
  await out.write('report.json', dryRun ? marked(bytes) : bytes, signal);
  files.push({ name: 'report.json', bytes: sizeBytes + (dryRun ? dryRunMark.length : 0) });
  const stale = dryRun ? [] : outputNames.filter((other) => other !== name);
  await out.commit(report.rejects === undefined ? [...stale, 'rejects.csv'] : stale);
  onProgress?.(total, total);
  return { report, files };
};

/** The page with links to the files beside it. */
const pageOf = (report: BatchReport, output: string, dryRun: boolean): Uint8Array => {
  const links = {
    ...(dryRun ? {} : { output: { url: output } }),
    ...(report.rejects === undefined ? {} : { rejects: { url: 'rejects.csv' } }),
    report: { url: 'report.json' },
  };
  return Buffer.from(renderReport(dryRun ? { ...report, ...{ dryRun } } : report, { links }));
};

async function* proven(bytes: AsyncIterable<Uint8Array>, part: PartRef, name: string): AsyncGenerator<Uint8Array> {
  let length = 0;
  let sum = 0;
  for await (const piece of bytes) {
    length += piece.length;
    sum = crc32(piece, sum);
    yield piece;
  }
  if (length !== part.bytes || crc32Hex(sum) !== part.crc32)
    throw new PipelineStorageError('STORAGE_MISMATCH', {
      operation: 'read',
      object: name,
      reason: `${length} bytes with CRC-32 ${crc32Hex(sum)} arrived, ${part.bytes} with ${part.crc32} were merged`,
    });
}

const dryRunMark = '\n  "dryRun": true,';

/** Says in the first line of the report that its output was not kept. */
async function* marked(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const piece of bytes) {
    if (first) {
      yield Buffer.from(`{${dryRunMark}`);
      yield piece.subarray(1);
    } else yield piece;
    first = false;
  }
}
