import type { AssignedValues, RowBatch } from '@pipeline/core';
import { createFallbackFormatter } from '../fallback/format-rows.ts';
import { knownToScanner } from '../scan/known-to-scanner.ts';
import { createLocator } from './format-places.ts';
import { planRows, type RowFormat } from './format-plan.ts';
import { createFieldsWriter, createRecordWriter, joinsCr } from './format-records.ts';
import { createByteSink } from './format-sink.ts';

/** Writes the rows of a batch. What `write` gets is valid as long as the batch, and until the next one is written. */
export type BatchFormatter = (batch: RowBatch<unknown>, write: (bytes: Uint8Array) => void) => void;

/** Shorter runs of records are copied together, longer ones handed over as they are. */
const copiedBytes = 4096;

/**
 * Makes a function that writes the rows of a batch as CSV. With quoting as in the source, a field that no stage assigned
 * leaves as the bytes it came in, and rows whose columns are all of the source's leave whole, many at once; each row keeps
 * its own newline unless another is asked for.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when the output cannot be written like this; from the function made: when a
 * value must be quoted and there is no quote character, and for an invalid date
 * @example
 * const { columns, dialect } = chunk.source;
 * const writeBatch = createRowFormatter({ source: columns, output: [...columns, 'tier'], dialect });
 * const pieces: Uint8Array[] = [];
 * writeBatch(batch, (bytes) => pieces.push(bytes));
 */
export const createRowFormatter = (format: RowFormat): BatchFormatter => {
  const plan = planRows(format);
  if (!knownToScanner(format.dialect) || !knownToScanner(plan.target)) return createFallbackFormatter(format);
  const { source, mayLeaveWhole, whole, added, ownNewline } = plan;
  const sink = createByteSink();
  const locate = createLocator(source.length, format.dialect.delimiter);
  const writeFields = createFieldsWriter(plan, sink, locate);
  const writeRecord = createRecordWriter(plan, sink, locate, writeFields);
  const inRuns = whole && added.length === 0 && ownNewline;

  /** Whether a stage gave a value to a column of the source, which cannot leave whole then. */
  const replaces = (assigned: AssignedValues | undefined): boolean =>
    assigned !== undefined && source.some((name) => Object.hasOwn(assigned, name));

  /** How many rows from `from` on are untouched and follow each other in the source. */
  const runLength = ({ positions, assigned }: RowBatch<unknown>, from: number): number => {
    if (assigned.length === 0) {
      const last = positions.length - 1;
      if (positions[last]! - positions[from]! === last - from) return last - from + 1;
    }
    let to = from + 1;
    while (to < positions.length && positions[to] === positions[to - 1]! + 1 && !replaces(assigned[to])) to++;
    return to - from;
  };

  const writeRun = (batch: RowBatch<unknown>, from: number, to: number): void => {
    const span = batch.records.span(batch.positions[from]!, batch.positions[to - 1]! + 1);
    if (span === undefined || mayLeaveWhole?.(span, 0, span.length) === false || joinsCr(plan, sink, span[0]!)) {
      for (let index = from; index < to; index++) writeRecord(batch, index);
    } else if (span.length <= copiedBytes) sink.copy(span, 0, span.length);
    else sink.pass(span);
  };

  return (batch, write) => {
    sink.restart(write);
    for (let index = 0; index < batch.positions.length; ) {
      const touched = !whole || replaces(batch.assigned[index]);
      const rows = !touched && inRuns ? runLength(batch, index) : 1;
      if (touched) writeFields(batch, index);
      else if (inRuns) writeRun(batch, index, index + rows);
      else writeRecord(batch, index);
      index += rows;
    }
    sink.flush();
  };
};
