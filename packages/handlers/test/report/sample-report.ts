import type { BatchReport, ColumnProfile } from '@pipeline/core';

const histogram = (from: number, to: number, counts: readonly number[]) =>
  counts.map((count, index) => ({
    from: from + ((to - from) * index) / counts.length,
    to: from + ((to - from) * (index + 1)) / counts.length,
    count,
  }));

const price: ColumnProfile = {
  name: 'Unit Price',
  count: 9_870,
  empty: 130,
  distinct: 4_211,
  kinds: { number: 9_500, integer: 230, text: 10 },
  range: { min: '0.99', max: 'n/a' },
  length: { min: 3, max: 8, mean: 5.71 },
  numbers: {
    count: 9_730,
    min: 0.99,
    max: 668.27,
    mean: 212.345678,
    standardDeviation: 101.2,
    histogram: histogram(0.99, 668.27, [210, 640, 1200, 1710, 1900, 1500, 1010, 700, 400, 250, 130, 50, 20, 10]),
  },
  top: [
    { value: '9.33', count: 120 },
    { value: '205.70', count: 80 },
    { value: 'n/a', count: 10 },
  ],
  patterns: [
    { pattern: '9+.9+', count: 9_500 },
    { pattern: '9+', count: 230 },
  ],
};

const country: ColumnProfile = {
  name: 'Country',
  count: 9_870,
  empty: 0,
  distinct: 185,
  kinds: { text: 9_870 },
  range: { min: 'Albania', max: 'Zimbabwe' },
  length: { min: 4, max: 32, mean: 8.4 },
  top: ['Trinidad and Tobago', 'The Gambia', 'Kenya', 'Peru', 'Chad', 'Fiji'].map((value, index) => ({
    value,
    count: 900 - index * 130,
  })),
  patterns: [
    { pattern: 'Aa+', count: 8_000 },
    { pattern: 'Aa+ Aa+', count: 1_870 },
  ],
};

const ordered: ColumnProfile = {
  name: 'Order Date',
  count: 9_870,
  empty: 4_935,
  distinct: 2_766,
  kinds: { date: 4_000, text: 935 },
  range: { min: '2010-01-01', max: '9/9/17' },
  length: { min: 6, max: 10, mean: 9.9 },
  patterns: [{ pattern: '9+-9+-9+', count: 4_000 }],
};

/** A report as the merge leaves it, with all that the page shows. */
export const sampleReport: BatchReport = {
  formatVersion: '1.0',
  batchId: '5f1c2a9e7b3d4c60a1f2e3d4c5b6a798',
  revision: 1,
  source: { bucket: 'orders', key: 'input/2026/orders-november.csv', versionId: '3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY' },
  sourceBytes: 1_248_331,
  readAs: {
    dialect: { delimiter: ';', quote: '"', newline: 'crlf' },
    encoding: 'windows-1252',
    bom: false,
    detected: {
      encoding: 'windows-1252',
      delimiter: ';',
      quote: '"',
      newline: 'crlf',
      header: true,
      confidence: { encoding: 0.93, delimiter: 0.99, quote: 0.97, newline: 1, header: 0.98 },
      sampleBytes: 65_536,
    },
  },
  plan: { mode: 'sequential', number: 1 },
  writtenAs: {},
  output: {
    object: { bucket: 'orders', key: 'batches/5f1c/output/r1/orders-november.csv' },
    bytes: 1_640_202,
    crc32: '9bd366ae',
    rows: 9_870,
  },
  rejects: {
    object: { bucket: 'orders', key: 'batches/5f1c/output/r1/rejects.csv' },
    bytes: 20_114,
    crc32: '00c0ffee',
    rows: 130,
  },
  report: { bucket: 'orders', key: 'batches/5f1c/output/r1/report.json' },
  columns: ['uuid', 'Country', 'Item Type', 'Sales Channel', 'Order Priority', 'Order Date', 'Region', 'Unit Price'],
  rowsRead: 10_000,
  rowsWritten: 9_870,
  rowsRejected: 130,
  chunkCount: 5,
  resolved: {
    issues: {
      'RULE_FAILED|enum|Order Priority': 62,
      'LOOKUP_MISSING|financials|uuid': 41,
      'RULE_CUSTOM|shipped after ordered|Ship Date': 24,
      'ROW_FIELD_COUNT|fields|': 3,
    },
    warnings: {
      'RULE_FAILED|maxLength|Region': 12,
    },
    examples: {
      rows: 10_000,
      issues: {
        'RULE_FAILED|enum|Order Priority': [
          {
            row: 12,
            offset: 1_440,
            value: 'Urgent',
            message: 'must be one of C, H, L, M',
            hint: 'ask sales for the letter',
          },
          { row: 87, offset: 10_442, value: '', message: 'must be one of C, H, L, M' },
        ],
        'LOOKUP_MISSING|financials|uuid': [{ row: 40, offset: 4_800, value: '999999999', message: 'has no entry' }],
        'RULE_CUSTOM|shipped after ordered|Ship Date': [
          { row: 77, offset: 9_240, value: '1/2/03', message: 'must not be before the order date' },
        ],
        'ROW_FIELD_COUNT|fields|': [
          { row: 9_999, offset: 1_248_000, value: '66;"half of a row', message: 'has 2 fields, the header has 8' },
        ],
      },
    },
    columns: [price, country, ordered],
  },
  startedAt: '2026-11-02T10:00:00.000Z',
  finishedAt: '2026-11-02T10:00:09.400Z',
  durationMs: 9_400,
  processMs: 11_300,
  stageMs: { split: 900, process: 6_100, resolve: 500, merge: 1_900 },
};
