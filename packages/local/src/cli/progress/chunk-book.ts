import type { LogLine } from '../../lambda/index.ts';

/** What the workers said of one batch. */
export interface ChunkCounts {
  readonly rowsRead: number;
  readonly rowsRejected: number;
  /** Committed chunks. */
  readonly committed: ReadonlySet<number>;
  /** How often each chunk was begun. */
  readonly started: ReadonlyMap<number, number>;
}

/** Counts rows by the lines that workers log, which costs no call. */
export interface ChunkBook {
  note(line: LogLine): void;
  of(batchId: string): ChunkCounts;
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

export const createChunkBook = (): ChunkBook => {
  const batches = new Map<string, OpenCounts>();
  const open = (batchId: string): OpenCounts => {
    const found = batches.get(batchId) ?? { rowsRead: 0, rowsRejected: 0, committed: new Set(), started: new Map() };
    batches.set(batchId, found);
    return found;
  };
  return {
    note({ line }) {
      if (!line.includes('"message":"chunk.')) return;
      const { message, batchId, chunk, rowsRead = 0, rowsRejected = 0 } = read(line);
      if (batchId === undefined || chunk === undefined) return;
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
