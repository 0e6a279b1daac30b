import type { AssignedValues, RawRecords, RowBatch } from '@pipeline/core';
import { sameDialect, sameQuotes } from '../write/format-passing.ts';
import { planRows, type RowFormat } from '../write/format-plan.ts';
import { joinsCr } from '../write/format-records.ts';
import type { BatchFormatter } from '../write/format-rows.ts';
import { createByteSink } from '../write/format-sink.ts';
import { textOf } from '../write/format-value.ts';
import { isFormula } from '../write/formula-guard.ts';
import { runsIntoDelimiter, tokensOf } from './tokens.ts';

const CR = 13;
const LF = 10;
const byteOrderMark = '\xef\xbb\xbf';

/** Whether the second slice follows the first in the memory of both. */
const follows = (first: Uint8Array, second: Uint8Array): boolean =>
  first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset;

/**
 * As `createRowFormatter`, for sources and outputs with tokens that are not single bytes: rows that nothing touched leave as
 * they stand, all others field by field.
 *
 * @throws as `createRowFormatter` does
 */
export const createFallbackFormatter = (format: RowFormat): BatchFormatter => {
  const { source: names, dialect, quoting = 'as-source', formulaGuard = false } = format;
  const plan = planRows(format);
  const { columns, target, field, newline, ownNewline } = plan;
  const passing = { source: dialect, target, quoting, formulaGuard };
  const asSource = quoting === 'as-source';
  const dialectStays = asSource && sameDialect(passing);
  const quotesStay = asSource && sameQuotes(passing);
  const tokens = tokensOf(dialect);
  const comment = tokensOf(target).comment;
  const sink = createByteSink();
  const leavesWhole = plan.whole && asSource && !formulaGuard && plan.added.length === 0;

  const untouched = (assigned: AssignedValues | undefined): boolean =>
    leavesWhole && (assigned === undefined || !names.some((name) => Object.hasOwn(assigned, name)));

  /** A CR at the end of a record stays with it only in front of the newline that it stood before. */
  const keepsCr = (bytes: Uint8Array, own: Uint8Array): boolean =>
    bytes.at(-1) !== CR || (ownNewline && follows(bytes, own));

  /** Whether the bytes of a field of the source mean the same at a place of the output. */
  const mayStay = (bytes: Uint8Array, at: number, place: number, own: Uint8Array): boolean => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    if (tokens.quote !== '' && text.startsWith(tokens.quote)) return quotesStay;
    if (!dialectStays) return false;
    const beginsLine = (comment !== '' && text.startsWith(comment)) || text.startsWith(byteOrderMark);
    if (place === 0 && at > 0 && beginsLine) return false;
    return place < columns.length - 1 ? !runsIntoDelimiter(text, tokens.delimiter) : keepsCr(bytes, own);
  };

  const writeFields = (records: RawRecords, position: number, assigned: AssignedValues | undefined): void => {
    const own = records.newline(position);
    for (const [place, { from, at }] of columns.entries()) {
      if (place > 0) sink.text(target.delimiter);
      if (at < 0 || (assigned !== undefined && Object.hasOwn(assigned, from))) {
        const value = assigned !== undefined && Object.hasOwn(assigned, from) ? assigned[from] : undefined;
        sink.text(field(textOf(value, from), place === 0));
        continue;
      }
      const bytes = records.fieldBytes(position, at);
      const stays = mayStay(bytes, at, place, own) && !(formulaGuard && isFormula(records.field(position, at)));
      if (stays) sink.copy(bytes, 0, bytes.length);
      else sink.text(field(records.field(position, at), place === 0));
    }
  };

  const writeRow = ({ records, positions, assigned }: RowBatch<unknown>, index: number): void => {
    const position = positions[index]!;
    const own = records.newline(position);
    const before = sink.length;
    const bytes = untouched(assigned[index]) ? records.bytes(position) : undefined;
    if (bytes !== undefined && keepsCr(bytes, own)) sink.copy(bytes, 0, bytes.length);
    else writeFields(records, position, assigned[index]);
    const empty = sink.length === before;
    if (!ownNewline || (empty && own.length === 0)) sink.text(empty && joinsCr(plan, sink, LF) ? '\r' : newline);
    else if (empty && joinsCr(plan, sink, own[0]!)) sink.byte(CR);
    else sink.copy(own, 0, own.length);
  };

  /** How many rows from `from` on follow each other in the source and are untouched. */
  const runEnd = ({ positions, assigned }: RowBatch<unknown>, from: number): number => {
    let to = from;
    while (to < positions.length && untouched(assigned[to]) && positions[to]! - positions[from]! === to - from) to++;
    return to;
  };

  return (batch, write) => {
    sink.restart(write);
    for (let index = 0; index < batch.positions.length; ) {
      const to = Math.max(index + 1, ownNewline ? runEnd(batch, index) : 0);
      const span =
        to - index > 1 ? batch.records.span(batch.positions[index]!, batch.positions[to - 1]! + 1) : undefined;
      if (span !== undefined && !joinsCr(plan, sink, span[0]!)) sink.copy(span, 0, span.length);
      else for (let row = index; row < to; row++) writeRow(batch, row);
      index = to;
    }
    sink.flush();
  };
};
