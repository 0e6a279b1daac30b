import { createRunContext, type PrefixRef } from '@pipeline/core';
import { type StoredStatus, storedStatus } from '@pipeline/handlers';
import { openRemoteBatch } from '../batch-folder/remote-batch.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { formatCount, printable } from '../progress/text.ts';

/** `pipeline status` of a batch by its folder in S3. */
export const storedCommand = async (
  folder: string,
  { results, json }: { readonly results?: string; readonly json?: true },
): Promise<number> => {
  const { batchId, store, locations: beside } = openRemoteBatch(folder);
  const locations = { ...beside, ...(results === undefined ? {} : { output: placeOf(results) }) };
  const status = await storedStatus(batchId, { store, locations, run: createRunContext() });
  if (status.step === 'unplanned' && status.failures.length === 0)
    throw new UsageError(`there is no plan of a batch at ${folder}`);
  process.stdout.write(json === true ? `${JSON.stringify(status, undefined, 2)}\n` : storedText(status));
  return status.step === 'done' || status.failures.length === 0 ? exitCodes.done : exitCodes.batchFailed;
};

const placeOf = (text: string): PrefixRef => {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(text) ?? [];
  if (bucket === undefined) throw new UsageError(`--results ${text} is no place in S3, such as s3://orders/results/`);
  return { bucket, prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` };
};

/** How far a batch is by its objects, for people. */
export const storedText = (status: StoredStatus): string => {
  const { batchId, step, chunkCount, committed, revision, rowsRead, rowsRejected, failures } = status;
  const share = chunkCount === null || chunkCount === 0 ? '' : ` (${Math.floor((100 * committed) / chunkCount)} %)`;
  const lines: readonly (readonly [string, string])[] = [
    ['batch', batchId],
    ['step', step],
    ...(chunkCount === null
      ? []
      : [['chunks', `${formatCount(committed)} of ${formatCount(chunkCount)}${share}`] as const]),
    ...(rowsRead === null || rowsRejected === null
      ? []
      : [['rows', `${formatCount(rowsRead)} read, ${formatCount(rowsRejected)} rejected`] as const]),
    ...(revision === null || revision === 1 ? [] : [['revision', formatCount(revision)] as const]),
    ...(failures.length === 0 ? [] : [['failed tries', failures.map(printable).join(', ')] as const]),
  ];
  return `${lines.map(([label, text]) => `${label.padEnd(13)}${text}`).join('\n')}\n`;
};
