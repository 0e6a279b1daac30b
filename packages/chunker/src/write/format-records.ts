import type { AssignedValues, RawRecords, RowBatch } from '@pipeline/core';
import { byteOf } from './format-passing.ts';
import type { LocatedRecord, Locator } from './format-places.ts';
import type { RowPlan } from './format-plan.ts';
import type { ByteSink } from './format-sink.ts';
import { textOf } from './format-value.ts';
import { isFormula } from './formula-guard.ts';

/** Writes one row of a batch. */
export type RowWriter = (batch: RowBatch<unknown>, index: number) => void;

const CR = 13;
const LF = 10;

/** A column may be named like a property that every object inherits. */
const assignedText = (assigned: AssignedValues | undefined, name: string): string =>
  assigned !== undefined && Object.hasOwn(assigned, name) ? textOf(assigned[name], name) : '';

/**
 * Whether a value that ends with a CR, and now ends its record, would lose it to the newline: not where it stands before the
 * newline that it stood before in the source.
 */
const losesCr = ({ bytes, places }: LocatedRecord, end: number, { ownNewline, source }: RowPlan): boolean =>
  bytes[end - 1] === CR && !(ownNewline && end === places[source.length] && end === places[source.length + 1]);

/**
 * Makes the writer of newlines. An empty record needs a newline, or it would be none at all; and where a lone CR is a newline
 * too, the LF of an empty record must not join the CR of the record before it, which may be another one than in the source.
 */
const createNewlineWriter = (plan: RowPlan, sink: ByteSink) => {
  const { ownNewline, newline, source } = plan;
  const at = source.length + 1;
  return ({ bytes, places }: LocatedRecord, empty: boolean): void => {
    const start = places[at]!;
    const end = places[at + 1]!;
    if (!ownNewline || (empty && start === end)) sink.text(empty && joinsCr(plan, sink, LF) ? '\r' : newline);
    else if (empty && joinsCr(plan, sink, bytes[start]!)) sink.byte(CR);
    else sink.copy(bytes, start, end);
  };
};

/** Whether a byte that begins a record would become one newline with the CR that ends the record before it. */
export const joinsCr = ({ ownNewline, target }: RowPlan, sink: ByteSink, byte: number): boolean =>
  ownNewline && target.loneCr === true && byte === LF && (sink.last === CR || sink.last < 0);

/**
 * Makes the writer of fields of the source by their bytes: column `at` of the source at `place` in the output. It writes
 * nothing and answers false where the value has to be looked at.
 */
const createBytesWriter = (plan: RowPlan, sink: ByteSink) => {
  const { columns, formulas, beginsLine, stops, quotedStops, around, quote, quotesStay, quoting } = plan;
  return (records: RawRecords, position: number, located: LocatedRecord, at: number, place: number): boolean => {
    const { bytes, places } = located;
    const start = at === 0 ? places[0]! : places[at]! + 1;
    const end = places[at + 1]!;
    const quoted = start < end && bytes[start] === quote;
    const suspect = formulas !== undefined && start < end && formulas[bytes[quoted ? start + 1 : start]!] === 1;
    if (suspect && isFormula(records.field(position, at))) return false;
    if (quoted) {
      if (!quotesStay) return false;
      // What needs no quotes inside them needs none at all. In all else they stand where they must.
      const bare = quoting === 'minimal' && !(place === 0 && beginsLine(bytes, start + 1, end - 1));
      if (bare && sink.copyUnless(stops, -1, bytes, start + 1, end - 1)) return true;
      return sink.copyUnless(quotedStops, -1, bytes, start, end);
    }
    if (place === 0 && at > 0 && beginsLine(bytes, start, end)) return false;
    if (place === columns.length - 1 && around < 0 && start < end && losesCr(located, end, plan)) return false;
    return sink.copyUnless(stops, around, bytes, start, end);
  };
};

/** Makes the writer of rows that are put together field by field. */
export const createFieldsWriter = (plan: RowPlan, sink: ByteSink, locate: Locator): RowWriter => {
  const { columns, target, field } = plan;
  const delimiter = byteOf(target.delimiter);
  const writeBytes = createBytesWriter(plan, sink);
  const writeNewline = createNewlineWriter(plan, sink);
  return ({ records, positions, assigned }, index) => {
    const position = positions[index]!;
    const values = assigned[index];
    const located = locate(records, position);
    const before = sink.length;
    for (let place = 0; place < columns.length; place++) {
      const { from, at } = columns[place]!;
      if (place > 0) sink.byte(delimiter);
      if (at < 0 || (values !== undefined && Object.hasOwn(values, from)))
        sink.text(field(assignedText(values, from), place === 0));
      else if (!writeBytes(records, position, located, at, place))
        sink.text(field(records.field(position, at), place === 0));
    }
    writeNewline(located, sink.length === before);
  };
};

/** Makes the writer of rows that leave as they stand, with new columns behind them or none. */
export const createRecordWriter = (
  plan: RowPlan,
  sink: ByteSink,
  locate: Locator,
  writeFields: RowWriter,
): RowWriter => {
  const { source, target, field, mayLeaveWhole, added } = plan;
  const delimiter = byteOf(target.delimiter);
  const writeNewline = createNewlineWriter(plan, sink);
  return (batch, index) => {
    const located = locate(batch.records, batch.positions[index]!);
    const { bytes, places } = located;
    const start = places[0]!;
    const end = places[source.length]!;
    const bare = added.length === 0;
    if (mayLeaveWhole?.(bytes, start, end) === false || (bare && start < end && losesCr(located, end, plan))) {
      writeFields(batch, index);
      return;
    }
    sink.copy(bytes, start, end);
    for (const name of added) {
      sink.byte(delimiter);
      sink.text(field(assignedText(batch.assigned[index], name), false));
    }
    writeNewline(located, bare && start === end);
  };
};
