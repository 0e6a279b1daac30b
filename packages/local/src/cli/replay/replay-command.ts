import path from 'node:path';
import type { DialectOptions } from '@pipeline/chunker';
import { type CsvEncoding, PipelineError } from '@pipeline/core';
import type { JsonSchema, UniqueRowsOptions } from '@pipeline/validate';
import { readArguments } from '../arguments.ts';
import { isRemote } from '../batch-folder/remote-batch.ts';
import { UsageError } from '../exit-codes.ts';
import { readOnDuplicate } from '../run/read-duplicate.ts';
import { readSchemaFile } from '../run/read-files.ts';
import { readNames, readOutput, readSource } from '../run/read-format.ts';

const kinds = {
  batch: 'text',
  schema: 'text',
  'skip-written': 'flag',
  columns: 'text',
  unique: 'text',
  'on-duplicate': 'text',
  format: 'text',
  compress: 'text',
  quoting: 'text',
  'formula-guard': 'flag',
  delimiter: 'text',
  encoding: 'text',
  json: 'flag',
  help: 'flag',
} as const;

/** Options that only a batch in S3 needs: one on this machine knows them. */
const remoteOnly = ['columns', 'unique', 'on-duplicate', 'format', 'compress', 'quoting', 'formula-guard'] as const;

/** A replay that was asked for, checked as far as that needs no batch. */
export interface ReplayCall {
  readonly mended: string;
  readonly batch: string;
  readonly schema: JsonSchema | undefined;
  readonly onWritten: 'refuse' | 'skip';
  readonly read: { readonly dialect?: DialectOptions; readonly encoding?: CsvEncoding };
  readonly columns: readonly string[] | undefined;
  /** Columns as they are named; that rows have them was seen when they were processed. */
  readonly unique?: UniqueRowsOptions;
  readonly output: ReturnType<typeof readOutput>;
  readonly json: boolean;
}

/** `pipeline replay`. */
export const replayCommand = async (args: readonly string[]): Promise<number> => {
  const { positionals, options } = readArguments(args, kinds, 'pipeline replay');
  const [mended, ...more] = positionals;
  if (mended === undefined) throw new UsageError('which file? pipeline replay <mended.csv> [--batch <place>]');
  if (more.length > 0) throw new UsageError(`one file at a time, got ${positionals.join(', ')}`);
  if (isRemote(mended) && options.batch === undefined)
    throw new UsageError('--batch is missing: the folder of the batch, such as s3://orders/batches/<batch id>');
  const batch = options.batch ?? path.dirname(mended);
  if (isRemote(batch) !== isRemote(mended))
    throw new UsageError('mended file and --batch must both be on this machine, or both in S3');
  const idle = isRemote(batch) ? undefined : remoteOnly.find((name) => options[name] !== undefined);
  if (idle !== undefined) throw new UsageError(`--${idle} is for batches in S3; ${batch} knows how it was run`);
  const { delimiter, encoding } = options;
  const source = readSource({
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(encoding === undefined ? {} : { encoding }),
  });
  const onDuplicate = readOnDuplicate(options['on-duplicate'], options.unique);
  const call: ReplayCall = {
    mended,
    batch,
    schema: options.schema === undefined ? undefined : await readSchemaFile(options.schema),
    onWritten: options['skip-written'] === true ? 'skip' : 'refuse',
    read: {
      ...(delimiter === undefined ? {} : { dialect: { delimiter: source.delimiter! } }),
      ...(encoding === undefined ? {} : { encoding: source.encoding! }),
    },
    columns: options.columns === undefined ? undefined : readNames('--columns', options.columns),
    ...(options.unique === undefined
      ? {}
      : { unique: { columns: readNames('--unique', options.unique), ...onDuplicate } }),
    output: readOutput(options),
    json: options.json === true,
  };
  try {
    if (isRemote(batch)) return await (await import('./replay-remote.ts')).replayRemote(call);
    return await (await import('./replay-folder.ts')).replayFolder(call);
  } catch (error) {
    // What must be corrected in the call or in the mended file.
    if (PipelineError.is(error) && ['REPLAY_REFUSED', 'BATCH_NOT_FOUND', 'CONFIG_INVALID'].includes(error.code))
      throw new UsageError(error.message.replace(/s3:\/\/pipeline\/mended\/[0-9a-f]+\.csv/, mended));
    throw error;
  }
};
