import {
  type ChunkRef,
  createRunContext,
  type ObjectRef,
  type ObjectStore,
  openWriter,
  type PartRef,
  PipelineConfigError,
  PipelineRejectLimitError,
  type RowBatch,
  type Rows,
  type RunContext,
  type SidecarCollector,
} from '@pipeline/core';
import { createRowFormatter, formatHeader } from './format-rows.ts';
import { issueCollector } from './issue-collector.ts';
import { formatRejectLine } from './reject-lines.ts';

/** Where rows and rejects go, and when a chunk fails. */
export interface WriteRowsOptions {
  /** Where they are written. */
  readonly store: ObjectStore;
  /** Where the rows go. */
  readonly output: ObjectRef;
  /** Where the rejects go; nothing is written when there are none. */
  readonly rejects: ObjectRef;
  /** Columns of the output. @default those of the source */
  readonly columns?: readonly string[];
  /** Write BOM and header before the rows. @default chunk.index === 0 */
  readonly header?: boolean;
  /** Fails the chunk when more than this share of its rows is rejected, `[0, 1]`. @default 1 */
  readonly maxRejectRatio?: number;
  /** Gather what spans chunks, beside the issues. @default [] */
  readonly sidecars?: readonly SidecarCollector[];
  /** Its signal ends the writing. @default createRunContext() */
  readonly run?: RunContext;
}

/** What `writeRows` wrote and counted. */
export interface WrittenRows {
  /** The written rows. */
  readonly output: PartRef;
  /** Absent when no row was rejected. */
  readonly rejects?: PartRef;
  /** Columns of the output, in order. */
  readonly columns: readonly string[];
  /** Written and rejected rows together. */
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly rowsRejected: number;
  /** What the collectors gathered, by their names; `issues` is always among them. */
  readonly sidecars: Readonly<Record<string, unknown>>;
}

/**
 * Writes the rows of a chunk and, beside them, its rejects. Values that no stage assigned leave byte for byte.
 *
 * @throws PipelineRejectLimitError `REJECT_LIMIT`
 * @example
 * const written = await writeRows(validate(rule)(readRows(chunk, { store }), run), chunk, {
 *   store,
 *   output: { bucket: 'work', key: 'part.csv' },
 *   rejects: { bucket: 'work', key: 'part.rejects.jsonl' },
 * });
 */
export const writeRows = async (
  rows: Rows<unknown>,
  chunk: ChunkRef,
  options: WriteRowsOptions,
): Promise<WrittenRows> => {
  const { store, run = createRunContext(), header = chunk.index === 0, maxRejectRatio = 1 } = options;
  const { source } = chunk;
  const columns = options.columns ?? source.columns;
  const format = { source: source.columns, output: columns, dialect: source.dialect };
  const writeBatch = createRowFormatter(format);
  const output = openWriter(store, options.output, { contentType: 'text/csv', signal: run.signal });
  const rejects = openWriter(store, options.rejects, { contentType: 'application/x-ndjson', signal: run.signal });
  const collecting = startCollectors(options.sidecars ?? [], chunk);
  let rowsWritten = 0;
  let rowsRejected = 0;

  const count = (batch: RowBatch<unknown>): void => {
    rowsWritten += batch.positions.length;
    rowsRejected += batch.rejects.length;
    for (const { gather } of collecting) gather.add(batch);
  };

  try {
    if (header) await output.write(Buffer.from((source.bom ? '\uFEFF' : '') + formatHeader(source.headerText, format)));
    for await (const batch of rows) {
      const pieces: Uint8Array[] = [];
      writeBatch(batch, (bytes) => pieces.push(bytes));
      await output.write(Buffer.concat(pieces));
      if (batch.rejects.length > 0) await rejects.write(Buffer.from(inRowOrder(batch).map(formatRejectLine).join('')));
      count(batch);
    }
    const rowsRead = rowsWritten + rowsRejected;
    if (rowsRead > 0 && rowsRejected / rowsRead > maxRejectRatio)
      throw new PipelineRejectLimitError('REJECT_LIMIT', {
        rejected: rowsRejected,
        read: rowsRead,
        limit: `${maxRejectRatio * 100} %`,
      });
    run.signal.throwIfAborted();
    const written = await output.close(rowsWritten);
    const rejected = rowsRejected === 0 ? undefined : await rejects.close(rowsRejected);
    return {
      output: written!,
      ...(rejected === undefined ? {} : { rejects: rejected }),
      columns,
      rowsRead,
      rowsWritten,
      rowsRejected,
      sidecars: Object.fromEntries(collecting.map(({ name, gather }) => [name, gather.finish()])),
    };
  } catch (error) {
    await Promise.allSettled([output.abort(), rejects.abort()]);
    throw error;
  }
};

const startCollectors = (own: readonly SidecarCollector[], chunk: ChunkRef) => {
  const all: readonly SidecarCollector[] = [issueCollector, ...own];
  const twice = all.find(({ name }, index) => all.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'sidecars',
      expected: 'collectors with names of their own',
      got: JSON.stringify(twice.name),
    });
  return all.map((collector) => ({ name: collector.name, gather: collector.start(chunk) }));
};

/** Reader and stages each add their rejects; people read them in the order of the file. */
const inRowOrder = (batch: RowBatch<unknown>) => [...batch.rejects].sort((a, b) => a.rowNumber - b.rowNumber);
