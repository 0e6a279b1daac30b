import { formatField, type RejectLine, rejectBytes, rejectColumns } from '@pipeline/chunker';
import {
  type ChunkManifest,
  type ObjectRef,
  type ObjectStore,
  openWriter,
  type PartRef,
  PipelineMergeError,
  type RowIssue,
  type RunContext,
  readJsonLines,
  type SourceEntry,
} from '@pipeline/core';
import { ofPiece } from './altered-piece.ts';

/**
 * Writes `rejects.csv`: every rejected record as it stood in the source, followed by the reserved columns that say where
 * it stood and what is wrong. Mend it and upload it: the reserved columns are stripped again.
 *
 * @throws PipelineMergeError `MERGE_MISMATCH` when a part is not what was committed
 * @example
 * const { rows } = await mergeRejects(manifest, parts, { bucket: 'out', key: 'rejects.csv' }, { store, run });
 */
export const mergeRejects = async (
  manifest: ChunkManifest,
  parts: readonly PartRef[],
  target: ObjectRef,
  { store, run }: { readonly store: ObjectStore; readonly run: RunContext },
): Promise<PartRef> => {
  const source = manifest.sources[0]!;
  const writer = openWriter(store, target, { contentType: 'text/csv', signal: run.signal });
  let rows = 0;
  try {
    await writer.write(Buffer.from(rejectsHeader(source)));
    for (const part of parts) {
      await ofPiece(part, undefined, async () => {
        for await (const line of readJsonLines<RejectLine>(store, part.object, { signal: run.signal })) {
          await writer.write(formatReject(line, source));
          rows++;
        }
      });
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

const newlineOf = (source: SourceEntry): string => (source.dialect.newline === 'crlf' ? '\r\n' : '\n');

/**
 * BOM and header of the source, with the reserved columns behind.
 *
 * @example
 * rejectsHeader(manifest.sources[0]!); // 'id,units,__pipeline_row,__pipeline_byte_offset,…\n'
 */
export const rejectsHeader = (source: SourceEntry): string =>
  `${source.bom ? '\uFEFF' : ''}${source.headerText.replace(/\r?\n$/, '')}${source.dialect.delimiter}${rejectColumns.join(source.dialect.delimiter)}${newlineOf(source)}`;

const formatReject = (line: RejectLine, source: SourceEntry): Uint8Array => {
  const each = (text: (issue: RowIssue) => string): string =>
    [...new Set(line.issues.map(text))].filter((part) => part !== '').join('; ');
  const fields = [
    line.rowNumber,
    line.byteOffset,
    each((issue) => issue.column ?? ''),
    each((issue) => issue.rule),
    each((issue) => (issue.column === undefined ? issue.message : `${issue.column} ${issue.message}`)),
  ];
  const { delimiter, quote } = source.dialect;
  // Where nothing can be quoted, our own texts give way; the record itself is never touched.
  const plain = (field: string | number): string =>
    String(field)
      .replaceAll(delimiter, ' ')
      .replaceAll(/[\r\n]/g, ' ');
  const text = fields
    .map((field) => delimiter + formatField(quote === '' ? plain(field) : field, source.dialect))
    .join('');
  return Buffer.concat([rejectBytes(line), Buffer.from(text + newlineOf(source))]);
};
