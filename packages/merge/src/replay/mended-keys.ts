import type { BatchLocations, ObjectStore, RunContext } from '@pipeline/core';
import {
  type ChunkManifest,
  type CsvRecord,
  keyEntryBytes,
  keyIndexBits,
  type Stage,
  type UniqueRule,
} from '@pipeline/core';
import { committedRejects } from '../committed-rejects.ts';
import { createFirstRows, type FirstRows } from '../unique/first-rows.ts';
import { eachMendedChunk } from './each-chunk.ts';
import { matchRows } from './match-rows.ts';
import { mendedBatches } from './mended-batches.ts';
import type { MendedRows } from './mended-rows.ts';

/** The keys of mended rows under one rule: of those that pass the stages now. */
export interface MendedKeys {
  readonly rule: UniqueRule;
  /** By the first mended row that has a key. */
  readonly firsts: FirstRows;
  /** Every mended row and the first one that has its key, as data rows of the source. */
  readonly rows: readonly { readonly row: number; readonly first: number }[];
}

/** What is needed to run mended rows through the stages. */
export interface MendedWork {
  readonly store: ObjectStore;
  readonly locations: BatchLocations;
  readonly run: RunContext;
  readonly stage: Stage<CsvRecord, unknown>;
  readonly batchRows: number;
  readonly sameDialect: boolean;
}

/**
 * Runs mended rows through the stages for their keys alone: whether a row repeats one that stands behind it is not known
 * before all of them were seen. Takes some 100 bytes of memory for each mended row and rule.
 */
export const mendedKeys = async (
  manifest: ChunkManifest,
  mended: MendedRows,
  chunks: readonly number[],
  rules: readonly UniqueRule[],
  work: MendedWork,
): Promise<readonly MendedKeys[]> => {
  const found = rules.map((rule) => ({
    rule,
    firsts: createFirstRows(),
    rows: [] as { readonly row: number; readonly first: number }[],
  }));
  await eachMendedChunk(
    manifest,
    mended,
    chunks,
    async ({ chunk, result, mended: own, rowsBefore, firstRow }) => {
      const gatherers = rules.map((rule) => rule.start(chunk));
      const matched = matchRows(committedRejects(chunk, result, work), own, rowsBefore);
      for await (const batch of work.stage(
        mendedBatches(matched, chunk.source, work, () => {}),
        work.run,
      ))
        for (const gather of gatherers) gather.add(batch);
      for (const [place, gather] of gatherers.entries()) {
        const { keys } = gather.finish();
        const { firsts, rows } = found[place]!;
        for (const [a, b, c, d, row] of entriesOf(Buffer.concat([...(gather.object?.() ?? [])]), keys))
          rows.push({ row: firstRow + row, first: firsts.firstOf(a, b, c, d, firstRow + row) ?? firstRow + row });
      }
    },
    work,
  );
  return found;
};

/** The entries of an object of keys: four numbers of hash, and the row in the chunk. */
function* entriesOf(object: Buffer, keys: number): Generator<readonly [number, number, number, number, number]> {
  let at = keys === 0 ? 0 : 4 * 2 ** keyIndexBits(keys);
  for (; at < object.length; at += keyEntryBytes)
    yield [0, 4, 8, 12, 16].map((step) => object.readUInt32LE(at + step)) as [number, number, number, number, number];
}
