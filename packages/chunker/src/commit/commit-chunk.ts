import {
  type ChunkResult,
  checkFormat,
  formatRef,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  PipelineStorageError,
  type RunContext,
  readJson,
  writeJson,
} from '@pipeline/core';

/**
 * The committed result of a chunk, if there is one.
 *
 * @throws PipelineConfigError for a result of another major version; SyntaxError when it is no JSON
 * @example
 * const keys = batchKeys(chunk.batchId, locations);
 * const done = (await readCommitted(store, keys.result(chunk.index), run)) !== undefined;
 */
export const readCommitted = async (
  store: ObjectStore,
  result: ObjectRef,
  run: RunContext,
): Promise<ChunkResult | undefined> => {
  try {
    return checkFormat('result', await readJson<ChunkResult>(store, result, { signal: run.signal }));
  } catch (error) {
    if (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND') return undefined;
    throw error;
  }
};

/**
 * Commits a chunk's result: one small conditional write decides which attempt counts. Answers the result that counts,
 * which is another attempt's when that one came first.
 *
 * @throws PipelineStorageError `STORAGE_MISMATCH` when a result exists that cannot be found again
 * @example
 * const target = batchKeys(chunk.batchId, locations).result(chunk.index);
 * const winner = await commitChunk(store, target, result, run);
 * if (winner.attempt !== run.attempt) console.log(`attempt ${winner.attempt} was faster`);
 */
export const commitChunk = async (
  store: ObjectStore,
  target: ObjectRef,
  result: ChunkResult,
  run: RunContext,
): Promise<ChunkResult> => {
  if ((await writeJson(store, target, result, { ifAbsent: true, signal: run.signal })) !== undefined) return result;
  const winner = await readCommitted(store, target, run);
  if (winner === undefined)
    throw new PipelineStorageError('STORAGE_MISMATCH', {
      operation: 'commit',
      object: formatRef(target),
      reason: 'it exists and cannot be read',
    });
  return winner;
};
