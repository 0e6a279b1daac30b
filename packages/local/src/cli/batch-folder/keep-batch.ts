import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BatchReport, ObjectStore } from '@pipeline/core';
import type { BatchSettings } from '@pipeline/handlers';
import type { JsonSchema, UniqueRowsOptions } from '@pipeline/validate';
import type { ReferenceSettings } from '../../run-app/settings.ts';
import { runBucket } from '../../run-app/surroundings.ts';

/** Folder beside the results that holds what a replay needs. */
export const keptFolder = '.pipeline';

/** `.pipeline/batch.json`: what a batch was made with. */
export interface KeptBatch {
  readonly formatVersion: string;
  readonly batchId: string;
  /** Absolute path of the input. */
  readonly source: string;
  readonly sourceBytes: number;
  readonly schema?: JsonSchema;
  /** The reference file, by its absolute path. */
  readonly reference?: Omit<ReferenceSettings, 'source'> & { readonly path: string };
  /** Rows that must not repeat; their keys are kept beside the plan. */
  readonly unique?: UniqueRowsOptions;
  readonly settings: BatchSettings;
}

/** Data of the rows is in the output already, and all else is of no use once the batch is merged. */
const left = /^(?:plan-\d+\/)?(?:processed|to_process|map|mail|output|scan|plan)\//;

/**
 * Keeps beside the results of a run what a replay of its rejects needs: plan, results and rejects of the chunks, and the
 * settings; not the rows, which are in the output.
 */
export const keepBatch = async (
  folder: string,
  report: BatchReport,
  batch: Omit<KeptBatch, 'formatVersion' | 'batchId'>,
  { store, signal }: { readonly store: ObjectStore; readonly signal?: AbortSignal },
): Promise<void> => {
  const { batchId, formatVersion } = report;
  const abort = signal === undefined ? {} : { signal };
  const made = path.join(folder, `${keptFolder}.part`);
  await rm(made, { recursive: true, force: true });
  const prefix = `batches/${batchId}/`;
  for await (const { ref } of store.list(runBucket, prefix, abort)) {
    if (left.test(ref.key.slice(prefix.length))) continue;
    const target = path.join(made, ref.key);
    await mkdir(path.dirname(target), { recursive: true });
    await pipeline(
      Readable.from(copies(store.read({ bucket: ref.bucket, key: ref.key }, abort)), { objectMode: false }),
      createWriteStream(target),
    );
  }
  const kept: KeptBatch = { formatVersion, batchId, ...batch };
  await writeFile(path.join(made, 'batch.json'), `${JSON.stringify(kept, undefined, 2)}\n`);
  await rm(path.join(folder, keptFolder), { recursive: true, force: true });
  await rename(made, path.join(folder, keptFolder));
};

async function* copies(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) yield Uint8Array.from(piece);
}

/**
 * Keeps what a replay wrote, as `keepBatch` does; the amendment, which makes all of it count, is the last to appear.
 *
 * @param work - the folder that the replay wrote to
 */
export const keepReplay = async (
  folder: string,
  work: string,
  { batchId }: Pick<KeptBatch, 'batchId'>,
): Promise<void> => {
  const prefix = path.join('batches', batchId);
  const files = (await readdir(path.join(work, prefix), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(path.join(work, prefix), path.join(entry.parentPath, entry.name)))
    .filter((file) => !left.test(file.replaceAll(path.sep, '/')));
  const isAmendment = (file: string): boolean => /amended.r\d+\.json$/.test(file);
  for (const file of [...files.filter((one) => !isAmendment(one)), ...files.filter(isAmendment)]) {
    const target = path.join(folder, keptFolder, prefix, file);
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(path.join(work, prefix, file), `${target}.part`);
    await rename(`${target}.part`, target);
  }
};
