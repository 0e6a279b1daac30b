import { describe, expect, test } from 'vitest';
import * as core from '../src/index.ts';
import { errorCodes, formatMessage, issueCodes, PipelineError } from '../src/index.ts';

/** Every error class with its codes, as Step Functions and people see them. */
const table = [
  ['PipelineConfigError', false, ['CONFIG_INVALID', 'RULE_INVALID', 'EVENT_INVALID']],
  [
    'PipelineSourceError',
    false,
    [
      'SOURCE_NOT_FOUND',
      'SOURCE_CHANGED',
      'SOURCE_EMPTY',
      'SOURCE_FORBIDDEN',
      'CSV_BAD_HEADER',
      'CSV_ROW_TOO_LARGE',
      'CSV_UNCLOSED_QUOTE',
      'CSV_BAD_ENCODING',
      'CSV_BAD_RECORD',
      'CSV_UNCERTAIN',
      'SOURCE_CORRUPT',
      'SOURCE_BOMB',
      'SOURCE_UNSUPPORTED',
      'CHUNK_MISMATCH',
      'BATCH_NOT_FOUND',
      'REPLAY_REFUSED',
    ],
  ],
  ['PipelineRejectLimitError', false, ['REJECT_LIMIT', 'ROWS_REPEATED', 'RULE_BROKEN']],
  ['PipelineLookupError', true, ['LOOKUP_FAILED', 'LOOKUP_THROTTLED', 'LOOKUP_INCOMPLETE', 'LOOKUP_OPEN']],
  ['PipelineLookupRefusedError', false, ['LOOKUP_KEY_MISSING', 'LOOKUP_REFUSED']],
  ['PipelineMergeError', false, ['MERGE_INCOMPLETE', 'MERGE_MISMATCH', 'MERGE_TOO_LARGE']],
  ['PipelineDeadlineError', true, ['DEADLINE']],
  ['PipelineStorageError', true, ['STORAGE_FAILED', 'STORAGE_STALLED', 'STORAGE_MISMATCH']],
  ['PipelineDeliveryError', true, ['DELIVERY_FAILED']],
] as const;

/** One value for every parameter that any message names. */
const params = {
  option: 'chunkBytes',
  expected: 'a whole number',
  got: 1500,
  reason: 'it is not so',
  object: 's3://inbox/orders.csv',
  column: 'customer',
  row: 12_345,
  offset: 1_234_567,
  maxRecordBytes: 1_048_576,
  index: 3,
  rejected: 10,
  read: 1000,
  limit: '1 %',
  lookup: 'customers',
  tries: 4,
  keys: 17,
  failures: 20,
  againMs: 10_000,
  missing: 2,
  bytes: 2 ** 50,
  max: 5,
  work: 'split',
  operation: 'read',
  stallMs: 20_000,
  what: 'the mail',
  rule: 'total-fits',
  property: 'delimiter',
  confidence: 0.4,
  sampleBytes: 65_536,
  format: 'an Excel workbook',
  batchId: 'b1',
  first: 3,
  repeat: 1234,
  repeats: 2,
  rows: 3,
  columns: 'id and day',
  advice: 'remove the mark',
};

type ErrorClass = new (code: string, params: object, options?: object) => PipelineError;
const classOf = (name: string): ErrorClass => (core as unknown as Record<string, ErrorClass>)[name]!;

describe('errors', () => {
  test('every code belongs to exactly one class', () => {
    expect(table.flatMap(([, , codes]) => codes as readonly string[]).sort()).toEqual([...errorCodes].sort());
  });

  for (const [name, retryable, codes] of table)
    test.each(codes)(`${name} %s says name, code and whether to try again`, (code) => {
      const cause = new Error('before');
      const error = new (classOf(name))(code, params, { cause });
      expect(error).toMatchObject({ name, code, retryable, cause });
      expect(error.details).toEqual(params);
      expect(error).toBeInstanceOf(Error);
      expect(error.message.startsWith(`${code}: `)).toBe(true);
      expect(error.message).not.toMatch(/undefined|\[object|NaN/);
      expect(String(error)).toBe(`${name}: ${error.message}`);
      expect(PipelineError.is(error)).toBe(true);
    });

  test('a name survives minifying, since it is an own literal', () => {
    expect(Object.getOwnPropertyDescriptor(new (classOf('PipelineMergeError'))('MERGE_MISMATCH', params), 'name')?.value)
      .toBe('PipelineMergeError'); // biome-ignore format: one claim
  });

  test('errors are known across copies of the package, and nothing else is', async () => {
    const copy = (await import('../src/errors.ts?copy' as string)) as typeof import('../src/errors.ts');
    const foreign = new copy.PipelineMergeError('MERGE_MISMATCH', { reason: 'x' });
    expect(foreign).not.toBeInstanceOf(PipelineError);
    expect(PipelineError.is(foreign)).toBe(true);
    for (const other of [null, undefined, 'text', new Error('x'), { code: 'MERGE_MISMATCH' }, () => {}])
      expect(PipelineError.is(other)).toBe(false);
  });

  test('without a cause there is no cause property', () => {
    expect('cause' in new (classOf('PipelineDeadlineError'))('DEADLINE', {})).toBe(false);
  });
});

describe('messages', () => {
  test.each([...errorCodes, ...issueCodes])(
    '%s reads as a sentence, with and without its optional parameters',
    (code) => {
      const full = formatMessage(code, params);
      expect(full.length).toBeGreaterThan(8);
      expect(full).not.toMatch(/undefined|\[object|NaN|\s{2}/);
      const { row: _, offset: __, column: ___, missing: ____, work: _____, ...required } = params;
      expect(formatMessage(code, required)).not.toMatch(/undefined|\[object|NaN/);
    },
  );

  test('no message contains the content of a row', () => {
    const canary = 'CANARY-4711';
    const content = { value: canary, raw: canary, text: canary, record: canary, field: canary, key: canary };
    for (const code of [...errorCodes, ...issueCodes])
      expect(formatMessage(code, { ...params, ...content }), code).not.toContain(canary);
  });

  test('an unknown locale falls back to English', () => {
    expect(formatMessage('DEADLINE', {}, 'tlh')).toBe(formatMessage('DEADLINE', {}));
  });
});
