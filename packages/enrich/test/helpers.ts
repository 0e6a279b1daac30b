import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CsvRecord,
  createRowBatch,
  createRunContext,
  type PipelineEvent,
  type RawRecords,
  type RowBatch,
  type RunContext,
} from '@pipeline/core';

/** Records as a reader of a CSV file would hand them over: one line each, ended by LF, offsets counted from `byteOffset`. */
export const recordsOf = (rows: readonly CsvRecord[], firstRow = 1, byteOffset = 0): RawRecords => {
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => Buffer.from(columns.map((column) => row[column]).join(',')));
  const offsets = lines.map((_, index) =>
    lines.slice(0, index).reduce((sum, line) => sum + line.length + 1, byteOffset),
  );
  return {
    length: rows.length,
    columns,
    rowNumber: (position) => firstRow + position,
    byteOffset: (position) => offsets[position]!,
    bytes: (position) => lines[position]!,
    newline: () => Buffer.from('\n'),
    fieldBytes: (position, column) => Buffer.from(rows[position]![columns[column]!]!),
    field: (position, column) => rows[position]![columns[column]!]!,
    record: (position) => ({ ...rows[position]! }),
    values: (position) => columns.map((column) => rows[position]![column]!),
    span: () => undefined,
    raw: (position) => lines[position]!,
  };
};

/** A batch of all given rows. */
export const batchOf = (rows: readonly CsvRecord[], firstRow = 1, byteOffset = 0): RowBatch<CsvRecord> =>
  createRowBatch(
    recordsOf(rows, firstRow, byteOffset),
    rows.map((_, index) => index),
  );

export interface WatchedRows extends AsyncIterable<RowBatch<CsvRecord>> {
  /** Batches handed out so far. */
  readonly pulled: number;
  /** How often the iteration was ended, by either side. */
  readonly closed: number;
}

/** Batches of at most `size` rows that tell how they were consumed. */
export const batchesOf = (rows: readonly CsvRecord[], size: number): WatchedRows => {
  let pulled = 0;
  let closed = 0;
  return {
    get pulled() {
      return pulled;
    },
    get closed() {
      return closed;
    },
    async *[Symbol.asyncIterator]() {
      try {
        for (let start = 0; start < rows.length; start += size) {
          pulled++;
          yield batchOf(rows.slice(start, start + size), start + 1);
        }
      } finally {
        closed++;
      }
    },
  };
};

/** Everything a stage gives, in one list. */
export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

export interface TestRun extends RunContext {
  readonly events: PipelineEvent[];
  /** Every wait that was begun, in milliseconds. */
  readonly slept: number[];
  /** The run of another caller: same time, own signal. */
  with(parts: Partial<RunContext>): TestRun;
}

/**
 * A run whose time passes only when nothing else is left to do: the earliest sleeper is woken once the event loop has
 * come round without anything happening before it.
 */
export const virtualRun = (parts: Partial<RunContext> = {}): TestRun => {
  let nowMs = Date.UTC(2026, 0, 1);
  const sleepers: { atMs: number; wake: () => void }[] = [];
  const events: PipelineEvent[] = [];
  const slept: number[] = [];
  let turning = false;
  const turn = (): void => {
    turning = false;
    sleepers.sort((a, b) => a.atMs - b.atMs);
    const first = sleepers.shift();
    if (first === undefined) return;
    nowMs = Math.max(nowMs, first.atMs);
    first.wake();
    schedule();
  };
  const schedule = (): void => {
    if (turning || sleepers.length === 0) return;
    turning = true;
    setImmediate(() => setImmediate(turn));
  };
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      slept.push(ms);
      const sleeper = { atMs: nowMs + ms, wake: resolve };
      sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        const index = sleepers.indexOf(sleeper);
        if (index >= 0) sleepers.splice(index, 1);
        reject(signal.reason);
      });
      schedule();
    });
  const make = (own: Partial<RunContext>): TestRun => ({
    ...createRunContext({
      clock: { now: () => nowMs },
      timers: { sleep },
      random: () => 0.5,
      observe: (event) => events.push(event),
      ...own,
    }),
    events,
    slept,
    with: (other) => make({ ...own, ...other }),
  });
  return make(parts);
};

/** A run over real I/O on which time passes `factor` times as fast; what was slept is told in pipeline time. */
export const fastRun = (factor: number, parts: Partial<RunContext> = {}): TestRun => {
  const base = createRunContext();
  const startedMs = Date.now();
  const events: PipelineEvent[] = [];
  const slept: number[] = [];
  const make = (own: Partial<RunContext>): TestRun => ({
    ...createRunContext({
      clock: { now: () => startedMs + (Date.now() - startedMs) * factor },
      timers: {
        sleep: (ms, signal) => {
          slept.push(ms);
          return base.timers.sleep(ms / factor, signal);
        },
      },
      random: () => 0,
      observe: (event) => events.push(event),
      ...own,
    }),
    events,
    slept,
    with: (other) => make({ ...own, ...other }),
  });
  return make(parts);
};

export interface TestServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** An HTTP server on a free port of this machine. */
export const serve = async (listener: RequestListener): Promise<TestServer> => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
