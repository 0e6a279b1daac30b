import { type SplitCursor, type SplitOptions, split } from '@pipeline/chunker';
import { type ChunkEntry, type ObjectStore, PipelineError, readJsonLines } from '@pipeline/core';
import { createHandler, type HandlerOptions, type PipelineHandler } from './create-handler.ts';
import type { PipelineLocations } from './locations.ts';
import { splitSchema } from './schemas.ts';
import type { SplitInput, SplitOutput } from './state.ts';

/** Where the batches lie, and what every split keeps to. */
export interface SplitHandlerOptions extends HandlerOptions, Pick<SplitOptions, 'limits' | 'materialize' | 'columns'> {
  /** Where the batches lie. */
  readonly store: ObjectStore;
  /** Where everything has its place; `oneBucket` gives the usual layout. */
  readonly locations: PipelineLocations;
}

/**
 * The splitter. When time runs short it answers `{ done: false, cursor }`, and the state machine calls it again.
 *
 * @throws from a call: PipelineConfigError `EVENT_INVALID`, PipelineConfigError `CONFIG_INVALID`;
 * PipelineSourceError as `split` does; PipelineDeadlineError `DEADLINE` when time ended before the first chunk
 * @example
 * export const handler = createSplitHandler({ store, locations, columns: { required: ['uuid', 'Country'] } });
 */
export const createSplitHandler = (options: SplitHandlerOptions): PipelineHandler<SplitInput, SplitOutput> => {
  const { store, locations, limits, materialize, columns } = options;
  return createHandler<SplitInput, SplitOutput>(
    {
      name: 'split',
      schema: splitSchema,
      work: async ({ source, settings, cursor }, run) => {
        const { delimiter, chunkRows, chunkBytes } = settings;
        try {
          const manifest = await split(source, {
            store,
            locations,
            run,
            ...(limits === undefined ? {} : { limits }),
            ...(materialize === undefined ? {} : { materialize }),
            ...(columns === undefined ? {} : { columns }),
            ...(delimiter === undefined ? {} : { dialect: { delimiter } }),
            ...(chunkRows === undefined ? {} : { chunkRows }),
            ...(chunkBytes === undefined ? {} : { chunkBytes }),
            ...(cursor === undefined || cursor === null ? {} : { resume: cursor }),
          });
          const { object, plan, chunkCount, rowCount } = manifest;
          const emptyChunk = rowCount === 0 ? await firstEntry(store, plan, run.signal) : null;
          return { done: true, cursor: null, manifest: object, chunks: plan, chunkCount, rowCount, emptyChunk };
        } catch (error) {
          const resume =
            PipelineError.is(error) && error.code === 'DEADLINE'
              ? (error.details.cursor as SplitCursor | undefined)
              : undefined;
          if (resume === undefined) throw error;
          return {
            done: false,
            cursor: resume,
            manifest: null,
            chunks: null,
            chunkCount: resume.nextIndex,
            rowCount: resume.nextRow - 1,
            emptyChunk: null,
          };
        }
      },
    },
    options,
  );
};

const firstEntry = async (
  store: ObjectStore,
  plan: Parameters<ObjectStore['head']>[0],
  signal: AbortSignal,
): Promise<ChunkEntry | null> => {
  for await (const entry of readJsonLines<ChunkEntry>(store, plan, { signal })) return entry;
  return null;
};
