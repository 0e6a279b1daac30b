import type { LogLine } from '../../lambda/index.ts';

/** What the workers said of one batch. */
export interface ChunkCounts {
  /** Of committed chunks. */
  readonly rowsRead: number;
  /** Of committed chunks. */
  readonly rowsRejected: number;
  /** Committed chunks. */
  readonly committed: ReadonlySet<number>;
  /** How often each chunk was begun. */
  readonly started: ReadonlyMap<number, number>;
}

/** Counts rows by the lines that workers log, which costs no call. */
export interface ChunkBook {
  /** Takes a log line in; one that is of no worker changes nothing. */
  note(line: LogLine): void;
  /** The counts of a batch so far. */
  of(batchId: string): ChunkCounts;
  /** Frees what is known of a batch. */
  forget(batchId: string): void;
}

interface OpenCounts extends ChunkCounts {
  rowsRead: number;
  rowsRejected: number;
  readonly committed: Set<number>;
  readonly started: Map<number, number>;
}

interface ChunkLine {
  readonly message?: string;
  readonly batchId?: string;
  readonly chunk?: number;
  readonly rowsRead?: number;
  readonly rowsRejected?: number;
}

const read = (line: string): ChunkLine => {
  try {
    return JSON.parse(line) as ChunkLine;
  } catch {
    return {}; // a line of somebody else
  }
};

/**
 * Makes an empty book; hand its `note` to the stack as `onLog`.
 *
 * @example
 * const chunks = createChunkBook();
 * const stack = await startLocalStack(app, { onLog: chunks.note });
 * const { rowsRead } = chunks.of(batchId);
 */
export const createChunkBook = (): ChunkBook => {
  const batches = new Map<string, OpenCounts>();
  const open = (batchId: string): OpenCounts => {
    const found = batches.get(batchId) ?? { rowsRead: 0, rowsRejected: 0, committed: new Set(), started: new Map() };
    batches.set(batchId, found);
    return found;
  };
  return {
    note({ line }) {
      if (!line.includes('"message":"chunk.') && !line.includes('"message":"plan.disproved"')) return;
      const { message, batchId, chunk, rowsRead = 0, rowsRejected = 0 } = read(line);
      if (batchId === undefined || chunk === undefined) return;
      // Chunks of the plan that takes its place are counted anew.
      if (message === 'plan.disproved') return void batches.delete(batchId);
      const counts = open(batchId);
      if (message === 'chunk.started') counts.started.set(chunk, (counts.started.get(chunk) ?? 0) + 1);
      // Two attempts may both say that a chunk is committed.
      if (message !== 'chunk.committed' || counts.committed.has(chunk)) return;
      counts.committed.add(chunk);
      counts.rowsRead += rowsRead;
      counts.rowsRejected += rowsRejected;
    },
    of: open,
    forget: (batchId) => void batches.delete(batchId),
  };
};
