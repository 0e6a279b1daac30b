import type { BatchReport } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { encodeHeader, type Failure, failureMail, type Link, successMail } from '../../src/index.ts';
import { at } from '../helpers.ts';

const evil = [
  'a\r\nBcc: evil@example.com\r\n\r\n<b>body</b>.csv',
  '<script>alert(1)</script>.csv',
  '"><img src=x onerror=alert(1)>.csv',
  "' onmouseover='alert(1).csv",
  '&lt;already&gt;.csv',
  '\u202Ecsv.exe',
  'abc\u2066\u2069\u200f\u061c.csv',
  'line\u2028separator\u2029.csv',
  '=?UTF-8?Q?spoofed?=.csv',
  '😀 täglich 100%.csv',
];

const report = (key: string, more: Partial<BatchReport> = {}): BatchReport => ({
  formatVersion: '1.0',
  batchId: 'b1',
  revision: 1,
  source: at(key),
  sourceBytes: 100,
  output: { object: at('out.csv'), bytes: 1, crc32: '00000000', rows: 12_345 },
  report: at('report.json'),
  columns: ['id'],
  rowsRead: 12_345,
  rowsWritten: 12_343,
  rowsRejected: 2,
  chunkCount: 1,
  resolved: {},
  startedAt: '2026-11-02T10:00:00.000Z',
  finishedAt: '2026-11-02T10:02:03.000Z',
  durationMs: 123_000,
  processMs: 1,
  ...more,
});
const link = (url: string, more: Partial<Link> = {}): Link => ({
  url,
  expiresAt: Date.parse('2026-11-02T11:00:00Z'),
  certain: true,
  ...more,
});
const failure: Failure = {
  status: 'FAILED',
  error: 'PipelineSourceError',
  code: 'SOURCE_EMPTY',
  message: 'it has no bytes',
  executionArn: 'arn:aws:states:x:1:execution:m:b1',
};
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe('the mail of success', () => {
  test('has counts, file name, duration, most frequent issues and links with their end', () => {
    const issues = { 'RULE_FAILED|minimum|units': 1, 'RULE_CUSTOM|notBad|a|b': 7, 'ROW_FIELD_COUNT|fields|': 3 };
    const { subject, text, html } = successMail(report('input/orders.csv', { resolved: { issues } }), {
      output: link('https://s3/out?X=1&Y=2'),
      rejects: link('https://s3/rejects'),
    });
    expect(subject).toBe('orders.csv was processed, 2 rows were rejected');
    expect(text).toBe(
      [
        'orders.csv was processed, 2 rows were rejected',
        '',
        'File: orders.csv',
        'Rows read: 12,345',
        'Rows written: 12,343',
        'Rows rejected: 2',
        'Duration: 2 min 3 s',
        'Batch: b1',
        'Issue · a|b: notBad: 7',
        'Issue · whole row: fields: 3',
        'Issue · units: minimum: 1',
        '',
        'Output file: https://s3/out?X=1&Y=2',
        'Rejected rows: mend this file and upload it again: https://s3/rejects',
        '',
        'The links work until 2026-11-02 11:00 UTC.',
        '',
      ].join('\n'),
    );
    expect(html).toContain('<a href="https://s3/out?X=1&amp;Y=2">Output file</a>');
    expect(html).toContain('The links work until 2026-11-02 11:00 UTC.');
  });

  test.each([
    [0, '0.0 s'],
    [59_949, '59.9 s'],
    [59_999, '1 min 0 s'],
    [119_700, '2 min 0 s'],
    [3_600_000, '60 min 0 s'],
  ])('%i ms is %s', (durationMs, expected) => {
    expect(successMail(report('a.csv', { durationMs }), { output: link('x') }).text).toContain(`Duration: ${expected}`);
  });

  test('states the earlier end of two links, and doubt when one is in doubt', () => {
    const { text } = successMail(report('a.csv'), {
      output: link('x'),
      rejects: link('y', { expiresAt: Date.parse('2026-11-02T10:30:00Z'), certain: false }),
    });
    expect(text).toContain('The links work until 2026-11-02 10:30 UTC at the latest.');
  });

  test.each(evil)('stays harmless for a file named %j and a column of that name', (name) => {
    const { subject, text, html } = successMail(
      report(`input/${name}`, { resolved: { issues: { [`RULE_FAILED|type|${name}`]: 1 } } }),
      { output: link('https://s3/x') },
    );
    const plain = successMail(report('input/x.csv', { resolved: { issues: { 'RULE_FAILED|type|x': 1 } } }), {
      output: link('https://s3/x'),
    });
    expect(encodeHeader(subject)).toMatch(/^[\x20-\x7e]*$/);
    expect(text).not.toMatch(unsafe);
    expect(text.split('\n').length).toBe(plain.text.split('\n').length);
    expect(html).not.toMatch(unsafe);
    expect(html.match(/<\/?[a-z][^>]*>/g)).toEqual(plain.html.match(/<\/?[a-z][^>]*>/g));
  });
});

describe('the mail of failure', () => {
  test('has code, message, advice and where the original is', () => {
    const { subject, text } = failureMail(at('input/orders.csv'), 'b1', failure, at('failed/input/orders.csv/v'));
    expect(subject).toBe('orders.csv could not be processed: SOURCE_EMPTY');
    expect(text).toBe(
      [
        'orders.csv could not be processed: SOURCE_EMPTY',
        '',
        'File: orders.csv',
        'Status: FAILED',
        'Code: SOURCE_EMPTY',
        'What happened: it has no bytes',
        'Batch: b1',
        'Execution: arn:aws:states:x:1:execution:m:b1',
        'Input: unchanged at s3://orders/input/orders.csv',
        'Copy: s3://orders/failed/input/orders.csv/v',
        '',
        'Trying again will not help: correct the file or the settings and upload it again.',
        '',
      ].join('\n'),
    );
  });

  test.each<[Partial<Failure>, RegExp]>([
    [{ error: 'PipelineConfigError' }, /will not help/],
    [{ error: 'PipelineRejectLimitError' }, /will not help/],
    [{ error: 'PipelineMergeError' }, /Nothing was published/],
    [{ error: 'PipelineStorageError' }, /redrive the execution/],
    [{ error: 'PipelineLookupRefusedError' }, /^Correct the look-up .* then redrive/m],
    [{ error: 'TypeError' }, /redrive the execution/],
    [{ status: 'ABORTED' }, /stopped by hand/],
  ])('%j gets its advice', (change, expected) => {
    expect(failureMail(at('a.csv'), 'b1', { ...failure, ...change }, undefined).text).toMatch(expected);
  });

  test.each(evil)('stays harmless for a file named %j and a message of that text', (name) => {
    const mail = failureMail(at(`input/${name}`), 'b1', { ...failure, message: name }, at(`failed/${name}/v`));
    const plain = failureMail(at('input/x.csv'), 'b1', failure, at('failed/x/v'));
    expect(mail.text).not.toMatch(unsafe);
    expect(mail.text.split('\n').length).toBe(plain.text.split('\n').length);
    expect(mail.html).not.toMatch(unsafe);
    expect(mail.html.match(/<\/?[a-z][^>]*>/g)).toEqual(plain.html.match(/<\/?[a-z][^>]*>/g));
  });
});
