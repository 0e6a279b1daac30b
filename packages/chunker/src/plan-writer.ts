import {
  type BatchKeys,
  type ChunkEntry,
  type ObjectRef,
  type ObjectStore,
  openWriter,
  type RunContext,
} from '@pipeline/core';

/** Writes `chunks.jsonl` in constant memory, in segments that survive an interrupted split. */
export interface PlanWriter {
  add(entry: ChunkEntry): Promise<void>;
  /** Saves what is held; answers how many segments there are. */
  flush(): Promise<number>;
  /** Joins all segments to the plan; they stay, since an interrupted split may have to join them again. */
  close(): Promise<ObjectRef>;
  /** Deletes the segments, once the manifest is written. */
  clean(): Promise<void>;
}

const segmentBytes = 4 * 1024 * 1024;

export const createPlanWriter = (
  store: ObjectStore,
  keys: BatchKeys,
  segmentsBefore: number,
  run: RunContext,
): PlanWriter => {
  let segments = segmentsBefore;
  let lines: string[] = [];
  let held = 0;
  const contentType = 'application/x-ndjson';

  const flush = async (): Promise<number> => {
    if (lines.length > 0) {
      // Without the run's signal: this also saves the cursor after the deadline has struck.
      await store.write(keys.planSegment(segments), Buffer.from(lines.join('')), { contentType });
      segments++;
      lines = [];
      held = 0;
    }
    return segments;
  };

  return {
    async add(entry) {
      const line = `${JSON.stringify(entry)}\n`;
      lines.push(line);
      held += line.length;
      if (held >= segmentBytes) await flush();
    },
    flush,
    async close() {
      const writer = openWriter(store, keys.chunks, { contentType, signal: run.signal });
      try {
        for (let segment = 0; segment < segments; segment++) {
          for await (const bytes of store.read(keys.planSegment(segment), { signal: run.signal }))
            await writer.write(bytes);
        }
        await writer.write(Buffer.from(lines.join('')));
        const plan = await writer.close(0);
        return plan!.object;
      } catch (error) {
        await writer.abort();
        throw error;
      }
    },
    async clean() {
      if (segments > 0)
        await store.deleteMany(Array.from({ length: segments }, (_, segment) => keys.planSegment(segment)));
    },
  };
};
