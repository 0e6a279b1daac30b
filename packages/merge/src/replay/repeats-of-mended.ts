import {
  type ChunkManifest,
  type ChunkResult,
  keyEntryBytes,
  PipelineConfigError,
  type UniqueKeys,
  type UniqueRule,
} from '@pipeline/core';
import { committedRejects } from '../committed-rejects.ts';
import { committedResults } from '../committed-results.ts';
import { type ChunkKeys, keySlices } from '../unique/key-slices.ts';
import { planPartitions } from '../unique/plan-partitions.ts';
import { repeatedError } from '../unique/resolve-unique.ts';
import { type MendedKeys, type MendedWork, mendedKeys } from './mended-keys.ts';
import type { MendedRows } from './mended-rows.ts';

/** That a mended row repeats another one under a rule. */
export interface MendedRepeat {
  readonly rule: UniqueRule;
  /** Data row that it repeats, from 1. */
  readonly first: number;
}

/** By the data row of the mended one, from 1. */
export type MendedRepeats = ReadonlyMap<number, readonly MendedRepeat[]>;

/** Under which name a replay keeps the keys of the rows that it brings in, beside those of the first processing. */
export const replayedKeys = ({ name }: UniqueRule, revision: number): string => `${name}|r${revision}`;

/**
 * Compares the keys of mended rows with those of the rows in the output, which stay, and with each other, of which the first
 * in the order of the file stays. The keys of the whole batch are read once for each rule, whatever the number of rows.
 *
 * @throws PipelineRejectLimitError `ROWS_REPEATED` for a rule of `fail`; PipelineConfigError `CONFIG_INVALID` when the
 * workers gathered no such keys
 */
export const repeatsOfMended = async (
  manifest: ChunkManifest,
  mended: MendedRows,
  chunks: readonly number[],
  unique: readonly UniqueRule[],
  work: MendedWork & { readonly memoryBytes: number },
): Promise<MendedRepeats> => {
  const rules = unique.filter(({ onDuplicate }) => onDuplicate !== 'warn');
  const repeats = new Map<number, MendedRepeat[]>();
  if (rules.length === 0) return repeats;
  for (const keys of await mendedKeys(manifest, mended, chunks, rules, work)) {
    const { rule, rows } = keys;
    const taken = rows.length === 0 ? new Map<number, number>() : await takenBy(manifest, keys, work);
    let count = 0;
    let earliest: { readonly row: number; readonly first: number } | undefined;
    for (const { row, first } of rows) {
      const other = taken.get(first) ?? (first === row ? undefined : first);
      if (other === undefined) continue;
      repeats.set(row, [...(repeats.get(row) ?? []), { rule, first: other }]);
      count++;
      if (earliest === undefined || row < earliest.row) earliest = { row, first: other };
    }
    if (rule.onDuplicate === 'fail' && earliest !== undefined) throw repeatedError(rule, count, earliest);
  }
  return repeats;
};

interface KeptChunk extends ChunkKeys {
  readonly result: Pick<ChunkResult, 'index' | 'rejects'>;
}

/** Rows of the output that have the key of a mended one, by the first mended row of that key. */
const takenBy = async (
  manifest: ChunkManifest,
  { rule, firsts }: MendedKeys,
  work: MendedWork & { readonly memoryBytes: number },
): Promise<ReadonlyMap<number, number>> => {
  const chunks = await keysOfBatch(manifest, rule, work);
  const taken = new Map<number, number>();
  let chunk: KeptChunk | undefined;
  /** Rows of the chunk at hand, and the first mended row of their key. */
  let hits = new Map<number, number>();

  /** What is rejected now is not in the output, though it has a key. */
  const settle = async (): Promise<void> => {
    if (chunk === undefined || hits.size === 0) return;
    const shift = manifest.planMode === 'sampled' ? chunk.firstRow - 1 : 0;
    for await (const { rowNumber } of committedRejects(chunk, chunk.result as ChunkResult, work))
      hits.delete(rowNumber + shift);
    for (const [row, first] of hits) taken.set(first, Math.min(row, taken.get(first) ?? row));
    hits = new Map();
  };
  const plan = { ...planPartitions(1, work.memoryBytes), bits: 0 };
  for await (const { chunk: next, bytes } of keySlices(chunks, 0, plan, work)) {
    if (next.index !== chunk?.index) await settle();
    chunk = next as KeptChunk;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += keyEntryBytes) {
      const words = [0, 4, 8, 12].map((step) => view.getUint32(at + step, true)) as [number, number, number, number];
      const first = firsts.find(...words);
      if (first !== undefined) hits.set(next.firstRow + view.getUint32(at + 16, true), first);
    }
  }
  await settle();
  return taken;
};

/** Where the keys of every chunk lie: those of its first processing, and of the rows that replays brought in. */
const keysOfBatch = async (
  manifest: ChunkManifest,
  rule: UniqueRule,
  work: MendedWork,
): Promise<readonly KeptChunk[]> => {
  const all: KeptChunk[] = [];
  let firstRow = 1;
  for await (const { index, rejects, rowsRead, sidecars, sidecarObjects = {} } of committedResults(manifest, work)) {
    const result = { index, ...(rejects === undefined ? {} : { rejects }) };
    if (sidecars[rule.name] === undefined)
      fail('rules by which the workers gather keys, too', JSON.stringify(rule.name));
    for (const [name, value] of Object.entries(sidecars)) {
      if (name !== rule.name && !name.startsWith(`${rule.name}|r`)) continue;
      const { means, keys } = value as UniqueKeys;
      if (means !== rule.means)
        fail(`the rule ${JSON.stringify(rule.name)} of the workers`, `another (chunk ${index})`);
      const object = sidecarObjects[name];
      if (object !== undefined) all.push({ index, firstRow, keys, object, result });
    }
    firstRow += rowsRead;
  }
  return all;
};

const fail = (expected: string, got: string): never => {
  throw new PipelineConfigError('CONFIG_INVALID', { option: 'unique', expected, got });
};
