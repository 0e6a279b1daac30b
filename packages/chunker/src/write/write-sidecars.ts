import {
  openWriter,
  PipelineConfigError,
  type RunContext,
  type SidecarObject,
  type SidecarOfChunk,
} from '@pipeline/core';
import type { WriteRowsOptions } from './write-rows.ts';

/** A collector at work on a chunk. */
export interface Collecting {
  readonly name: string;
  readonly gather: SidecarOfChunk<unknown>;
}

/**
 * Writes the objects of those collectors that have one. What was written stays where a later one fails, as an output does
 * whose chunk is never committed: no result names it.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when there is no place for them
 */
export const writeSidecars = async (
  collecting: readonly Collecting[],
  { store, sidecarObject }: Pick<WriteRowsOptions, 'store' | 'sidecarObject'>,
  { signal }: RunContext,
): Promise<Record<string, SidecarObject>> => {
  const written: Record<string, SidecarObject> = {};
  for (const { name, gather } of collecting) {
    const pieces = gather.object?.();
    if (pieces === undefined) continue;
    if (sidecarObject === undefined)
      throw new PipelineConfigError('CONFIG_INVALID', {
        option: 'sidecarObject',
        expected: `a place for the object of ${JSON.stringify(name)}`,
        got: 'none',
      });
    const writer = openWriter(store, sidecarObject(name), { contentType: 'application/octet-stream', signal });
    try {
      for (const piece of pieces) await writer.write(piece);
      const { object, bytes, crc32 } = (await writer.close(0))!;
      written[name] = { object, bytes, crc32 };
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }
  return written;
};
