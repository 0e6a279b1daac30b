import { type OpenMendedOptions, openMended, readMended } from '@pipeline/chunker';
import type { ObjectRef } from '@pipeline/core';

/**
 * The id of the batch whose mended `rejects.csv` a file is, as its first row says it; `undefined` for any other file.
 *
 * @throws PipelineSourceError as `openCsv` does
 * @example
 * const batchId = await batchOfMended({ bucket: 'orders', key: 'input/rejects.csv' }, { store });
 */
export const batchOfMended = async (object: ObjectRef, options: OpenMendedOptions): Promise<string | undefined> => {
  const file = await openMended(object, options);
  if (file === undefined || !file.reserved.includes('__pipeline_batch')) return undefined;
  const { store, run } = options;
  for await (const { reserved } of readMended(file, { store, ...(run === undefined ? {} : { run }) })) {
    const batchId = reserved.__pipeline_batch?.trim() ?? '';
    return batchId === '' ? undefined : batchId;
  }
  return undefined;
};
