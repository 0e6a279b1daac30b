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
  type SidecarObject,
  type WrittenAs,
} from '@pipeline/core';
import type { FieldDialect } from './format-field.ts';
import { issueCollector, warningCollector } from './issue-collector.ts';
import { openOutput } from './open-output.ts';
import type { OutputFormat } from './output-format.ts';
import { createRejectFormatter } from './reject-lines.ts';
import { type Collecting, writeSidecars } from './write-sidecars.ts';

/** Where rows and rejects go, what the rows look like there, and when a chunk fails. */
export interface WriteRowsOptions extends OutputFormat {
  /** Where they are written. */
  readonly store: ObjectStore;
  /** Where the rows go. */
  readonly output: ObjectRef;
  /** Where the rejects go; nothing is written when there are none. */
  readonly rejects: ObjectRef;
  /** Write what stands before the first row of a file: BOM and header of CSV. @default chunk.index === 0 */
  readonly header?: boolean;
  /** Fails the chunk when more than this share of its rows is rejected, `[0, 1]`. @default 1 */
  readonly maxRejectRatio?: number;
  /** Gather what spans chunks, beside the issues. @default [] */
  readonly sidecars?: readonly SidecarCollector[];
  /** Where the object of a collector goes, by its name; needed for collectors that have one. */
  readonly sidecarObject?: (name: string) => ObjectRef;
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
  /** Bytes before the first row in the unpacked output. */
  readonly headBytes: number;
  /** How a CSV output is to be read. */
  readonly writtenDialect?: FieldDialect;
  /** Written and rejected rows together. */
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly rowsRejected: number;
  /** What the collectors gathered, by their names; `issues` is always among them. */
  readonly sidecars: Readonly<Record<string, unknown>>;
  /** The objects that they had written. */
  readonly sidecarObjects?: Readonly<Record<string, SidecarObject>>;
}

/**
 * Writes the rows of a chunk and, beside them, its rejects. As CSV with quoting as in the source, values that no stage
 * assigned leave byte for byte. Outputs of a batch's chunks laid end to end are one file, packed or not.
 *
 * @throws PipelineRejectLimitError `REJECT_LIMIT`; PipelineConfigError `CONFIG_INVALID` when the rows cannot be written as
 * asked for
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
  const output = openOutput(store, options.output, chunk.source, options, run.signal);
  const collecting = startCollectors(options.sidecars ?? [], chunk, output);
  const rejects = openWriter(store, options.rejects, { contentType: 'application/x-ndjson', signal: run.signal });
  let rowsWritten = 0;
  let rowsRejected = 0;

  const formatRejects = createRejectFormatter();
  const rejectPieces = (batch: RowBatch<unknown>): readonly Uint8Array[] => {
    const pieces: Uint8Array[] = [];
    formatRejects(inRowOrder(batch), (piece) => pieces.push(piece));
    return pieces;
  };
  const count = (batch: RowBatch<unknown>): void => {
    rowsWritten += batch.positions.length;
    rowsRejected += batch.rejects.length;
    for (const { gather } of collecting) gather.add(batch);
  };

  try {
    if (header) await output.begin();
    for await (const batch of rows) {
      await output.write(batch);
      if (batch.rejects.length > 0) for (const piece of rejectPieces(batch)) await rejects.write(piece);
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
    const gathered = Object.fromEntries(collecting.map(({ name, gather }) => [name, gather.finish()]));
    const objects = await writeSidecars(collecting, options, run);
    const written = await output.close(rowsWritten);
    const rejected = rowsRejected === 0 ? undefined : await rejects.close(rowsRejected);
    return {
      output: written,
      ...(rejected === undefined ? {} : { rejects: rejected }),
      columns: output.columns.map(({ to }) => to),
      headBytes: header ? output.headBytes : 0,
      ...(output.dialect === undefined ? {} : { writtenDialect: output.dialect }),
      rowsRead,
      rowsWritten,
      rowsRejected,
      sidecars: gathered,
      ...(Object.keys(objects).length === 0 ? {} : { sidecarObjects: objects }),
    };
  } catch (error) {
    await Promise.allSettled([output.abort(), rejects.abort()]);
    throw error;
  }
};

const startCollectors = (
  own: readonly SidecarCollector[],
  chunk: ChunkRef,
  { columns }: WrittenAs,
): readonly Collecting[] => {
  const all: readonly SidecarCollector[] = [issueCollector, warningCollector, ...own];
  const twice = all.find(({ name }, index) => all.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'sidecars',
      expected: 'collectors with names of their own',
      got: JSON.stringify(twice.name),
    });
  return all.map((collector) => ({ name: collector.name, gather: collector.start(chunk, { columns }) }));
};

/** Reader and stages each add their rejects; people read them in the order of the file. */
const inRowOrder = (batch: RowBatch<unknown>) => [...batch.rejects].sort((a, b) => a.rowNumber - b.rowNumber);
