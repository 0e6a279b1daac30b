import { createHash } from 'node:crypto';
import type { BatchReport, ColumnProfile } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listPrices, type RenderReportOptions, renderReport } from '../../src/report/index.ts';
import { codeOf } from '../helpers.ts';
import { sampleReport } from './sample-report.ts';

const profiles = sampleReport.resolved.columns as readonly ColumnProfile[];
const plain: BatchReport = { ...sampleReport, resolved: {} };
const withResolved = (resolved: object): BatchReport => ({ ...sampleReport, resolved: { ...resolved } });
const wild = '<script>alert("1")</script>\'&';
const errorOf = (options: RenderReportOptions): Promise<string> =>
  codeOf(Promise.resolve().then(() => renderReport(sampleReport, options)));

/** Every start tag of the page, in order. */
const tagsOf = (page: string): readonly string[] =>
  [...page.matchAll(/<([a-z][a-z0-9]*)[\s>]/gi)].map(([, name]) => name!.toLowerCase());

describe('the page of a batch', () => {
  test('says what came in, what went out, and what was rejected and why', () => {
    const page = renderReport(sampleReport);
    for (const text of [
      '<h1>orders-november.csv</h1>',
      '9,870 of 10,000 rows passed; 130 were rejected and can be mended and sent again.',
      's3://orders/input/2026/orders-november.csv',
      '1.2 MiB',
      'WINDOWS-1252',
      'at least 93 % sure',
      's3://orders/batches/5f1c/output/r1/orders-november.csv',
      '<code>9bd366ae</code>',
      's3://orders/batches/5f1c/output/r1/rejects.csv</code>, 130 rows',
      'is not one of the allowed values',
      'row 12 <span class="muted">(byte 1,440)</span>: <span class="value">Urgent</span>',
    ])
      expect(page).toContain(text);
  });

  test('tells apart what rejected rows and what did not', () => {
    const [, rejects, warnings] = renderReport(sampleReport).split(/id="rejects"|id="warnings"/);
    expect(rejects).toContain('Order Priority');
    expect(rejects).not.toContain('is too long');
    expect(warnings).toContain('is too long');
    expect(renderReport(withResolved({ issues: sampleReport.resolved.issues }))).not.toContain('id="warnings"');
  });

  test('a rule that rejects some rows and warns of others stands in both sections', () => {
    const key = 'RULE_FAILED|maxLength|Region';
    const page = renderReport(withResolved({ issues: { [key]: 3 }, warnings: { [key]: 4 } }));
    expect(page.split('is too long')).toHaveLength(3);
  });

  test('says what to do: as the rule has it, or else as its kind has it', () => {
    const page = renderReport(sampleReport);
    expect(page).toContain('What to do: ask sales for the letter');
    expect(page).toContain('What to do: correct the key, or have the entry added, and send the row again');
    // A rule of one's own without a hint has none.
    expect(page.split('What to do: ')).toHaveLength(5);
    expect(renderReport(sampleReport, { redact: true })).not.toContain('ask sales for the letter');
  });

  test('repeated rows are shown with those that they repeat, but not on a redacted page', () => {
    const report = withResolved({
      issues: { 'ROW_DUPLICATE|one order|uuid': 7 },
      unique: {
        'one order': {
          columns: ['uuid'],
          onDuplicate: 'reject',
          keys: 10,
          skipped: 0,
          repeats: 7,
          examples: [
            { row: 1_007, first: 3 },
            { row: 1_009, first: 4 },
          ],
        },
      },
    });
    const page = renderReport(report);
    expect(page).toContain('<summary>2 examples</summary>');
    expect(page).toContain('<li>row 1,007 repeats row 3</li>');
    expect(renderReport(report, { redact: true })).not.toMatch(/repeats row|<details/);
  });

  test('columns that rows know by another name are told', () => {
    const readAs = { ...sampleReport.readAs!, renamed: [{ from: wild, to: 'id' }] };
    const page = renderReport({ ...sampleReport, readAs });
    expect(page).toContain('1 column known by another name');
    expect(page).toContain('<li>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
    expect(page).toMatch(/&lt;\/script&gt;[^<]* is id<\/li>/);
    expect(renderReport(sampleReport)).not.toContain('known by another name');
  });

  test('profiles say of which rows they are', () => {
    const rows = profiles[0]!.count;
    expect(renderReport({ ...sampleReport, rowsWritten: rows })).toContain('Of the rows that went out.');
    expect(renderReport({ ...sampleReport, rowsWritten: rows - 3 })).toContain(
      `before repeated rows were taken out or mended ones came in; ${(rows - 3).toLocaleString('en')} rows went out.`,
    );
  });

  test.each<[string, Partial<BatchReport>, string]>([
    ['no rows', { rowsRead: 0, rowsWritten: 0, rowsRejected: 0 }, 'The file has no rows'],
    ['one row', { rowsRead: 1, rowsWritten: 1, rowsRejected: 0 }, 'The one row passed.'],
    ['no rejects', { rowsRead: 1200, rowsWritten: 1200, rowsRejected: 0 }, 'All 1,200 rows passed; none was rejected.'],
    ['rejects only', { rowsRead: 2, rowsWritten: 0, rowsRejected: 2 }, 'None of the 2 rows passed: all were rejected.'],
  ])('of a file with %s says so', (_, counts, sentence) => {
    const page = renderReport({ ...plain, ...counts });
    expect(page).toContain(sentence);
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('draws what columns hold, with a text for every plot, and nothing where none were profiled', () => {
    const page = renderReport(sampleReport);
    expect(page).toContain('aria-label="Kinds of Order Date: date 81.1 %, text 18.9 %"');
    expect(page).toMatch(
      /aria-label="Histogram of Unit Price: 0.99 to 668.27, most dense from .* with about 1,900 values"/,
    );
    expect(page).toContain('<span class="value">Trinidad and Tobago</span>');
    for (const [svg] of page.matchAll(/<svg[^>]*>/g))
      expect(svg).toMatch(/role="img" aria-label="[^"]+"|aria-hidden="true"|class="key"/);
    expect(renderReport(plain)).not.toContain('What the columns hold');
  });

  test('a column of one number, none, or numbers without end has no histogram, and no broken plot', () => {
    const numbers = (from: number, to: number) => ({
      ...profiles[0]!.numbers!,
      histogram: [
        { from, to: (from + to) / 2, count: 1 },
        { from: (from + to) / 2, to, count: 1 },
      ],
    });
    for (const [from, to] of [
      [5, 5],
      [-Number.MAX_VALUE, Number.MAX_VALUE],
    ] as const) {
      const page = renderReport(withResolved({ columns: [{ ...profiles[0], numbers: numbers(from, to) }] }));
      expect(page).not.toContain('class="histogram"');
      expect(page).not.toContain('NaN');
    }
  });

  test('asks for nothing, runs nothing, and lets in no style but its own', () => {
    const page = renderReport(sampleReport, { links: { output: { url: 'https://example.com/orders.csv?a=1&b=2' } } });
    const [, style] = /<style>(.*?)<\/style>/s.exec(page)!;
    const hash = createHash('sha256').update(style!).digest('base64');
    expect(page).toContain(
      `content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(page).toContain('<a href="https://example.com/orders.csv?a=1&amp;b=2" rel="noreferrer">');
    expect(tagsOf(page)).not.toEqual(expect.arrayContaining(['script']));
    expect(page).not.toMatch(/<(?:img|link|iframe|object|embed|form|base)\b|\sstyle="|\son\w+="|url\(|@import/i);
    expect([...page.matchAll(/(?:src|href)="([^#"][^"]*)"/g)].map(([, url]) => url)).toEqual([
      'https://example.com/orders.csv?a=1&amp;b=2',
    ]);
  });

  test('has one title, landmarks, and headings in order', () => {
    const page = renderReport(sampleReport);
    const tags = tagsOf(page);
    for (const tag of ['h1', 'main', 'header', 'footer', 'nav', 'title'])
      expect(tags.filter((name) => name === tag)).toHaveLength(1);
    const levels = tags.filter((name) => /^h\d$/.test(name)).map((name) => Number(name[1]));
    for (const [index, level] of levels.entries()) expect(level).toBeLessThanOrEqual((levels[index - 1] ?? 0) + 2);
    for (const [, id] of page.matchAll(/href="#([^"]+)"/g)) expect(page).toContain(`id="${id}"`);
    for (const [table] of page.matchAll(/<table.*?<\/table>/gs))
      expect(table).toMatch(/<caption.*scope="col".*scope="row"/s);
  });

  test('names that are HTML stay text, wherever they stand', () => {
    const profile: ColumnProfile = {
      ...profiles[0]!,
      name: wild,
      range: { min: wild, max: wild },
      top: [{ value: wild, count: 1 }],
      patterns: [{ pattern: wild, count: 1 }],
    };
    const key = `RULE_FAILED|${wild}|${wild}`;
    const page = renderReport(
      {
        ...sampleReport,
        batchId: wild,
        source: { bucket: wild, key: `in/${wild}`, versionId: wild },
        output: { ...sampleReport.output, object: { bucket: wild, key: wild } },
        columns: [wild],
        resolved: {
          issues: { [key]: 1 },
          examples: { rows: 1, issues: { [key]: [{ row: 1, offset: 0, value: wild, message: wild }] } },
          columns: [profile],
        },
      },
      { brand: { name: wild }, prices: { ...listPrices, source: wild } },
    );
    expect(page).not.toContain('<script');
    expect(page.split('&lt;script&gt;').length).toBeGreaterThan(12);
    expect(tagsOf(page)).not.toContain('script');
    expect(page).not.toContain('alert("1")');
  });

  test('what is invisible in names and values is seen', () => {
    const page = renderReport({ ...plain, columns: ['a\u202Egpj.exe', 'nul\0', 'line\nfeed'] });
    expect(page).toContain('<li>a�gpj.exe</li>');
    expect(page).toContain('<li>nul␀</li><li>line␊feed</li>');
  });

  test('redacted it holds no value of any row', () => {
    const page = renderReport(sampleReport, { redact: true });
    for (const text of [
      'Urgent',
      '999999999',
      '1/2/03',
      'half of a row',
      'Trinidad',
      'Albania',
      '205.70',
      '668.27',
      '9+-9+-9+',
      '2010-01-01',
      'must be one of',
    ])
      expect(page).not.toContain(text);
    for (const text of [
      'Row content is left out',
      'is not one of the allowed values',
      'Order Priority',
      'about 185 different values',
    ])
      expect(page).toContain(text);
  });

  test('redacted it has none of the texts that only rows have', () => {
    const text = fc.string({ minLength: 8, maxLength: 40, unit: fc.constantFrom(...'QXZJK0123456789') });
    fc.assert(
      fc.property(text, (value) => {
        const key = 'RULE_CUSTOM|mine|id';
        const page = renderReport(
          withResolved({
            issues: { [key]: 1 },
            examples: { rows: 1, issues: { [key]: [{ row: 1, offset: 0, value, message: `not ${value}` }] } },
            columns: [
              {
                ...profiles[0],
                range: { min: value, max: value },
                top: [{ value, count: 1 }],
                patterns: [{ pattern: value, count: 1 }],
              },
            ],
          }),
          { redact: true },
        );
        expect(page).not.toContain(value);
      }),
    );
  });

  test('stays below 1 MB with thousands of columns and issues and the longest texts', () => {
    const long = (index: number): string => `${index}${'<"😀'.repeat(2000)}`;
    const many = Array.from({ length: 5000 }, (_, index) => index);
    const issues = Object.fromEntries(many.map((index) => [`RULE_FAILED|${long(index)}|${long(index)}`, index + 1]));
    const top = many.slice(0, 10).map((index) => ({ value: long(index), count: index }));
    const page = renderReport({
      ...sampleReport,
      source: { bucket: 'b', key: long(1) },
      columns: many.map(long),
      chunkCount: 1_000_000,
      resolved: {
        issues,
        examples: {
          rows: 1,
          issues: Object.fromEntries(
            Object.keys(issues).map((key) => [
              key,
              Array(20).fill({ row: 1, offset: 1, value: long(1), message: long(1) }),
            ]),
          ),
        },
        columns: many.map((index) => ({
          ...profiles[0]!,
          name: long(index),
          range: { min: long(1), max: long(2) },
          top,
          patterns: top.map(({ value, count }) => ({ pattern: value, count })),
        })),
      },
    });
    expect(Buffer.byteLength(page)).toBeLessThan(1_000_000);
    expect(page).toMatch(/and 4,9\d\d issues more, each in 4,9\d\d rows at most; the report file has them all/);
    expect(page).toMatch(/and 4,9\d\d columns more; the report file has them all/);
  });

  test('tells time and an estimate of cost by stage', () => {
    const page = renderReport(sampleReport, { memoryMb: 512 });
    expect(page).toContain('9.4 s in all, 1,064 rows a second');
    expect(page).toMatch(
      /<th scope="row">process<br>.*<\/svg><\/th><td class="number">6\.1 s<\/td><td class="number">\$0\.0/,
    );
    expect(page).toContain(listPrices.source);
    expect(page).toContain('functions of 512 MB');
    const { stageMs: _, ...older } = sampleReport;
    expect(renderReport(older)).toContain('not told');
  });

  test('an estimate is the sum of what was used at its price', () => {
    const only = (price: Partial<typeof listPrices>) =>
      renderReport(sampleReport, {
        memoryMb: 2048,
        prices: { source: 'mine', perGbSecond: 0, perInvocation: 0, perTransition: 0, perPut: 0, perGet: 0, ...price },
      });
    // 0.9 s split, 11.3 s of chunks, 0.5 s resolve and 1.9 s merge at 2 GB.
    expect(only({ perGbSecond: 1 })).toContain('<strong>$29.20</strong>');
    expect(only({ perInvocation: 1 })).toContain('<strong>$11.00</strong>');
    expect(only({ perTransition: 1 })).toContain('<strong>$19.00</strong>');
  });

  test.each<[string, RenderReportOptions]>([
    ['a script as a link', { links: { output: { url: 'javascript:alert(1)' } } }],
    ['a hidden script as a link', { links: { rejects: { url: ' java\nscript:alert(1)' } } }],
    ['data as a link', { links: { report: { url: 'data:text/html,x' } } }],
    ['a colour that is more', { brand: { color: { light: '#fff}', dark: '#000000' } } }],
    ['too little memory', { memoryMb: 64 }],
    ['a price below nothing', { prices: { ...listPrices, perGet: -1 } }],
  ])('%s is refused', async (_, options) => {
    expect(await errorOf(options)).toBe('CONFIG_INVALID');
  });

  test('links that end say when the first one does', () => {
    const links = {
      output: { url: 'https://s3/o', expiresAt: Date.parse('2026-11-03T10:00:00Z') },
      rejects: { url: 'https://s3/r', expiresAt: Date.parse('2026-11-02T11:30:00Z') },
    };
    expect(renderReport(sampleReport, { links })).toContain('The links work until 2026-11-02 11:30 UTC.');
  });
});
