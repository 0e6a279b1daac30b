import { DescribeExecutionCommand, RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from 'vitest';
import { listKeys, openUploads } from '../../../../../packages/local/test/e2e/support/bucket.ts';
import { childrenOf } from '../../../../../packages/local/test/e2e/support/history.ts';
import { factOf } from '../../../../../packages/local/test/e2e/support/mail.ts';
import { loseTable, restoreTable } from '../../../demo/lose-table.ts';
import { expectDone, mailOf, orders } from '../expect-batch.ts';
import { payloadOf } from '../payload-of.ts';
import type { Trial } from '../trial.ts';
import { runWorker, sendChunk } from './chunk-targets.ts';
import { inOneChunk, largeFile, someRows } from './large.ts';
import { type Scenario, tagging, tags } from './scenario.ts';

/** A chunk that fails, and why people are told so; then a redrive. */
export const redriven: Scenario = async (trial) => {
  const { stack, app } = trial;
  const { sfn } = stack.clients;
  const key = `input/${trial.name()}.csv`;
  const { input, output } = orders(15);
  await stack.redeploy(app, ['orders-process']); // forgets what it looked up
  await loseTable(stack);
  try {
    const source = await trial.put(key, input, tagging);
    const { batchId, executionArn, status } = await trial.ended(source);
    expect(status).toBe('FAILED');
    expect(factOf(await mailOf(trial, batchId, false), 'Code')).toBe('LOOKUP_REFUSED');
    await restoreTable(stack);
    await sfn.send(new RedriveExecutionCommand({ executionArn }));
    await trial.until(async () => {
      const now = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (now.status === 'FAILED') throw new Error('the redrive failed');
      return now.status === 'SUCCEEDED' ? true : undefined;
    }, 'the redrive');
    await expectDone(trial, { key, source, batchId, tags, output });
  } finally {
    await restoreTable(stack).catch(() => {}); // it may be there
  }
};

/** The event of a chunk that failed: nothing of it is committed, and its upload is where it was. */
export const failedChunk = async (trial: Trial, input: string) => {
  const { stack, app } = trial;
  const { sfn } = stack.clients;
  await stack.redeploy(app, ['orders-process']); // forgets what it looked up
  await loseTable(stack);
  try {
    const source = await trial.put(`input/${trial.name()}.csv`, input);
    const { batchId, executionArn, status } = await trial.ended(source);
    expect(status).toBe('FAILED');
    const child = (await childrenOf(sfn, executionArn))[0]!;
    const event = (await payloadOf(sfn, child, 'orders-process')) as { readonly chunk: { readonly index: number } };
    return { batchId, event };
  } finally {
    await restoreTable(stack);
  }
};

/** A chunk that is processed several times at once: all tries but one remove what they wrote. */
const raceOf =
  (process: (trial: Trial, event: object) => Promise<void>): Scenario =>
  (trial) =>
    inOneChunk(trial, async () => {
      const { stack, app } = trial;
      const { s3 } = stack.clients;
      const { batchId, event } = await failedChunk(trial, largeFile(someRows));
      const folder = `batches/${batchId}/`;
      await Promise.all([1, 2, 3].map(() => process(trial, event)));
      await trial.patient(
        async () => ((await listKeys(s3, app.bucket, `${folder}results/`)).length === 1 ? true : undefined),
        'the result of the chunk',
      );
      await trial.idle();
      const left = await listKeys(s3, app.bucket, folder);
      // The rows and the rejects of one try, and nothing of the others.
      expect(left.filter((key) => /\/processed\//.test(key))).toHaveLength(1);
      expect(left.filter((key) => /\/rejects\//.test(key))).toHaveLength(1);
      expect(await openUploads(s3, app.bucket)).toEqual([]);
    });

export const raced = raceOf(async ({ stack }, event) => {
  await stack.invoke('orders-process', event);
});
export const racedThroughQueue = raceOf((trial, event) => sendChunk(trial, event));
export const racedByTasks = raceOf(async (trial, event) => {
  await runWorker(trial, event);
});
