import { SFNClient } from '@aws-sdk/client-sfn';
import { createRunContext } from '@pipeline/core';
import { expect, test } from 'vitest';
import { batchStatus } from '../../src/index.ts';
import { credentials, startService } from '../helpers.ts';

test('a failed batch is told by the name of its error alone, with the counts of every map', async () => {
  const mapRunArn = 'arn:aws:states:us-east-1:0:mapRun:orders/chunks:1';
  const service = await startService(({ operation }) => {
    if (operation === 'DescribeExecution')
      return {
        body: {
          status: 'FAILED',
          input: '{"batchId":"b1"}',
          error: 'Custom',
          cause: 'canary-row',
          startDate: 1,
          stopDate: 2,
        },
      };
    if (operation === 'ListMapRuns') return { body: { mapRuns: [{ mapRunArn }] } };
    return { body: { status: 'FAILED', itemCounts: { total: 9, pending: 1, running: 0, succeeded: 7, failed: 1 } } };
  });
  const sfn = new SFNClient({ region: 'us-east-1', endpoint: service.endpoint, credentials });
  const status = await batchStatus(sfn, 'arn:x', createRunContext());
  await service.close();
  expect(status).toEqual({
    ...{ executionArn: 'arn:x', batchId: 'b1', status: 'FAILED', redrives: 0, error: 'Custom' },
    ...{ startedAt: '1970-01-01T00:00:01.000Z', stoppedAt: '1970-01-01T00:00:02.000Z' },
    maps: [{ label: 'chunks', status: 'FAILED', total: 9, pending: 1, running: 0, succeeded: 7, failed: 1 }],
  });
});
