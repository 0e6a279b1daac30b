import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { createRunContext } from '@pipeline/core';
import { replay } from '@pipeline/merge';
import { runStage } from '../../run-app/run-stage.ts';
import { type RunSettings, runUnique } from '../../run-app/settings.ts';
import { runBucket } from '../../run-app/surroundings.ts';
import { keepReplay } from '../batch-folder/keep-batch.ts';
import { folderOf, type OpenedBatch, openKeptBatch } from '../batch-folder/open-kept.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { openOutFolder } from '../results/out-folder.ts';
import { saveResults } from '../results/save-results.ts';
import { findFile } from '../run/read-files.ts';
import { createWorkFolder } from '../work-folder.ts';
import type { ReplayCall } from './replay-command.ts';
import { replayText } from './replay-text.ts';

/** Replays into a batch that `pipeline run` kept in a folder. */
export const replayFolder = async (call: ReplayCall): Promise<number> => {
  await findFile(call.mended);
  const interrupt = listenForInterrupt();
  const { signal } = interrupt;
  const work = createWorkFolder();
  const run = createRunContext({ signal, attempt: 'replay' });
  try {
    const batch = await openKeptBatch(call.batch, work.folder, run);
    const { store, locations, manifest, kept } = batch;
    const { columns, output } = kept.settings;
    const mended = { bucket: runBucket, key: `mended/${await contentName(call.mended)}.csv` };
    batch.mount(mended.key, { file: call.mended });
    const report = await replay(manifest, mended, {
      ...output,
      ...(columns === undefined ? {} : { columns }),
      store,
      locations,
      run,
      stage: runStage(await rulesOf(batch, call), store),
      unique: runUnique(kept),
      read: call.read,
      onWritten: call.onWritten,
    });
    const folder = folderOf(call.batch, report.revision);
    if (report.revision > batch.report.revision) {
      const out = await openOutFolder(folder);
      try {
        await saveResults({ merge: { report: report.report } }, { store, out, signal });
      } finally {
        await out.discard();
      }
      await keepReplay(call.batch, work.folder, kept);
    }
    process.stdout.write(
      call.json
        ? await readFile(path.join(folder, 'report.json'), 'utf8')
        : replayText(report, { folder, isNew: report.revision > batch.report.revision }),
    );
    return exitCodes.done;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    work.remove();
    interrupt.dispose();
  }
};

/** The same bytes are the same file, whatever it is called. */
const contentName = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  return hash.digest('hex').slice(0, 32);
};

const rulesOf = async (
  { kept, mount }: OpenedBatch,
  { schema = kept.schema }: ReplayCall,
): Promise<Pick<RunSettings, 'schema' | 'reference'>> => {
  const rules = schema === undefined ? {} : { schema };
  if (kept.reference === undefined) return rules;
  const { path: file, ...reference } = kept.reference;
  if ((await stat(file).catch(() => undefined))?.isFile() !== true)
    throw new UsageError(`the reference file of the run, ${file}, is gone`);
  const source = { bucket: runBucket, key: `reference/${path.basename(file)}` };
  mount(source.key, { file });
  return { ...rules, reference: { ...reference, source } };
};
