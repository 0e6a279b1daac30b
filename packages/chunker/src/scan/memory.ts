import type { DialectBytes } from './dialect-bytes.ts';
import { blockBytes, createKernel, header, type Kernel } from './kernel.ts';
import type { ScanTables } from './tables.ts';

/** A window of bytes with the tables that a scan of it fills, and the kernel that shares them, if there is one. */
export interface ScanMemory {
  /** The window; as long as its capacity. */
  readonly bytes: Buffer;
  readonly tables: ScanTables;
  readonly kernel: Kernel | undefined;
  /** The kernel's header. */
  readonly head: Int32Array;
  /** Room for one UTF-16 position per field end. */
  readonly units: Uint32Array;
}

export interface MemoryOptions {
  readonly windowBytes: number;
  /** Whether field ends are wanted; planning does without. */
  readonly fields: boolean;
  /** Leave the kernel out: the state machine does everything. @default false */
  readonly plain?: boolean;
}

const newTables = (ends: Uint32Array, records: Uint32Array): ScanTables => ({
  ends,
  endCount: 0,
  records,
  recordCount: 0,
  quotes: false,
  flagged: [],
});

const pageBytes = 65_536;
/** The header, and room behind it so that a block may be read from before the window. */
const windowAt = 256;

/**
 * Every byte of the window may be a field end and a record of its own, so the tables have room for that; the system gives
 * pages only where they are touched.
 */
export const createScanMemory = ({ windowBytes, fields, plain = false }: MemoryOptions): ScanMemory => {
  const entries = fields ? windowBytes + blockBytes : 0;
  const kernel = plain ? undefined : createKernel();
  if (kernel === undefined)
    return {
      bytes: Buffer.alloc(windowBytes),
      tables: newTables(new Uint32Array(entries), new Uint32Array(entries)),
      kernel,
      head: new Int32Array(),
      units: new Uint32Array(entries),
    };
  const aligned = (bytes: number): number => Math.ceil((bytes + blockBytes) / blockBytes) * blockBytes;
  const endsAt = windowAt + aligned(windowBytes);
  const recordsAt = endsAt + aligned(entries * 4);
  const unitsAt = recordsAt + aligned(entries * 4);
  const marksAt = unitsAt + aligned(entries * 4);
  const total = marksAt + (fields ? 0 : aligned(windowBytes / 4));
  const pages = Math.ceil(total / pageBytes) - kernel.memory.buffer.byteLength / pageBytes;
  if (pages > 0) kernel.memory.grow(pages);
  const { buffer } = kernel.memory;
  const head = new Int32Array(buffer, 0, windowAt / 4);
  head[header.window] = windowAt;
  head[header.endsAt] = endsAt;
  head[header.recordsAt] = recordsAt;
  head[header.marksAt] = marksAt;
  return {
    bytes: Buffer.from(buffer, windowAt, windowBytes),
    tables: newTables(new Uint32Array(buffer, endsAt, entries), new Uint32Array(buffer, recordsAt, entries)),
    kernel,
    head,
    units: new Uint32Array(buffer, unitsAt, entries),
  };
};

/** Tells the kernel the dialect. Bytes that it does not know are watched for: their blocks go to the state machine. */
export const setDialect = ({ head, kernel }: ScanMemory, dialect: DialectBytes): void => {
  if (kernel === undefined) return;
  const watched = [dialect.escape, dialect.comment, dialect.loneCr ? 13 : -1].filter((byte) => byte >= 0);
  head[header.delimiter] = dialect.delimiter;
  head[header.quote] = dialect.quote;
  head[header.watched] = watched.length;
  for (let i = 0; i < 3; i++) head[header.watch + i] = watched[i] ?? watched[0] ?? 0;
  head[header.doubled] = dialect.escape < 0 ? 1 : 0;
};
