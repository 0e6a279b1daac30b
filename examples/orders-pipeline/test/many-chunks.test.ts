import { DescribeMapRunCommand, ListMapRunsCommand } from '@aws-sdk/client-sfn';
import { stateMachineDefinition } from '@pipeline/handlers';
import aslValidator from 'asl-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOutput, readReport } from '../../../packages/local/test/e2e/support/batch-files.ts';
import { childrenOf, historyOf, largestEdge } from '../../../packages/local/test/e2e/support/history.ts';
import { expectInvariants } from '../../../packages/local/test/e2e/support/invariants.ts';
import { type Batch, startTestStack, type TestStack } from '../../../packages/local/test/e2e/support/test-stack.ts';
import { ordersApp } from '../local-app.ts';
import { orderFile, uuidOf } from '../sample/generate.ts';
import { expectedOutput } from './support/expectation.ts';
import { deployedOrders } from './support/synthesised.ts';

describe('1,200 chunks', () => {
  let stack: TestStack;
  let batch: Batch;
  beforeAll(async () => {
    stack = await startTestStack(await deployedOrders({ FileChunkSize: '2' }));
    batch = await stack.run('input/many.csv', [...orderFile(2_400)].join(''));
  });
  afterAll(() => stack?.close());

  it('come out in order, nothing lost', async () => {
    expect(batch.status).toBe('SUCCEEDED');
    expect((await readOutput(stack, batch)).toString() === expectedOutput(2_400)).toBe(true);
    expect((await readReport(stack, batch)).chunkCount).toBe(1_200);
    await expectInvariants(stack, batch, { canaries: ['Fireworks', '(sic)', uuidOf(0), uuidOf(1_300)] });
  });

  it('are one child execution each', async () => {
    const { sfn } = stack.clients;
    const { mapRuns: [run, ...more] = [] } = await sfn.send(
      new ListMapRunsCommand({ executionArn: batch.executionArn }),
    );
    expect(more).toEqual([]);
    const { itemCounts } = await sfn.send(new DescribeMapRunCommand({ mapRunArn: run!.mapRunArn }));
    expect(itemCounts).toMatchObject({ total: 1_200, succeeded: 1_200, failed: 0, aborted: 0 });
  });

  it('pass no state larger than 32 KiB', async () => {
    const { sfn } = stack.clients;
    const parent = await historyOf(sfn, batch.executionArn);
    expect(parent.at(-1)!.type).toBe('ExecutionSucceeded');
    const children = await childrenOf(sfn, batch.executionArn);
    const histories = await Promise.all(
      children.filter((_, index) => index % 100 === 0).map((arn) => historyOf(sfn, arn)),
    );
    const largest = Math.max(...[parent, ...histories].map(largestEdge));
    expect(largest).toBeGreaterThan(200);
    expect(largest).toBeLessThan(32 * 1024);
    // Nothing grows with chunks: far below the limit already.
    expect(largest).toBeLessThan(4 * 1024);
  });
});

describe('the definition', () => {
  it.each([
    ['of the example', ordersApp().stateMachine()],
    [
      'with ARNs and other limits',
      stateMachineDefinition({
        SplitFunction: 'arn:aws:lambda:us-east-1:000000000000:function:split',
        ProcessFunction: 'arn:aws:lambda:us-east-1:000000000000:function:process',
        ResolveFunction: 'arn:aws:lambda:us-east-1:000000000000:function:resolve',
        MergeFunction: 'arn:aws:lambda:us-east-1:000000000000:function:merge',
        ArchiveFunction: 'arn:aws:lambda:us-east-1:000000000000:function:archive',
        NotifyFunction: 'arn:aws:lambda:us-east-1:000000000000:function:notify',
        MaxConcurrency: 1_000,
        TimeoutSeconds: 3_600,
      }),
    ],
  ])('is valid %s', (_, definition) => {
    const { isValid, errors } = aslValidator(definition);
    expect(errors).toEqual([]);
    expect(isValid).toBe(true);
    expect(JSON.stringify(definition)).not.toContain('${');
  });

  it('is refused by the validator when a state leads nowhere', () => {
    const definition = structuredClone(ordersApp().stateMachine()) as { States: Record<string, { Next?: string }> };
    definition.States.Merge!.Next = 'Nowhere';
    expect(aslValidator(definition).isValid).toBe(false);
  });
});
