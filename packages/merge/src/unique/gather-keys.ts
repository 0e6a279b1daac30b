import { type ChunkResult, PipelineConfigError, type UniqueKeys, type UniqueRule } from '@pipeline/core';
import type { ChunkKeys } from './key-slices.ts';

/** The keys of one rule over all chunks. */
export interface KeysOfRule {
  readonly rule: UniqueRule;
  /** In the order of the plan. */
  readonly chunks: readonly ChunkKeys[];
  readonly keys: number;
  readonly skipped: number;
}

/**
 * Finds the keys that the workers gathered, rule by rule, and the data row that each chunk begins with.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when they gathered none, or others
 */
export const gatherKeys = async (
  results: AsyncIterable<ChunkResult>,
  rules: readonly UniqueRule[],
): Promise<readonly KeysOfRule[]> => {
  const all = rules.map((rule) => ({ rule, chunks: [] as ChunkKeys[], keys: 0, skipped: 0 }));
  const twice = rules.find(({ name }, at) => rules.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined) fail('rules with names of their own', JSON.stringify(twice.name));
  let firstRow = 1;
  for await (const result of results) {
    for (const of of all) {
      const { name, means } = of.rule;
      const sidecar = result.sidecars[name] as UniqueKeys | undefined;
      if (sidecar === undefined) fail(`rules by which the workers gather keys, too`, JSON.stringify(name));
      else if (sidecar.means !== means)
        fail(`the rule ${JSON.stringify(name)} of the workers`, `another (chunk ${result.index})`);
      else {
        const object = result.sidecarObjects?.[name];
        of.keys += sidecar.keys;
        of.skipped += sidecar.skipped;
        if (object !== undefined) of.chunks.push({ index: result.index, firstRow, keys: sidecar.keys, object });
      }
    }
    firstRow += result.rowsRead;
  }
  return all;
};

const fail = (expected: string, got: string): never => {
  throw new PipelineConfigError('CONFIG_INVALID', { option: 'unique', expected, got });
};
