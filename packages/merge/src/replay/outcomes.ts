import { formatRejectLine, type OutputFormatter } from '@pipeline/chunker';
import type { CsvEncoding, RowBatch, RowReject, Rows, SourceEntry } from '@pipeline/core';
import type { Outcome } from './plan-replay.ts';

/** What became of the rows of each batch, in row order. */
export async function* outcomesOf(
  rows: Rows<unknown>,
  { formatBatch }: OutputFormatter,
  { encoding = 'utf-8' }: SourceEntry,
  onBatch: (batch: RowBatch<unknown>) => void,
): AsyncGenerator<Outcome> {
  for await (const batch of rows) {
    onBatch(batch);
    const rejects = [...batch.rejects].sort((a, b) => a.rowNumber - b.rowNumber);
    let at = 0;
    for (let index = 0; index < batch.positions.length; index++) {
      const rowNumber = batch.records.rowNumber(batch.positions[index]!);
      for (; at < rejects.length && rejects[at]!.rowNumber < rowNumber; at++)
        yield rejectedAgain(rejects[at]!, encoding);
      yield { rowNumber, bytes: formatRow(batch, index, formatBatch) };
    }
    for (; at < rejects.length; at++) yield rejectedAgain(rejects[at]!, encoding);
  }
}

/**
 * Rejects of a source in another encoding are text in UTF-8, those that are no text bytes of that encoding: a mended record
 * that is no text has U+FFFD in it, and its text in UTF-16 where it would be taken for that.
 */
const rejectedAgain = (reject: RowReject, encoding: CsvEncoding): Outcome => {
  const { rowNumber, raw, issues } = reject;
  if (encoding === 'utf-8') return { rowNumber, reject: formatRejectLine(reject) };
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString();
  const wide = encoding.startsWith('utf-16') && issues.some(({ code }) => code === 'ROW_ENCODING');
  const little = Buffer.from(text, wide ? 'utf16le' : 'utf8');
  return {
    rowNumber,
    reject: formatRejectLine({ ...reject, raw: encoding === 'utf-16be' && wide ? little.swap16() : little }),
  };
};

const formatRow = (
  batch: RowBatch<unknown>,
  index: number,
  formatBatch: OutputFormatter['formatBatch'],
): Uint8Array => {
  const { records, rejects, warnings } = batch;
  const one: RowBatch<unknown> = {
    records,
    rejects,
    warnings,
    positions: [batch.positions[index]!],
    get rows() {
      return [batch.rows[index]];
    },
    assigned: batch.assigned.length === 0 ? [] : [batch.assigned[index]],
  };
  const pieces: Uint8Array[] = [];
  formatBatch(one, (bytes) => pieces.push(Uint8Array.from(bytes)));
  return Buffer.concat(pieces);
};
