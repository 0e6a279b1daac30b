import type { BatchReport } from '@pipeline/core';
import { expect, test } from 'vitest';
import { readReportHead } from '../../src/cli/results/report-head.ts';
import { balance, createStyle, issueLines, issueTable } from '../../src/terminal.ts';

const style = createStyle({ color: false });
const report = (issues: Record<string, number>, counts: Partial<BatchReport> = {}): BatchReport =>
  ({ rowsRead: 3, rowsWritten: 1, rowsRejected: 2, resolved: { issues }, ...counts }) as BatchReport;

test('issues are told by column and rule, most frequent first, whatever the column is called', () => {
  const lines = issueLines(report({ 'RULE_FAILED|enum|a|b': 2, 'ROW_FIELD_COUNT|fields|': 5 }));
  expect(lines).toEqual([
    { code: 'ROW_FIELD_COUNT', rule: 'fields', column: '', count: 5 },
    { code: 'RULE_FAILED', rule: 'enum', column: 'a|b', count: 2 },
  ]);
});

test('the table is cut to twelve kinds and to the width', () => {
  const many = Object.fromEntries(
    Array.from({ length: 15 }, (_, index) => [`RULE_FAILED|${'r'.repeat(80)}|c${index}`, 9]),
  );
  const lines = issueTable(report(many), style, 80);
  expect(lines).toHaveLength(1 + 12 + 1);
  expect(lines.at(-1)).toBe('  and 3 more kinds, in report.json');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(issueTable(report({}), style, 80)).toEqual([]);
});

test('the balance is one line', () => {
  expect(balance(report({}), style)).toBe('3 rows read = 1 written + 2 rejected');
  expect(balance(report({}, { rowsRead: 1, rowsRejected: 0 }), style)).toBe('1 row read = 1 written + 0 rejected');
});

const pieces = async function* (text: string, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < text.length; from += size) yield Buffer.from(text.slice(from, from + size));
};

test('a report is read without its chunks, however it is cut', async () => {
  const text = `{\n  "batchId": "b",\n  "columns": [\n    ",\\n  \\"chunks\\": ["\n  ],\n  "chunks": [\n    {"index":0}\n  ]\n}\n`;
  for (const size of [1, 7, 1000])
    await expect(readReportHead(pieces(text, size))).resolves.toEqual({ batchId: 'b', columns: [',\n  "chunks": ['] });
});

test('reading ends at the chunks, so that a long list costs nothing', async () => {
  let pulled = 0;
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{\n  "batchId": "b",\n  "chunks": [');
    for (;;) {
      pulled++;
      yield Buffer.from('\n    {"index":0},');
    }
  };
  await expect(readReportHead(endless())).resolves.toEqual({ batchId: 'b' });
  expect(pulled).toBe(0);
});
