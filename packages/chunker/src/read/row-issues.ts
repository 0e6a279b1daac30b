import {
  type CsvLimits,
  formatHint,
  formatMessage,
  type IssueCode,
  type MessageParams,
  PipelineSourceError,
  type RecordPolicy,
  type RowIssue,
  type TextPolicy,
} from '@pipeline/core';
import { firstInvalid } from '../encoding/first-invalid.ts';
import { BAD_QUOTE } from '../scan/states.ts';
import { isBlank, type WindowRecords } from './raw-records.ts';

/** What a record must be, and what becomes of one that is not. */
export interface RowChecks {
  readonly limits: Pick<CsvLimits, 'maxFieldBytes' | 'maxColumns'>;
  readonly text: TextPolicy;
  readonly records: RecordPolicy;
}

/** What is wrong with the form of a record: nothing, or issues that make it a reject. */
export const structuralIssues = (
  all: WindowRecords,
  record: number,
  flags: number,
  { limits, text, records }: RowChecks,
): RowIssue[] => {
  const issues: RowIssue[] = [];
  const add = (code: IssueCode, rule: string, params: MessageParams = {}): void => {
    const hint = formatHint(code, { ...params, rule });
    const message = formatMessage(code, params);
    issues.push({ code, rule, message, ...(hint === undefined ? {} : { hint }), severity: 'error' });
  };
  const expected = all.shape.columns.length;
  const got = all.fieldCount(record) - all.stripped(record);
  const wanted = expected + all.shape.strippedColumns - all.stripped(record);
  if ((flags & BAD_QUOTE) !== 0) add('ROW_BAD_QUOTE', 'quotes');
  if (got > limits.maxColumns) add('ROW_TOO_MANY_FIELDS', 'fields', { max: limits.maxColumns });
  else if (got > wanted || (got < wanted && !padded(all, record, records)))
    add('ROW_FIELD_COUNT', 'fields', { got, expected: wanted });
  const longest = longestField(all, record, limits.maxFieldBytes);
  if (longest > limits.maxFieldBytes)
    add('ROW_FIELD_TOO_LARGE', 'fieldBytes', { got: longest, max: limits.maxFieldBytes });
  addTextIssues(all, record, text, add);
  return issues;
};

const padded = (all: WindowRecords, record: number, { ragged, empty }: RecordPolicy): boolean =>
  (isBlank(all, record) ? empty : ragged) === 'pad';

const addTextIssues = (
  all: WindowRecords,
  record: number,
  { invalid = 'reject', nul = 'reject' }: TextPolicy,
  add: (code: IssueCode, rule: string, params: MessageParams) => void,
): void => {
  const { window } = all;
  const encoding = window.source?.encoding ?? 'utf-8';
  if (!window.valid && invalid === 'reject') {
    const at = firstInvalid(all.sourceBytes(record), encoding);
    if (at >= 0)
      add('ROW_ENCODING', 'encoding', {
        offset: all.byteOffset(record) + at,
        encoding: encoding === 'utf-8' ? 'UTF-8' : encoding,
      });
  }
  if (window.nul && nul === 'reject') {
    const bytes = all.window.bytes.subarray(all.start(record), all.end(record));
    const at = bytes.indexOf(0);
    if (at >= 0) add('ROW_NUL', 'nul', { offset: all.byteOffset(record) + all.sourceDistance(record, at) });
  }
};

/** Bytes of the longest field of a record, quotes included; 0 where none can be longer than the cap. */
const longestField = (all: WindowRecords, record: number, maxFieldBytes: number): number => {
  let start = all.start(record);
  const end = all.end(record);
  if (end - start <= maxFieldBytes) return 0;
  let longest = 0;
  const first = all.firstEnd(record);
  const fields = all.fieldCount(record);
  for (let field = 0; field < fields; field++) {
    const fieldEnd = field === fields - 1 ? end : all.window.ends[first + field]!;
    longest = Math.max(longest, fieldEnd - start);
    start = fieldEnd + 1;
  }
  return longest;
};

/** Which policy an issue falls under. */
const policyOf = (all: WindowRecords, record: number, code: IssueCode, records: RecordPolicy): string | undefined => {
  if (code !== 'ROW_FIELD_COUNT' && code !== 'ROW_TOO_MANY_FIELDS') return records.malformed;
  return isBlank(all, record) ? records.empty : records.ragged;
};

/**
 * Fails the file where the policy says so.
 *
 * @throws PipelineSourceError `CSV_BAD_RECORD` with row and offset
 */
export const failWhereAsked = (
  all: WindowRecords,
  record: number,
  row: number,
  issues: readonly RowIssue[],
  records: RecordPolicy,
): void => {
  const fatal = issues.find(({ code }) => policyOf(all, record, code, records) === 'error');
  if (fatal !== undefined)
    throw new PipelineSourceError('CSV_BAD_RECORD', {
      row,
      offset: all.byteOffset(record),
      issue: fatal.code,
      reason: fatal.message,
    });
};
