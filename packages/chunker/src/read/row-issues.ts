import {
  type CsvLimits,
  type IssueCode,
  type MessageParams,
  makeIssue,
  PipelineSourceError,
  type RecordPolicy,
  type RowIssue,
  type TextPolicy,
} from '@pipeline/core';
import { firstInvalid } from '../encoding/first-invalid.ts';
import { unitBytes } from '../encoding/unit-bytes.ts';
import { BAD_QUOTE } from '../scan/states.ts';
import { isBlank, type WindowRecords } from './raw-records.ts';

/** What a record must be, and what becomes of one that is not. */
export interface RowChecks {
  readonly limits: Pick<CsvLimits, 'maxFieldBytes' | 'maxColumns'>;
  readonly text: TextPolicy;
  readonly records: RecordPolicy;
}

/** The field is that to blame, where one is. */
type AddIssue = (code: IssueCode, rule: string, params?: MessageParams, field?: number) => void;

/** What is wrong with the form of a record: nothing, or issues that make it a reject. */
export const structuralIssues = (
  all: WindowRecords,
  record: number,
  flags: number,
  { limits, text, records }: RowChecks,
): RowIssue[] => {
  const issues: RowIssue[] = [];
  const add: AddIssue = (code, rule, params = {}, field = -1) => {
    issues.push(makeIssue({ code, rule, column: all.shape.columns[field], params }));
  };
  const expected = all.shape.columns.length;
  const got = all.fieldCount(record) - all.stripped(record);
  const wanted = expected + all.shape.strippedColumns - all.stripped(record);
  if ((flags & BAD_QUOTE) !== 0) add('ROW_BAD_QUOTE', 'quotes');
  if (got > limits.maxColumns) add('ROW_TOO_MANY_FIELDS', 'fields', { max: limits.maxColumns });
  else if (got > wanted || (got < wanted && !padded(all, record, records)))
    add('ROW_FIELD_COUNT', 'fields', { got, expected: wanted });
  const longest = longestField(all, record, limits.maxFieldBytes);
  if (longest.bytes > limits.maxFieldBytes)
    add('ROW_FIELD_TOO_LARGE', 'fieldBytes', { got: longest.bytes, max: limits.maxFieldBytes }, longest.field);
  addTextIssues(all, record, text, add);
  return issues;
};

const padded = (all: WindowRecords, record: number, { ragged, empty }: RecordPolicy): boolean =>
  (isBlank(all, record) ? empty : ragged) === 'pad';

const addTextIssues = (
  all: WindowRecords,
  record: number,
  { invalid = 'reject', nul = 'reject' }: TextPolicy,
  add: AddIssue,
): void => {
  const { window } = all;
  const encoding = window.source?.encoding ?? 'utf-8';
  if (!window.valid && invalid === 'reject') {
    const at = firstInvalid(all.sourceBytes(record), encoding);
    if (at >= 0) {
      const params = { offset: all.byteOffset(record) + at, encoding: encoding === 'utf-8' ? 'UTF-8' : encoding };
      add('ROW_ENCODING', 'encoding', params, fieldAt(all, record, placeInText(all, record, at)));
    }
  }
  if (window.nul && nul === 'reject') {
    const bytes = all.window.bytes.subarray(all.start(record), all.end(record));
    const at = bytes.indexOf(0);
    if (at >= 0) {
      const params = { offset: all.byteOffset(record) + all.sourceDistance(record, at) };
      add('ROW_NUL', 'nul', params, fieldAt(all, record, at));
    }
  }
};

/** Byte of the record's UTF-8 where a byte of the record as it came is told. */
const placeInText = (all: WindowRecords, record: number, at: number): number => {
  const { bytes, source } = all.window;
  if (source === undefined) return at;
  const before = bytes.toString('utf8', all.start(record), all.end(record)).slice(0, at / unitBytes(source.encoding));
  return Buffer.byteLength(before);
};

/** Which field of a record has its byte `at`. */
const fieldAt = (all: WindowRecords, record: number, at: number): number => {
  const first = all.firstEnd(record);
  const place = all.start(record) + at;
  let field = 0;
  while (field < all.fieldCount(record) - 1 && all.window.ends[first + field]! <= place) field++;
  return field;
};

/** The longest field of a record and its bytes, quotes included; none where none can be longer than the cap. */
const longestField = (
  all: WindowRecords,
  record: number,
  maxFieldBytes: number,
): { readonly field: number; readonly bytes: number } => {
  const { source } = all.window;
  let longest = { field: -1, bytes: 0 };
  // A unit has at least one byte of UTF-8.
  const mostBytes = (all.end(record) - all.start(record)) * (source === undefined ? 1 : unitBytes(source.encoding));
  if (mostBytes <= maxFieldBytes) return longest;
  for (let field = 0; field < all.fieldCount(record); field++) {
    const bytes = all.fieldBytes(record, field);
    if (bytes > longest.bytes) longest = { field, bytes };
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
