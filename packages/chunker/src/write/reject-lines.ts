import { isUtf8 } from 'node:buffer';
import type { RowIssue, RowReject } from '@pipeline/core';

/** One line of `rejects/<index>.<attempt>.jsonl`. */
export interface RejectLine {
  /** 1-based data row in the source. */
  readonly rowNumber: number;
  /** Offset in the source of the record's first byte. */
  readonly byteOffset: number;
  /** The record as text, or `rawBase64` where its bytes are not UTF-8. */
  readonly raw?: string;
  readonly rawBase64?: string;
  /** The record's own newline: empty at the end of a file that has none. @default not told: that of the header */
  readonly newline?: string;
  readonly issues: readonly RowIssue[];
}

/**
 * Writes a reject as a line of JSON; its bytes survive whatever they are.
 * Format: https://jsonlines.org
 *
 * @example
 * await writer.write(Buffer.from(batch.rejects.map(formatRejectLine).join('')));
 */
export const formatRejectLine = ({ rowNumber, byteOffset, raw, newline, issues }: RowReject): string => {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const text = isUtf8(bytes) ? { raw: bytes.toString('utf8') } : { rawBase64: bytes.toString('base64') };
  const ended = newline === undefined ? {} : { newline: Buffer.from(newline).toString('latin1') };
  return `${JSON.stringify({ rowNumber, byteOffset, ...text, ...ended, issues })}\n`;
};

/**
 * The record's bytes as they stood in the source.
 *
 * @example
 * for await (const line of readJsonLines<RejectLine>(store, part.object)) console.log(rejectBytes(line).length);
 */
export const rejectBytes = (line: Pick<RejectLine, 'raw' | 'rawBase64'>): Uint8Array =>
  line.raw === undefined ? Buffer.from(line.rawBase64 ?? '', 'base64') : Buffer.from(line.raw, 'utf8');
