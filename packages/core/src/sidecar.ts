import type { ChunkRef } from './manifest.ts';
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
  start(chunk: ChunkRef): SidecarOfChunk<Value>;
}
