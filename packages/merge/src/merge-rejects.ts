import { beforeDelimiter, formatField, type RejectLine, rejectBytes, rejectColumns, toUtf8 } from '@pipeline/chunker';
import {
  type ChunkManifest,
  type ObjectRef,
  type ObjectStore,
  openWriter,
  type PartRef,
  PipelineMergeError,
  type RowIssue,
  type RunContext,
  type SourceEntry,
} from '@pipeline/core';
import { rejectLines } from './committed-rejects.ts';

/** What rejects must know of their source. */
export type RejectsSource = Pick<SourceEntry, 'bom' | 'encoding' | 'headerText' | 'dialect' | 'columns'>;

/** The rejects of one chunk. */
export interface RejectsOfChunk extends PartRef {
  /** Data rows before the chunk, where its rejects are numbered within it, as in a sampled plan. @default 0 */
  readonly rowsBefore?: number;
}

/**
 * Writes `rejects.csv`: every rejected record as it stood in the source, followed by the reserved columns that say where
 * it stood and what is wrong. Mend it and upload it: the reserved columns are stripped again. It is UTF-8 whatever the
 * source is; of a source in another encoding it begins with a byte order mark, which says so to whoever reads it back.
 *
 * @throws PipelineMergeError `MERGE_MISMATCH` when a part is not what was committed
 * @example
 * const { rows } = await mergeRejects(manifest, parts, { bucket: 'out', key: 'rejects.csv' }, { store, run });
 */
export const mergeRejects = async (
  manifest: ChunkManifest,
  parts: readonly RejectsOfChunk[],
  target: ObjectRef,
  { store, run }: { readonly store: ObjectStore; readonly run: RunContext },
): Promise<PartRef> => {
  const source = manifest.sources[0]!;
  const writer = openWriter(store, target, { contentType: 'text/csv', signal: run.signal });
  let rows = 0;
  try {
    await writer.write(Buffer.from(rejectsHeader(source)));
    for (const part of parts) {
      const { rowsBefore = 0 } = part;
      for await (const line of rejectLines(part, undefined, { store, run })) {
        await writer.write(formatReject({ ...line, rowNumber: line.rowNumber + rowsBefore }, source, manifest.batchId));
        rows++;
      }
    }
    const expected = parts.reduce((sum, part) => sum + part.rows, 0);
    if (rows !== expected)
      throw new PipelineMergeError('MERGE_MISMATCH', {
        reason: `${rows} rejects were found, ${expected} were committed`,
      });
    return (await writer.close(rows))!;
  } catch (error) {
    await writer.abort();
    throw error;
  }
};

const newlines = { lf: '\n', crlf: '\r\n', cr: '\r' } as const;

const newlineOf = (source: RejectsSource): string => newlines[source.dialect.newline];

/**
 * Byte order mark and header of the source, with the reserved columns behind. A source without a header gets one of its
 * columns, since it is by their names that a mended file is told from others.
 *
 * @example
 * rejectsHeader(manifest.sources[0]!); // 'id,units,__pipeline_row,__pipeline_byte_offset,…\n'
 */
export const rejectsHeader = (source: RejectsSource): string => {
  const { bom, encoding = 'utf-8', headerText, dialect, columns } = source;
  const own = headerText.replace(dialect.loneCr === true ? /\r\n$|\n$|\r$/ : /\r?\n$/, '');
  const names =
    headerText === ''
      ? columns.map((name, i) => fieldOf(name, source, i === 0))
      : [Buffer.from(beforeDelimiter(Buffer.from(own), dialect)).toString()];
  const mark = bom || encoding !== 'utf-8' ? '\uFEFF' : '';
  return `${mark}${[...names, ...rejectColumns].join(dialect.delimiter)}${newlineOf(source)}`;
};

/** A text of ours as a field. Where nothing can be quoted, it gives way; a record of the source is never touched. */
const fieldOf = (text: string | number, { dialect }: RejectsSource, first = false): string =>
  dialect.quote === ''
    ? String(text)
        .replaceAll(dialect.delimiter, ' ')
        .replaceAll(/[\r\n]/g, ' ')
    : formatField(text, dialect, { first });

/**
 * A line of `rejects.csv`: the record as it stood in the source, with the reserved columns behind.
 *
 * @param batchId - of the batch that mended rows go back into; `''` where there is none
 * @example
 * await writer.write(formatReject(line, manifest.sources[0]!, manifest.batchId));
 */
export const formatReject = (line: RejectLine, source: RejectsSource, batchId: string): Uint8Array => {
  const each = (text: (issue: RowIssue) => string): string =>
    [...new Set(line.issues.map(text))].filter((part) => part !== '').join('; ');
  const fields = [
    line.rowNumber,
    line.byteOffset,
    each((issue) => issue.column ?? ''),
    each((issue) => issue.rule),
    each((issue) => (issue.column === undefined ? issue.message : `${issue.column} ${issue.message}`)),
    batchId,
  ];
  const text = fields.map((field) => source.dialect.delimiter + fieldOf(field, source)).join('');
  // What follows must not be read as the end of a field that ends as the delimiter begins.
  const record = beforeDelimiter(recordBytes(line, source), source.dialect);
  return Buffer.concat([record, Buffer.from(text + newlineOf(source))]);
};

/** The record as it can stand in UTF-8. What is no text in another encoding cannot: U+FFFD stands for it there. */
const recordBytes = (line: RejectLine, { encoding = 'utf-8' }: RejectsSource): Uint8Array => {
  const bytes = rejectBytes(line);
  if (encoding === 'utf-8') return bytes;
  // Bytes of UTF-16 can look like UTF-8, of which they are none.
  const wide = encoding.startsWith('utf-16') && line.issues.some(({ code }) => code === 'ROW_ENCODING');
  return line.raw === undefined || wide ? toUtf8(bytes, encoding) : bytes;
};
