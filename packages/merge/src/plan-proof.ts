import type { ChunkManifest, ChunkResult } from '@pipeline/core';

/**
 * Why a result does not prove its part of a sampled plan: what was going on where the chunk ended. `undefined` where it
 * ended with a record, and for every result of a plan that was counted.
 *
 * The first chunk begins with a record; so if every chunk ends with one, every chunk begins with one.
 *
 * @example
 * for await (const result of committedResults(manifest, { store, locations, run }))
 *   console.log(result.index, disproofOf(manifest, result) ?? 'proven');
 */
export const disproofOf = (
  manifest: Pick<ChunkManifest, 'planMode'>,
  { planProof, bytesRead }: Pick<ChunkResult, 'planProof' | 'bytesRead'>,
): string | undefined => {
  // The only chunk of a file without rows has no bytes, and ends where it begins.
  if (manifest.planMode !== 'sampled' || planProof?.endsRecord === true || bytesRead === 0) return undefined;
  return planProof === undefined ? 'no proof was given' : (planProof.state ?? 'it did not end with a record');
};
