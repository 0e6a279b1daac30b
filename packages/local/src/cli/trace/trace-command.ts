import { stat } from 'node:fs/promises';
import { createRunContext, PipelineError } from '@pipeline/core';
import { latestRevision, openBatch, type RowTarget, type RowTrace, traceRow } from '@pipeline/merge';
import { readArguments, readWhole } from '../arguments.ts';
import { openKeptBatch } from '../batch-folder/open-kept.ts';
import { isRemote, openRemoteBatch, readObjectUri } from '../batch-folder/remote-batch.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { createWorkFolder } from '../work-folder.ts';
import { traceText } from './trace-text.ts';

const kinds = {
  batch: 'text',
  'output-row': 'text',
  'source-row': 'text',
  byte: 'text',
  'rejects-row': 'text',
  revision: 'text',
  source: 'text',
  json: 'flag',
  help: 'flag',
} as const;

const targets = {
  'output-row': 'outputRow',
  'source-row': 'sourceRow',
  byte: 'byteOffset',
  'rejects-row': 'rejectsRow',
} as const;

/** `pipeline trace`. */
export const traceCommand = async (args: readonly string[]): Promise<number> => {
  const { positionals, options } = readArguments(args, kinds, 'pipeline trace');
  if (positionals.length > 0) throw new UsageError(`unexpected ${positionals.join(', ')}; see pipeline trace --help`);
  const { batch, source, json } = options;
  if (batch === undefined)
    throw new UsageError('--batch is missing: the folder of the batch, or s3://bucket/batches/<id>');
  const names = Object.keys(targets) as (keyof typeof targets)[];
  const given = names.filter((name) => options[name] !== undefined);
  if (given.length !== 1) throw new UsageError(`which row? one of ${names.map((name) => `--${name}`).join(', ')}`);
  const [name] = given as [keyof typeof targets];
  const target = {
    [targets[name]]: readWhole(`--${name}`, options[name]!, name === 'byte' ? 0 : 1),
  } as unknown as RowTarget;
  const revision = options.revision === undefined ? undefined : readWhole('--revision', options.revision);
  const ask = { target, revision, source };
  try {
    const trace = isRemote(batch) ? await traceRemote(batch, ask) : await traceFolder(batch, ask);
    if (trace === undefined) {
      process.stderr.write('pipeline: the batch has no such row\n');
      return exitCodes.batchFailed;
    }
    process.stdout.write(json === true ? `${JSON.stringify(trace, undefined, 2)}\n` : traceText(trace));
    return exitCodes.done;
  } catch (error) {
    if (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND')
      throw new UsageError(
        isRemote(batch)
          ? 'the source is not where it was; say where it lies with --source'
          : 'the source is not where it was (say where it lies with --source), or it is packed and not kept unpacked',
      );
    if (PipelineError.is(error) && error.code === 'BATCH_NOT_FOUND') throw new UsageError(error.message);
    throw error;
  }
};

interface Asked {
  readonly target: RowTarget;
  readonly revision: number | undefined;
  readonly source: string | undefined;
}

const traceFolder = async (folder: string, { target, revision, source }: Asked): Promise<RowTrace | undefined> => {
  const work = createWorkFolder();
  try {
    const { store, locations, manifest, report, kept, mount } = await openKeptBatch(folder, work.folder);
    checkRevision(revision, report.revision);
    const file = source ?? kept.source;
    const { size } = (await stat(file).catch(() => undefined)) ?? {};
    if (source !== undefined && size === undefined) throw new UsageError(`--source ${source} does not exist`);
    if (size !== undefined && size !== kept.sourceBytes)
      throw new UsageError(`${file} has ${size} bytes, the source of the batch had ${kept.sourceBytes}; say --source`);
    if (size !== undefined) mount(manifest.sources[0]!.object.key, { file });
    return await traceRow(manifest, target, { store, locations, revision: revision ?? report.revision });
  } finally {
    work.remove();
  }
};

const traceRemote = async (place: string, { target, revision, source }: Asked): Promise<RowTrace | undefined> => {
  const { batchId, store, locations } = openRemoteBatch(place);
  const where = { store, locations, run: createRunContext() };
  const { manifest } = await openBatch(batchId, where);
  const latest = await latestRevision(manifest, where);
  checkRevision(revision, latest);
  return traceRow(manifest, target, {
    ...where,
    revision: revision ?? latest,
    ...(source === undefined ? {} : { original: readObjectUri('--source', source) }),
  });
};

const checkRevision = (revision: number | undefined, latest: number): void => {
  if (revision !== undefined && revision > latest)
    throw new UsageError(`--revision ${revision}: the newest revision of the batch is ${latest}`);
};
