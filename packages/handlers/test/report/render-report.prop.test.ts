import type { ColumnProfile } from '@pipeline/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderReport } from '../../src/report/index.ts';
import { sampleReport } from './sample-report.ts';

const [price] = sampleReport.resolved.columns as readonly ColumnProfile[];

const pageOf = (text: string): string =>
  renderReport({
    ...sampleReport,
    batchId: `b${text}`,
    source: { bucket: 'orders', key: `input/a${text.replaceAll('/', '')}` },
    columns: [`c${text}`],
    resolved: {
      issues: { [`RULE_FAILED|r${text.replaceAll('|', '')}|c${text}`]: 1 },
      examples: {
        rows: 1,
        issues: {
          [`RULE_FAILED|r${text.replaceAll('|', '')}|c${text}`]: [
            { row: 1, offset: 0, value: `v${text}`, message: `m${text}` },
          ],
        },
      },
      columns: [
        { ...price!, name: `c${text}`, top: [{ value: `v${text}`, count: 1 }], range: { min: text, max: text } },
      ],
    },
  });

/** Tags and the names of their attributes: what a browser builds the page of. */
const skeleton = (page: string): readonly string[] =>
  [...page.matchAll(/<\/?[a-z!][^>]*>/gi)].map(([tag]) => tag.replace(/="[^"]*"/g, ''));

test('whatever names and values are, the page is built of the same elements', () => {
  const plain = skeleton(pageOf('x'));
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.string({
      unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '=', ' ', 'a', '\n', '`', '\u202E', '\0'),
      maxLength: 30,
    }),
  );
  fc.assert(
    fc.property(text, (any) => {
      const page = pageOf(any);
      expect(skeleton(page)).toEqual(plain);
      expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});

test('numbers of any size make no broken plot', () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });
  const bin = fc.record({ from: number, to: number, count: fc.double({ min: 0, max: 1e15, noNaN: true }) });
  fc.assert(
    fc.property(fc.array(bin, { maxLength: 50 }), number, number, (bins, from, to) => {
      const histogram = bins
        .map((each) => ({ ...each, from: Math.min(each.from, each.to), to: Math.max(each.from, each.to) }))
        .sort((a, b) => a.from - b.from);
      const numbers = {
        count: 1,
        min: Math.min(from, to),
        max: Math.max(from, to),
        mean: from,
        standardDeviation: 0,
        histogram,
      };
      const page = renderReport({ ...sampleReport, resolved: { columns: [{ ...price!, numbers }] } });
      expect(page).not.toMatch(/NaN|Infinity|(?:width|height)="-/);
    }),
  );
});
