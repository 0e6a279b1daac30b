import type { ChunkRef } from './manifest.ts';
import type { ChunkResult } from './result.ts';
import type { RowBatch } from './rows.ts';

/** Gathers something about one chunk, batch by batch. */
export interface SidecarOfChunk<Value> {
  /** Called with every batch as it is written, after all stages. */
  add(batch: RowBatch<unknown>): void;
  /** The value that is committed with the chunk: small, and JSON. */
  finish(): Value;
  /**
   * What is too large for the result: pieces of an object that is written beside the chunk's output and named in
   * `ChunkResult.sidecarObjects`. Called once, after the last batch; `undefined` writes nothing.
   */
  object?(): Iterable<Uint8Array> | undefined;
}

/** A column as stages know it, and as it is called in the output. */
export interface WrittenColumn {
  readonly from: string;
  readonly to: string;
}

/** What the output of a chunk will be. */
export interface WrittenAs {
  /** Its columns, in order: without those that stages drop. */
  readonly columns: readonly WrittenColumn[];
}

/**
 * Gathers what spans chunks (statistics, keys, lineage) beside the rows: once per chunk into `ChunkResult.sidecars[name]`,
 * which a reducer of the same name folds over the whole batch at the resolve barrier.
 *
 * @example
 * const longest: SidecarCollector<number> = {
 *   name: 'longest',
 *   start: () => {
 *     let bytes = 0;
 *     return {
 *       add: ({ records, positions }) => {
 *         for (const position of positions) bytes = Math.max(bytes, records.bytes(position).length);
 *       },
 *       finish: () => bytes,
 *     };
 *   },
 * };
 */
export interface SidecarCollector<Value = unknown> {
  /** Unique within a pipeline; `issues` is taken. */
  readonly name: string;
  /** Begins anew for each chunk, so that a chunk that is tried again counts once. */
  start(chunk: ChunkRef, written?: WrittenAs): SidecarOfChunk<Value>;
}

/** Folds one sidecar over all chunks, in order, into a value of bounded size. */
export interface SidecarReducer<Value = unknown, Sum = unknown, Told = unknown> {
  /** That of the collector whose values it folds. */
  readonly name: string;
  /** The sum before the first chunk. */
  initial(): Sum;
  /** The sum with one more chunk; may change `sum` in place. */
  add(sum: Sum, value: Value, result: ChunkResult): Sum;
  /** What the report says of the sum of all chunks. @default the sum itself */
  finish?(sum: Sum): Told;
}
