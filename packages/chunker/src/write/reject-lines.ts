import { isUtf8 } from 'node:buffer';
import type { RowIssue, RowReject } from '@pipeline/core';
import { createByteSink } from './format-sink.ts';

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
export const formatRejectLine = (reject: RowReject): string => `${JSON.stringify(rejectLineOf(reject))}\n`;

/**
 * A reject as its line has it.
 *
 * @example
 * const { raw, rawBase64 } = rejectLineOf(batch.rejects[0]!);
 */
export const rejectLineOf = ({ rowNumber, byteOffset, raw, newline, issues }: RowReject): RejectLine => {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const text = isUtf8(bytes) ? { raw: bytes.toString('utf8') } : { rawBase64: bytes.toString('base64') };
  const ended = newline === undefined ? {} : { newline: Buffer.from(newline).toString('latin1') };
  return { rowNumber, byteOffset, ...text, ...ended, issues };
};

const newlineJson = (newline: Uint8Array | undefined): string => {
  if (newline === undefined) return '';
  if (newline.length === 2) return ',"newline":"\\r\\n"';
  return newline.length === 0 ? ',"newline":""' : newline[0] === 10 ? ',"newline":"\\n"' : ',"newline":"\\r"';
};

/** Texts of issues that come again with every row: all but the value are told by the rule. */
const knownTexts = new Map<string, string>();
const mostKnownTexts = 1_000;

const textJson = (text: string): string => {
  let known = knownTexts.get(text);
  if (known === undefined) {
    known = JSON.stringify(text);
    if (knownTexts.size >= mostKnownTexts) knownTexts.clear();
    knownTexts.set(text, known);
  }
  return known;
};

/** The members that issues have, in this order; one that has others is left to `JSON.stringify`. */
const issueJson = (issue: RowIssue): string => {
  const { code, rule, column, value, message, severity } = issue;
  const members = 4 + Number(column !== undefined) + Number(value !== undefined);
  if (Object.keys(issue).length !== members) return JSON.stringify(issue);
  const place = column === undefined ? '' : `"column":${textJson(column)},`;
  const got = value === undefined ? '' : `"value":${JSON.stringify(value)},`;
  return `{"code":"${code}","rule":${textJson(rule)},${place}${got}"message":${textJson(message)},"severity":"${severity}"}`;
};

const issuesJson = (issues: readonly RowIssue[]): string => `[${issues.map(issueJson).join(',')}]`;

/**
 * Makes a function that writes rejects as lines of JSON. The bytes of a record are escaped where they lie: where every row
 * is a reject, making strings of them would take longer than all else.
 *
 * @example
 * const writeRejects = createRejectFormatter();
 * const pieces: Uint8Array[] = [];
 * writeRejects(batch.rejects, (bytes) => pieces.push(bytes));
 */
export const createRejectFormatter = (): ((
  rejects: readonly RowReject[],
  write: (bytes: Uint8Array) => void,
) => void) => {
  const sink = createByteSink();
  return (rejects, write) => {
    sink.restart(write);
    for (const reject of rejects) {
      const { rowNumber, byteOffset, raw, newline, issues } = reject;
      if (isUtf8(raw)) {
        sink.text(`{"rowNumber":${rowNumber},"byteOffset":${byteOffset},"raw":`);
        sink.json(raw, 0, raw.length, -1, -1);
        sink.text(`${newlineJson(newline)},"issues":${issuesJson(issues)}}\n`);
      } else sink.text(formatRejectLine(reject));
    }
    sink.flush();
  };
};

/**
 * The record's bytes as they stood in the source.
 *
 * @example
 * for await (const line of readJsonLines<RejectLine>(store, part.object)) console.log(rejectBytes(line).length);
 */
export const rejectBytes = (line: Pick<RejectLine, 'raw' | 'rawBase64'>): Uint8Array =>
  line.raw === undefined ? Buffer.from(line.rawBase64 ?? '', 'base64') : Buffer.from(line.raw, 'utf8');
