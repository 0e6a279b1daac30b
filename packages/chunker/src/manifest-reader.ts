import {
  type ChunkEntry,
  type ChunkManifest,
  type ChunkRef,
  chunkRef,
  formatVersion,
  type ManifestFile,
  type ObjectRef,
  type ObjectStore,
  PipelineConfigError,
  PipelineError,
  type RunContext,
  readJson,
  readJsonLines,
} from '@pipeline/core';

/**
 * Opens a written manifest; its chunks stream from `chunks.jsonl` as often as they are iterated.
 *
 * @throws PipelineSourceError `SOURCE_NOT_FOUND`; PipelineConfigError when its format is of another major version
 */
export const openManifest = async (store: ObjectStore, object: ObjectRef, run: RunContext): Promise<ChunkManifest> => {
  const file = await readJson<ManifestFile>(store, object, { signal: run.signal });
  if (majorOf(file.formatVersion) !== majorOf(formatVersion))
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'manifest.formatVersion',
      expected: `${majorOf(formatVersion)}.x`,
      got: file.formatVersion,
    });
  const { chunks: plan, ...rest } = file;
  const chunks = {
    async *[Symbol.asyncIterator](): AsyncGenerator<ChunkRef> {
      for await (const entry of readJsonLines<ChunkEntry>(store, plan, { signal: run.signal }))
        yield chunkRef(file, entry);
    },
  };
  return { ...rest, chunks, object, plan };
};

/** The manifest, or `undefined` when none was written yet. */
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

const majorOf = (version: string): string => version.split('.')[0]!;
