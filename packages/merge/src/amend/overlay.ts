import {
  type AmendedChunk,
  type Amendment,
  batchKeys,
  type ChunkManifest,
  type ObjectRef,
  PipelineMergeError,
  readJsonLines,
} from '@pipeline/core';
import type { CommittedResultsOptions } from '../committed-results.ts';
import { readAmendment } from './amendment.ts';

/** Says which result of a chunk counts: its own, or that of the last amendment that names it. */
export interface Overlay {
  /** Asked for every chunk, in the order of the plan. */
  resultOf(index: number): Promise<ObjectRef>;
  /** Fails when an amendment names a chunk that was not asked for. */
  finish(): Promise<void>;
  /** Ends the reading. Safe to call at any time. */
  close(): Promise<void>;
}

/** The chunks of one amendment, as a list that is read in step with the plan. */
interface Layer {
  readonly amendment: Amendment;
  /** The next chunk that it amends; `undefined` behind the last one. */
  next: number | undefined;
  pull(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the amendments of revisions 1 to `revision`. Their lists are as long as there are chunks, so they are read as streams.
 *
 * @throws PipelineMergeError `MERGE_MISMATCH`; from `resultOf` and `finish` too
 */
export const openOverlay = async (
  manifest: ChunkManifest,
  revision: number,
  where: Pick<CommittedResultsOptions, 'store' | 'locations' | 'run'>,
): Promise<Overlay> => {
  const { store, locations, run } = where;
  const keys = batchKeys(manifest.batchId, locations, manifest.planNumber);
  const revisions = Array.from({ length: revision }, (_, index) => index + 1);
  const amendments = await Promise.all(revisions.map((one) => readAmendment(manifest, one, where)));
  // The last one that names a chunk counts, so it is asked first.
  const layers = amendments
    .filter((amendment) => amendment !== undefined)
    .filter(({ chunkCount }) => chunkCount > 0)
    .reverse()
    .map((amendment) =>
      layerOf(amendment, readJsonLines<AmendedChunk>(store, amendment.chunks, { signal: run.signal })),
    );
  let opened = false;

  return {
    async resultOf(index) {
      if (!opened) await Promise.all(layers.map((layer) => layer.pull()));
      opened = true;
      let found: ObjectRef | undefined;
      for (const layer of layers) {
        const { amendment, next } = layer;
        if (next === undefined || next > index) continue;
        if (next < index) throw mismatch(amendment, `names chunk ${next}, which the plan does not have there`);
        found ??= keys.amendedResult(amendment.revision, amendment.name, index);
        await layer.pull();
      }
      return found ?? keys.result(index);
    },
    async finish() {
      for (const { amendment, next } of layers)
        if (next !== undefined) throw mismatch(amendment, `names chunk ${next}, which the plan does not have`);
    },
    async close() {
      await Promise.all(layers.map((layer) => layer.close()));
    },
  };
};

const layerOf = (amendment: Amendment, chunks: AsyncGenerator<AmendedChunk>): Layer => {
  let seen = 0;
  const layer: Layer = {
    amendment,
    next: undefined,
    async pull() {
      const { done, value } = await chunks.next();
      if (done === true) {
        layer.next = undefined;
        if (seen !== amendment.chunkCount)
          throw mismatch(amendment, `names ${seen} chunks, it has ${amendment.chunkCount}`);
        return;
      }
      if (layer.next !== undefined && value.index <= layer.next)
        throw mismatch(amendment, `names chunk ${value.index} behind ${layer.next}`);
      seen++;
      layer.next = value.index;
    },
    close: async () => {
      await chunks.return(undefined);
    },
  };
  return layer;
};

const mismatch = ({ revision }: Amendment, reason: string): PipelineMergeError =>
  new PipelineMergeError('MERGE_MISMATCH', { reason: `the amendment of revision ${revision} ${reason}` });
