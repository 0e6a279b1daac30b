import type { ChunkResult, ColumnProfile, RowBatch, SidecarCollector, SidecarReducer } from '@pipeline/core';
import { emptySketch, mergeSketches, narrowSketch, profileOf } from './column-sketch.ts';
import {
  type ColumnProfilesOptions,
  checkProfileOptions,
  createProfiler,
  type FieldQuotes,
  type ProfileSketch,
} from './profile-batches.ts';
import { detailOf } from './sketch-detail.ts';

/** A quote of one byte can be looked for among bytes. */
const quotesOf = (dialect: { readonly quote: string; readonly escape?: string; readonly delimiter: string }) => {
  const { quote, escape: mark = quote, delimiter } = dialect;
  if (quote.length > 1 || delimiter.length > 1 || !/^[\0-\x7f]?$/.test(quote)) return undefined;
  return { quote: quote === '' ? -1 : quote.charCodeAt(0), doubled: mark === quote } satisfies FieldQuotes;
};

/**
 * Gathers what the columns of a chunk hold, in constant size, as the sidecar `columns`: of all rows that the stages
 * passed, the columns of the output, values as they are written. `profileReducer` makes profiles of it at the resolve barrier.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * const handler = createProcessHandler({ stage: order, store, locations, sidecars: [columnProfiles({ values: 'hide' })] });
 */
export const columnProfiles = (options: ColumnProfilesOptions = {}): SidecarCollector<ProfileSketch> => {
  checkProfileOptions(options);
  return {
    name: 'columns',
    start: ({ source }, written) => {
      const profiler = createProfiler(options, { quotes: quotesOf(source.dialect), written: written?.columns });
      return { add: profiler.add, finish: () => narrowed(profiler.sketch()) };
    },
  };
};

/** Each column has the less room the more there are. */
const narrowed = (sketch: ProfileSketch): ProfileSketch => {
  const detail = detailOf(sketch.columns.length);
  return { ...sketch, columns: sketch.columns.map((column) => narrowSketch(column, detail)) };
};

/**
 * Joins what two parts of a file say of its columns.
 *
 * @example
 * const profiles = profilesOf(mergeProfiles(first, second));
 */
export const mergeProfiles = (a: ProfileSketch, b: ProfileSketch): ProfileSketch => {
  const hidden = a.hidden || b.hidden;
  const names = new Set([...a.columns, ...b.columns].map(({ name }) => name));
  const partOf = (part: ProfileSketch, name: string) =>
    part.columns.find((column) => column.name === name) ?? emptySketch(name, part.rows, hidden);
  return narrowed({
    rows: a.rows + b.rows,
    hidden,
    columns: [...names].map((name) => mergeSketches(partOf(a, name), partOf(b, name))),
  });
};

/**
 * What people are told of the columns.
 *
 * @example
 * for (const { name, distinct } of profilesOf(sketch)) console.log(name, distinct);
 */
export const profilesOf = (sketch: ProfileSketch): readonly ColumnProfile[] => sketch.columns.map(profileOf);

/** Folds the sidecars of `columnProfiles` into the profiles of the batch, which stand in its report under `resolved.columns`. */
export const profileReducer: SidecarReducer<ProfileSketch, ProfileSketch, readonly ColumnProfile[]> = {
  name: 'columns',
  initial: () => ({ rows: 0, hidden: false, columns: [] }),
  add: (sum: ProfileSketch, value: ProfileSketch, _: ChunkResult) =>
    sum.rows === 0 ? value : value.rows === 0 ? sum : mergeProfiles(sum, value),
  finish: profilesOf,
};

/**
 * Profiles of rows that are at hand: of a sample, or of a whole file in constant memory.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`; what `rows` throws
 * @example
 * const profiles = await profileRows(readObjectRows(object, { store }));
 */
export const profileRows = async (
  rows: AsyncIterable<RowBatch<unknown>>,
  options: ColumnProfilesOptions = {},
): Promise<readonly ColumnProfile[]> => {
  checkProfileOptions(options);
  const profiler = createProfiler(options);
  for await (const batch of rows) profiler.add(batch);
  return profilesOf(profiler.sketch());
};
