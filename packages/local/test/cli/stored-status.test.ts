import type { StoredStatus } from '@pipeline/handlers';
import { expect, test } from 'vitest';
import { storedText } from '../../src/cli/status/stored-command.ts';

const status: StoredStatus = {
  ...{ batchId: 'b1', step: 'processing', chunkCount: 1200, committed: 300, failures: [] },
  ...{ revision: null, rowsRead: null, rowsRejected: null },
};

test('says how many chunks are committed', () => {
  expect(storedText(status)).toBe(
    ['batch        b1', 'step         processing', 'chunks       300 of 1,200 (25 %)', ''].join('\n'),
  );
});

test('says what came out of a batch that is done, and which tries had failed', () => {
  const done: StoredStatus = { ...status, step: 'done', committed: 1200, revision: 2, rowsRead: 5000, rowsRejected: 7 };
  expect(storedText({ ...done, failures: ['DEADLINE'] })).toBe(
    [
      ...['batch        b1', 'step         done', 'chunks       1,200 of 1,200 (100 %)'],
      ...['rows         5,000 read, 7 rejected', 'revision     2', 'failed tries DEADLINE', ''],
    ].join('\n'),
  );
});
