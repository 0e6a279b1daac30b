import {
  type ChunkEntry,
  type ChunkManifest,
  type ChunkRef,
  checkFormat,
  chunkRef,
  type ManifestFile,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  type RunContext,
  readJson,
  readJsonLines,
} from '@pipeline/core';

/**
 * Opens a written manifest; its chunks stream from `chunks.jsonl` as often as they are iterated.
 *
 * @throws PipelineSourceError `SOURCE_NOT_FOUND`; PipelineConfigError when its format is of another major version
 * @example
 * const manifest = await openManifest(store, batchKeys(batchId, locations).manifest, run);
 * for await (const chunk of manifest.chunks) console.log(chunk.index, chunk.rowCount);
 */
export const openManifest = async (store: ObjectStore, object: ObjectRef, run: RunContext): Promise<ChunkManifest> => {
  const file = checkFormat('manifest', await readJson<ManifestFile>(store, object, { signal: run.signal }));
  const { chunks: plan, ...rest } = file;
  const chunks = {
    async *[Symbol.asyncIterator](): AsyncGenerator<ChunkRef> {
      for await (const entry of readJsonLines<ChunkEntry>(store, plan, { signal: run.signal }))
        yield chunkRef(file, entry);
    },
  };
  return { ...rest, chunks, object, plan };
};

/**
 * The manifest, or `undefined` when none was written yet.
 *
 * @throws PipelineConfigError when its format is of another major version
 * @example
 * const planned = await readManifest(store, batchKeys(batchId, locations).manifest, run);
 * console.log(planned === undefined ? 'not split yet' : `${planned.chunkCount} chunks`);
 */
export const readManifest = async (
  store: ObjectStore,
  object: ObjectRef,
  run: RunContext,
): Promise<ChunkManifest | undefined> => {
  try {
    return await openManifest(store, object, run);
  } catch (error) {
    if (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND') return undefined;
    throw error;
  }
};
