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
  /** Saves what is held; answers the names of all segments, in order. */
  flush(): Promise<readonly string[]>;
  /** Joins all segments to the plan; they stay, since an interrupted split may have to join them again. */
  close(): Promise<ObjectRef>;
  /** Deletes the segments, once the manifest is written. */
  clean(): Promise<void>;
}

const segmentBytes = 4 * 1024 * 1024;

export const createPlanWriter = (
  store: ObjectStore,
  keys: BatchKeys,
  segmentsBefore: readonly string[],
  run: RunContext,
): PlanWriter => {
  const segments = [...segmentsBefore];
  let firstIndex = 0;
  let lines: string[] = [];
  let held = 0;
  const contentType = 'application/x-ndjson';

  const flush = async (): Promise<readonly string[]> => {
    if (lines.length > 0) {
      // Named by where it begins and who wrote it: a zombie beside its own retry can never write the retry's segments.
      const name = `${String(firstIndex).padStart(7, '0')}.${run.attempt}`;
      // Without the run's signal: this also saves the cursor after the deadline has struck.
      await store.write(keys.planSegment(name), Buffer.from(lines.join('')), { contentType });
      segments.push(name);
      lines = [];
      held = 0;
    }
    return [...segments];
  };

  return {
    async add(entry) {
      if (lines.length === 0) firstIndex = entry.index;
      const line = `${JSON.stringify(entry)}\n`;
      lines.push(line);
      held += line.length;
      if (held >= segmentBytes) await flush();
    },
    flush,
    async close() {
      const writer = openWriter(store, keys.chunks, { contentType, signal: run.signal });
      try {
        for (const name of segments) {
          for await (const bytes of store.read(keys.planSegment(name), { signal: run.signal }))
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
      await store.deleteMany(segments.map((name) => keys.planSegment(name)));
    },
  };
};
