import type { IssueCode } from './issues.ts';

/** Values that fill a message. Never row content. */
export type MessageParams = Readonly<Record<string, unknown>>;

type Message = (p: MessageParams) => string;

const n = (value: unknown): string => (typeof value === 'number' ? value.toLocaleString('en-US') : String(value));
const at = (p: MessageParams): string =>
  `${p.row === undefined ? '' : ` at data row ${n(p.row)}`}${p.offset === undefined ? '' : `, byte offset ${n(p.offset)}`}`;

const errors = {
  CONFIG_INVALID: (p) => `${p.option} must be ${p.expected}, got ${p.got}`,
  RULE_INVALID: (p) => `the rule cannot be compiled: ${p.reason}`,
  EVENT_INVALID: (p) => `the event is not what this function takes: ${p.reason}`,
  SOURCE_NOT_FOUND: (p) => `${p.object} does not exist in the version that was announced; upload it again`,
  SOURCE_CHANGED: (p) =>
    `${p.object} was overwritten while it was being read; the new version starts a batch of its own`,
  SOURCE_EMPTY: (p) => `${p.object} has no bytes; upload a file with at least a header`,
  SOURCE_FORBIDDEN: (p) =>
    `access to ${p.object} was refused${p.reason === undefined ? '' : ` (${p.reason})`}; ${p.advice ?? "check the role's permissions and the key's encryption"}`,
  CSV_BAD_HEADER: (p) =>
    `the header of ${p.object} ${p.reason}${p.column === undefined ? '' : ` (column ${JSON.stringify(p.column)})`}; expected ${p.expected}`,
  CSV_ROW_TOO_LARGE: (p) =>
    `a record${at(p)} is longer than ${n(p.maxRecordBytes)} bytes; check the delimiter and quotes or raise maxRecordBytes`,
  CSV_UNCLOSED_QUOTE: (p) =>
    `the quote opened${at(p)} is never closed within ${n(p.maxRecordBytes)} bytes; close it or double quotes inside the field`,
  CSV_BAD_ENCODING: (p) =>
    `${p.object} is not ${p.encoding ?? 'UTF-8'}${at(p)}: ${p.reason}; ${p.advice ?? 'convert it to UTF-8 or name its encoding'}`,
  CSV_BAD_RECORD: (p) => `a record${at(p)} ${p.reason}; correct it or let such records be rejects`,
  CSV_UNCERTAIN: (p) =>
    `the ${p.property} of ${p.object} could not be told from its first ${n(p.sampleBytes)} bytes (confidence ${p.confidence}); say which it is`,
  SOURCE_CORRUPT: (p) => `${p.object} cannot be unpacked${at(p)} of the packed file: ${p.reason}; upload it again`,
  SOURCE_BOMB: (p) => `${p.object} was not unpacked further${at(p)} of the packed file: ${p.reason}`,
  SOURCE_UNSUPPORTED: (p) => `${p.object} is ${p.format}; upload CSV, plain or packed with gzip or zstd`,
  CHUNK_MISMATCH: (p) => `chunk ${p.index}: ${p.reason}; the plan does not fit the object, split it again`,
  REJECT_LIMIT: (p) =>
    `${n(p.rejected)} of ${n(p.read)} rows were rejected, more than the limit of ${p.limit}; look at the rejects and correct the file or the rule`,
  ROWS_REPEATED: (p) =>
    `data row ${n(p.repeat)} repeats data row ${n(p.first)} in ${p.columns} (${n(p.repeats)} such ${p.repeats === 1 ? 'row' : 'rows'} in all); remove them or let repeated rows be rejects`,
  RULE_BROKEN: (p) =>
    `rule ${p.rule} threw on ${n(p.rows)} rows in a row${p.row === undefined ? '' : `, up to data row ${n(p.row)}`}; correct the rule, the rows may be right`,
  LOOKUP_FAILED: (p) => `look-up ${p.lookup} failed after ${p.tries} tries: ${p.reason}`,
  LOOKUP_THROTTLED: (p) => `look-up ${p.lookup} was throttled for ${p.tries} tries; lower its rate or concurrency`,
  LOOKUP_INCOMPLETE: (p) => `look-up ${p.lookup} left ${n(p.keys)} keys without an answer after ${p.tries} tries`,
  LOOKUP_OPEN: (p) =>
    `look-up ${p.lookup} is left alone after ${n(p.failures)} failed calls, the last with ${p.reason}; it is tried again in ${n(p.againMs)} ms`,
  LOOKUP_KEY_MISSING: (p) =>
    `look-up ${p.lookup} has no entry for the key${at(p)}; add it or choose another policy for missing keys`,
  LOOKUP_REFUSED: (p) => `look-up ${p.lookup} was refused: ${p.reason}`,
  MERGE_INCOMPLETE: (p) =>
    `chunk ${p.index} has no committed result${p.missing === undefined ? '' : ` (${n(p.missing)} missing in all)`}; redrive the execution`,
  MERGE_MISMATCH: (p) =>
    `${p.index === undefined ? 'the batch' : `chunk ${p.index}`}: ${p.reason}; nothing was published`,
  MERGE_TOO_LARGE: (p) => `the merged object would have ${n(p.bytes)} bytes, more than S3 takes (${n(p.max)})`,
  BATCH_NOT_FOUND: (p) =>
    `batch ${p.batchId} has no merged output at ${p.object}; check the id, or wait until the batch is done`,
  REPLAY_REFUSED: (p) => `${p.object} cannot be replayed into batch ${p.batchId}: ${p.reason}; nothing was changed`,
  DEADLINE: (p) => `${p.work ?? 'the work'} was not done in the time that was set aside`,
  STORAGE_FAILED: (p) => `${p.operation} of ${p.object} failed after ${p.tries} tries: ${p.reason}`,
  STORAGE_STALLED: (p) => `${p.operation} of ${p.object} made no progress for ${n(p.stallMs)} ms`,
  STORAGE_MISMATCH: (p) => `${p.operation} of ${p.object} answered wrongly: ${p.reason}`,
  DELIVERY_FAILED: (p) => `${p.what} could not be delivered: ${p.reason}`,
} satisfies Record<string, Message>;

const issues = {
  ROW_FIELD_COUNT: (p) => `has ${n(p.got)} fields, the header has ${n(p.expected)}`,
  ROW_BAD_QUOTE: () => 'has bytes between a closing quote and the next delimiter; double quotes inside a quoted field',
  ROW_STRAY_QUOTE: () => 'has a quote inside an unquoted field; it is kept as it is',
  ROW_ENCODING: (p) =>
    `is not valid ${p.encoding ?? 'UTF-8'}${p.offset === undefined ? '' : ` (byte offset ${n(p.offset)})`}`,
  ROW_NUL: (p) =>
    `has a NUL byte${p.offset === undefined ? '' : ` (byte offset ${n(p.offset)})`}; remove it, or let the pipeline keep or replace NUL bytes`,
  ROW_FIELD_TOO_LARGE: (p) =>
    `has ${p.column === undefined ? 'a field of ' : ''}${n(p.got)} bytes, more than ${n(p.max)}`,
  ROW_TOO_MANY_FIELDS: (p) => `has more than ${n(p.max)} fields`,
  ROW_DUPLICATE: (p) => `repeats data row ${n(p.first)}${p.columns === undefined ? '' : ` in ${p.columns}`}`,
  RULE_FAILED: (p) => `${p.reason}`,
  RULE_TYPE: (p) => `must be ${p.expected}`,
  RULE_CUSTOM: (p) => `${p.reason}`,
  RULE_THREW: (p) => `rule ${p.rule} failed on this row (${p.reason})`,
  LOOKUP_MISSING: (p) => `has no entry in ${p.lookup}`,
  LOOKUP_KEY_FAILED: (p) => `could not be looked up in ${p.lookup}: ${p.reason}`,
  LOOKUP_UNANSWERED: (p) => `got no answer from ${p.lookup}: ${p.reason}; send the row again`,
} satisfies Record<IssueCode, Message>;

const plainNumber =
  'write the digits alone, with a point before decimals: no thousands separators, units, signs of currency or spaces';

const ofKeyword: Readonly<Record<string, string>> = {
  required: 'fill in this column',
  enum: 'write one of the allowed values exactly as it is listed, in the same case and without spaces around it',
  const: 'write exactly the value that is asked for, in the same case and without spaces around it',
  format: 'write the value in the form that is asked for, without spaces around it',
  pattern: 'write the value in the form that is asked for; look for spaces around it and for wrong case',
  minLength: 'write the whole value; it is too short',
  maxLength: 'shorten the value, or look for a missing delimiter or quote',
  minimum: 'correct the value, or look for a missing digit or a shifted column',
  exclusiveMinimum: 'correct the value, or look for a missing digit or a shifted column',
  maximum: 'correct the value, or look for a missing decimal point or a shifted column',
  exclusiveMaximum: 'correct the value, or look for a missing decimal point or a shifted column',
  multipleOf: 'round the value, or look for a misplaced decimal point',
  'false schema': 'empty this column',
  additionalProperties: 'remove the column, or correct its name in the header',
  unevaluatedProperties: 'remove the column, or correct its name in the header',
  dependentRequired: 'fill in this column, or empty the other one',
  dependencies: 'fill in this column, or empty the other one',
  maxIssuesPerRow: 'correct these first; the others are told when the row is sent again',
};

/** What to do about an issue, where more can be said than its message says. */
const hints: Readonly<Partial<Record<IssueCode, (p: MessageParams) => string | undefined>>> = {
  ROW_FIELD_COUNT: () =>
    'look for a missing delimiter, or put fields that hold a delimiter, a quote or a line break in quotes',
  ROW_BAD_QUOTE: () => 'put the whole field in quotes and double each quote inside it',
  ROW_ENCODING: () => 'save the file as UTF-8 and send it again',
  ROW_FIELD_TOO_LARGE: () => 'shorten the field, or look for a quote that is never closed',
  ROW_TOO_MANY_FIELDS: () => 'check the delimiter, or put fields that hold it in quotes',
  ROW_DUPLICATE: () => 'keep one of the rows, or correct the key of this one',
  RULE_FAILED: ({ rule }) => (typeof rule === 'string' && Object.hasOwn(ofKeyword, rule) ? ofKeyword[rule] : undefined),
  RULE_TYPE: ({ expected }) =>
    /^(?:an integer|a number|a 32-bit)/.test(String(expected))
      ? plainNumber
      : 'write the value in the form that is asked for',
  RULE_THREW: () => 'tell whoever wrote the rule; the row may be right',
  LOOKUP_MISSING: () => 'correct the key, or have the entry added, and send the row again',
  LOOKUP_KEY_FAILED: () => 'send the row again; if it fails again, correct the key',
};

/** What went wrong with a batch; each code has a text in the catalogue. */
export type ErrorCode = keyof typeof errors;

/** The texts of every error and issue for one locale. */
export type MessageCatalogue = Readonly<Record<ErrorCode | IssueCode, Message>>;

const catalogues: Readonly<Record<string, MessageCatalogue>> = { en: { ...errors, ...issues } };

const hintsOf: Readonly<Record<string, typeof hints>> = { en: hints };

/** Every error code, for documentation and tests. */
export const errorCodes = Object.keys(errors) as readonly ErrorCode[];
/** Every issue code, for documentation and tests. */
export const issueCodes = Object.keys(issues) as readonly IssueCode[];

/**
 * Builds the text of an error or issue from its code and parameters.
 *
 * @param locale - a BCP 47 tag; an unknown one falls back to English. @default 'en'
 * @example
 * formatMessage('RULE_TYPE', { expected: 'a number' }); // 'must be a number'
 */
export const formatMessage = (code: ErrorCode | IssueCode, params: MessageParams, locale = 'en'): string =>
  (catalogues[locale] ?? catalogues.en!)[code](params);

/**
 * Says what to do about an issue, from its code and the parameters of its message, with `rule` for what failed;
 * `undefined` where the message says it all.
 *
 * @param locale - a BCP 47 tag; there are hints in English so far. @default 'en'
 * @example
 * formatHint('RULE_FAILED', { rule: 'required' }); // 'fill in this column'
 */
export const formatHint = (code: IssueCode, params: MessageParams, locale = 'en'): string | undefined =>
  (hintsOf[locale] ?? hints)[code]?.(params);
