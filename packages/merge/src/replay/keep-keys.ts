import { type ChunkRef, openWriter, type RowBatch, type SidecarObject, type UniqueRule } from '@pipeline/core';
import { replayedKeys } from './repeats-of-mended.ts';
import type { ReplayWork } from './replay-chunk.ts';

/** What a replayed chunk says of the keys of the rows that came in. */
export interface KeptKeys {
  readonly sidecars: Readonly<Record<string, unknown>>;
  readonly sidecarObjects: Readonly<Record<string, SidecarObject>>;
}

/** Gathers the keys of the rows that a replay brings into a chunk, so that the next one compares with them, too. */
export const createKeyKeeper = (
  chunk: ChunkRef,
  { unique, keys, store, run, revision }: Pick<ReplayWork, 'unique' | 'keys' | 'store' | 'run' | 'revision'>,
  attempt: string,
): { add(batch: RowBatch<unknown>): void; write(): Promise<KeptKeys> } => {
  const gatherers = unique.map((rule: UniqueRule) => ({ name: replayedKeys(rule, revision), of: rule.start(chunk) }));
  return {
    add(batch) {
      for (const { of } of gatherers) of.add(batch);
    },
    async write() {
      const sidecars: Record<string, unknown> = {};
      const sidecarObjects: Record<string, SidecarObject> = {};
      for (const { name, of } of gatherers) {
        const gathered = of.finish();
        const pieces = of.object?.();
        if (pieces === undefined) continue;
        const target = keys.sidecarPart(chunk.index, attempt, name);
        const writer = openWriter(store, target, { contentType: 'application/octet-stream', signal: run.signal });
        try {
          for (const piece of pieces) await writer.write(piece);
          const { object, bytes, crc32 } = (await writer.close(0))!;
          sidecars[name] = gathered;
          sidecarObjects[name] = { object, bytes, crc32 };
        } catch (error) {
          await writer.abort();
          throw error;
        }
      }
      return { sidecars, sidecarObjects };
    },
  };
};
