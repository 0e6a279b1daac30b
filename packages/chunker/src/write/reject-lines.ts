import { isUtf8 } from 'node:buffer';
import type { RowIssue, RowReject } from '@pipeline/core';
import { type ByteSink, createByteSink } from './format-sink.ts';

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

/** What stands between the record and its issues. */
const afterRaw = (newline: Uint8Array | undefined): string => {
  if (newline === undefined) return ',"issues":[';
  if (newline.length === 2) return ',"newline":"\\r\\n","issues":[';
  if (newline.length === 0) return ',"newline":"","issues":[';
  return newline[0] === 10 ? ',"newline":"\\n","issues":[' : ',"newline":"\\r","issues":[';
};

/** An issue as JSON, but for its value. */
interface KnownIssue {
  readonly issue: RowIssue;
  readonly members: number;
  readonly before: Buffer;
  readonly after: Buffer;
}

/** Issues come again with every row: all but the value is told by the rule. By message. */
type KnownIssues = Map<string, KnownIssue>;
const mostKnown = 1_000;

const knownIssue = (issue: RowIssue, known: KnownIssues): KnownIssue => {
  const before = known.get(issue.message);
  if (before !== undefined && isLike(issue, before)) return before;
  if (known.size >= mostKnown) known.clear();
  const made = splitAtValue(issue);
  known.set(issue.message, made);
  return made;
};

/** Whether two issues differ at most in their values. Both have their members in the same order, as all issues do. */
const isLike = (issue: RowIssue, { issue: like, members }: KnownIssue): boolean =>
  issue.rule === like.rule &&
  issue.column === like.column &&
  issue.code === like.code &&
  issue.severity === like.severity &&
  issue.hint === like.hint &&
  (issue.value === undefined) === (like.value === undefined) &&
  Object.keys(issue).length === members;

const splitAtValue = (issue: RowIssue): KnownIssue => {
  const names = Object.keys(issue);
  const at = issue.value === undefined ? names.length : names.indexOf('value');
  const part = (of: readonly string[]): string =>
    JSON.stringify(Object.fromEntries(of.map((name) => [name, issue[name as keyof RowIssue]]))).slice(1, -1);
  const [first, last] = [part(names.slice(0, at)), part(names.slice(at + 1))];
  const value = issue.value === undefined ? '' : `${first === '' ? '' : ','}"value":`;
  return {
    issue,
    members: names.length,
    before: Buffer.from(`{${first}${value}`),
    after: Buffer.from(`${last === '' || at === names.length ? '' : ','}${last}}`),
  };
};

const writeIssue = (issue: RowIssue, known: KnownIssues, sink: ByteSink): void => {
  const { before, after } = knownIssue(issue, known);
  sink.copy(before, 0, before.length);
  if (issue.value !== undefined) sink.jsonText(issue.value);
  sink.copy(after, 0, after.length);
};

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
  const known: KnownIssues = new Map();
  const writeLine = ({ rowNumber, byteOffset, raw, newline, issues }: RowReject): void => {
    sink.text('{"rowNumber":');
    sink.number(rowNumber);
    sink.text(',"byteOffset":');
    sink.number(byteOffset);
    sink.text(',"raw":');
    sink.json(raw, 0, raw.length, -1, -1);
    sink.text(afterRaw(newline));
    for (let i = 0; i < issues.length; i++) {
      if (i > 0) sink.text(',');
      writeIssue(issues[i]!, known, sink);
    }
    sink.text(']}\n');
  };
  return (rejects, write) => {
    sink.restart(write);
    for (const reject of rejects)
      if (isUtf8(reject.raw)) writeLine(reject);
      else sink.text(formatRejectLine(reject));
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
