import { DeleteTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { createTable, putItems } from '@pipeline/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOutput, readRejects, readResults } from '../../../packages/local/test/e2e/support/batch-files.ts';
import { listKeys, listVersions, readObject } from '../../../packages/local/test/e2e/support/bucket.ts';
import { canary, expectInvariants } from '../../../packages/local/test/e2e/support/invariants.ts';
import { factOf, isSuccess } from '../../../packages/local/test/e2e/support/mail.ts';
import {
  type Batch,
  eventually,
  startTestStack,
  type TestStack,
} from '../../../packages/local/test/e2e/support/test-stack.ts';
import { faultOf, financialsOf, header, orderLine, tableKeys } from '../sample/generate.ts';
import { enriched, outputHeader } from './support/expectation.ts';
import { deployedOrders } from './support/synthesised.ts';

/** Thirty rows that no look-up is needed for, since their rules reject them, then forty good ones: seven chunks of ten. */
const bad = Array.from({ length: 30 }, (_, index) => `bad ${index},${canary},,,,,,`);
const good = Array.from({ length: 60 }, (_, index) => index + 1)
  .filter((row) => faultOf(row) === undefined)
  .slice(0, 40);
const input = Buffer.from([header.join(','), ...bad, ...good.map((row) => orderLine(row))].join('\r\n'));
const expected = [outputHeader(), ...good.map((row) => enriched(orderLine(row), row))].join('\r\n');

describe('a batch whose financial table is gone', () => {
  let stack: TestStack;
  let failed: Batch;
  beforeAll(async () => {
    stack = await startTestStack(await deployedOrders({ FileChunkSize: '10', MaxConcurrency: 1 }));
    const { dynamodb } = stack.clients;
    await dynamodb.send(new DeleteTableCommand({ TableName: 'financials' }));
    await eventually(
      () =>
        dynamodb.send(new DescribeTableCommand({ TableName: 'financials' })).then(
          () => undefined,
          () => true,
        ),
      'the end of the table',
    );
    failed = await stack.run('input/orders.csv', input);
  });
  afterAll(() => stack?.close());

  it('fails without a retry, keeps the input and says what to do', async () => {
    expect(failed.status).toBe('FAILED');
    const { s3 } = stack.clients;
    expect(await listVersions(s3, 'orders', 'input/orders.csv')).toEqual([failed.source.versionId]);
    expect((await readObject(s3, failed.source)).equals(input)).toBe(true);
    expect(await listKeys(s3, 'orders', 'failed/')).toEqual([`failed/input/orders.csv/${failed.source.versionId}`]);
    expect(await listKeys(s3, 'orders', `results/${failed.batchId}/output/`)).toEqual([]);
    expect((await readResults(stack, failed)).map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(stack.lambda.stats()['orders-process']).toMatchObject({ invocations: 4, errors: 1 });

    const [mail, ...more] = await stack.mailsOf(failed);
    expect(more).toEqual([]);
    expect(mail!.subject).toBe('orders.csv could not be processed: LOOKUP_REFUSED');
    expect(factOf(mail!, 'Code')).toBe('LOOKUP_REFUSED');
    expect(factOf(mail!, 'What happened')).toMatch(/^look-up financials was refused: ResourceNotFoundException/);
    expect(factOf(mail!, 'Execution')).toBe(failed.executionArn);
    expect(mail!.text).toContain('Correct the look-up');
    expect(mail!.text).toContain('then redrive the execution: finished chunks are not done again.');
    await expectInvariants(stack, failed);
  });

  it('fails again as long as the table is gone, with a mail of its own', async () => {
    await stack.clients.sfn.send(new RedriveExecutionCommand({ executionArn: failed.executionArn }));
    const again = await stack.settled(failed.source, input);
    expect(again.status).toBe('FAILED');
    expect((await stack.mailsOf(failed)).map((mail) => factOf(mail, 'Code'))).toEqual([
      'LOOKUP_REFUSED',
      'LOOKUP_REFUSED',
    ]);
    await expectInvariants(stack, again);
  });

  it('succeeds when the table is back and it is redriven: only what is left is done', async () => {
    const { dynamodb, sfn } = stack.clients;
    await createTable(dynamodb, { tableName: 'financials', partitionKey: 'uuid' });
    await putItems(
      dynamodb,
      'financials',
      Array.from({ length: tableKeys }, (_, index) => financialsOf(index)),
    );
    const before = await readResults(stack, failed);
    const calls = stack.lambda.stats()['orders-process']!.invocations;

    await sfn.send(new RedriveExecutionCommand({ executionArn: failed.executionArn }));
    const batch = await stack.settled(failed.source, input);
    expect(batch.status).toBe('SUCCEEDED');
    expect(await sfn.send(new DescribeExecutionCommand({ executionArn: batch.executionArn }))).toMatchObject({
      redriveCount: 2,
    });
    expect((await readOutput(stack, batch)).toString()).toBe(expected);
    expect(
      (await readRejects(stack, batch))
        .toString()
        .split('\r\n')
        .slice(1, 31)
        .map((line) => line.slice(0, 6)),
    ).toEqual(bad.map((line) => line.slice(0, 6)));
    const after = await readResults(stack, batch);
    expect(after.slice(0, 3)).toEqual(before);
    expect(stack.lambda.stats()['orders-process']!.invocations - calls).toBe(4);
    expect((await stack.mailsOf(batch)).map(isSuccess)).toEqual([false, false, true]);
    await expectInvariants(stack, batch);
  });
});
