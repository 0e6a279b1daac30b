import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { RedriveExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { putItems } from '@pipeline/local';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { genericApp, strikesTable } from './fixtures/generic-app.ts';
import { readOutput, readReport, readResults } from './support/batch-files.ts';
import { listContents, listKeys } from './support/bucket.ts';
import { childrenOf, historyOf } from './support/history.ts';
import { canary, expectInvariants } from './support/invariants.ts';
import { factOf } from './support/mail.ts';
import { eventually, limitMs, startTestStack, type TestStack } from './support/test-stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack(genericApp({ chunkRows: 4, processSeconds: 3 }));
});
afterAll(() => stack?.close());

const header = 'id,text\r\n';
/** 40 rows in ten chunks of four; the row in the middle makes its worker fail. */
const fileWith = (cell: string): string =>
  header + Array.from({ length: 40 }, (_, row) => `${row},${row === 21 ? cell : canary}`).join('\r\n');

const load = (cell: string, strikesLeft: number): Promise<unknown> =>
  putItems(stack.clients.dynamodb, strikesTable, [{ pk: cell, strikesLeft }]);

/** Names of the errors that the tasks of all chunks ended with, in order. */
const taskErrors = async (executionArn: string): Promise<(string | undefined)[]> => {
  const { sfn } = stack.clients;
  const histories = await Promise.all((await childrenOf(sfn, executionArn)).map((arn) => historyOf(sfn, arn)));
  return histories.flat().flatMap((event) => {
    const details = event.taskFailedEventDetails ?? event.lambdaFunctionFailedEventDetails;
    return details === undefined ? [] : [details.error];
  });
};

/** What the execution of one chunk was given. */
const inputOf = async (arn: string): Promise<{ chunk: { index: number } }> =>
  JSON.parse((await historyOf(stack.clients.sfn, arn))[0]!.executionStartedEventDetails!.input!);

describe('a worker that fails and then works', () => {
  it.each([
    ['a look-up that does not answer', 'lookup', 2, 'PipelineLookupError'],
    ['a process that exits', 'exit', 1, 'Runtime.ExitError'],
    ['a process that runs out of memory', 'memory', 1, 'Runtime.OutOfMemory'],
    ['a process that does not notice its time is up', 'hang', 1, 'Sandbox.Timedout'],
    ['a process that notices its time is up', 'late', 1, 'PipelineDeadlineError'],
  ])('gives the bytes of a run without faults: %s', async (_, kind, times, error) => {
    const cell = `strike:${kind} ${canary}`;
    await load(cell, times);
    const input = fileWith(cell);
    const batch = await stack.run(`input/${kind}.csv`, input);
    expect(batch.status).toBe('SUCCEEDED');
    expect(await taskErrors(batch.executionArn)).toEqual(Array.from({ length: times }, () => error));
    expect((await readOutput(stack, batch)).toString()).toBe(input);
    expect(await readReport(stack, batch)).toMatchObject({ rowsRead: 40, rowsWritten: 40, chunkCount: 10 });
    await expectInvariants(stack, batch);
  });

  it('leaves no multipart upload open when a large chunk fails at its last row', async () => {
    await stack.redeploy(genericApp({ chunkBytes: 12 * 1024 * 1024 }), ['intake']);
    const cell = `strike:lookup large ${canary}`;
    await load(cell, 1);
    const line = `1,${'x'.repeat(1000)}\n`;
    const input = `id,text\n${line.repeat(24_000)}2,${cell}\n`;
    const batch = await stack.run('input/large.csv', input);
    expect(batch.status).toBe('SUCCEEDED');
    expect((await readOutput(stack, batch)).equals(Buffer.from(input))).toBe(true);
    const results = await readResults(stack, batch);
    expect(results.length).toBeGreaterThan(1);
    expect(results.at(-1)!.output.object.etag).toMatch(/-2"$/); // was written in parts
    await expectInvariants(stack, batch);
  });
});

describe('a batch that is done', () => {
  it('is not changed when every one of its steps is called again', async () => {
    await stack.redeploy(genericApp({ chunkRows: 4 }), ['intake']);
    const batch = await stack.run('input/done.csv', `${fileWith(canary)}\r\nonly one field\r\n`);
    expect(batch.status).toBe('SUCCEEDED');
    const { s3, sfn, dynamodb } = stack.clients;
    const state = async () => ({
      objects: await listContents(s3, stack.app.bucket),
      rejects: (await dynamodb.send(new ScanCommand({ TableName: 'rejects' }))).Items,
      mails: await stack.mails(),
    });
    const before = await state();
    expect(before.rejects).toHaveLength(1);

    const arns = [batch.executionArn, ...(await childrenOf(sfn, batch.executionArn))];
    const steps = (await Promise.all(arns.map((arn) => historyOf(sfn, arn)))).flat().flatMap((event) => {
      const text = event.taskScheduledEventDetails?.parameters ?? event.taskSucceededEventDetails?.output;
      return text === undefined ? [] : [JSON.parse(text) as { FunctionName?: string; Payload: unknown }];
    });
    const asked = steps.filter(({ FunctionName }) => FunctionName !== undefined);
    const answered = steps.filter(({ FunctionName }) => FunctionName === undefined);
    expect(asked.map(({ FunctionName }) => FunctionName).sort()).toEqual(
      ['archive', 'merge', 'notify', 'resolve', 'split', ...Array.from({ length: 11 }, () => 'process')].sort(),
    );
    for (const [index, { FunctionName, Payload }] of asked.entries())
      expect(await stack.invoke(FunctionName!, Payload)).toEqual(answered[index]!.Payload);
    expect(await state()).toEqual(before);
    await expectInvariants(stack, batch);
  });
});

describe('an execution that does not succeed', () => {
  beforeEach(() => stack.redeploy(genericApp({ chunkRows: 4, processSeconds: 3 }), ['intake']));

  it('fails after the last retry, and a redrive does only what is left', async () => {
    const cell = `strike:exit for long ${canary}`;
    await load(cell, 3);
    const input = fileWith(cell);
    const failed = await stack.run('input/fails.csv', input);
    expect(failed.status).toBe('FAILED');
    await expectInvariants(stack, failed);
    const [mail] = await stack.mailsOf(failed);
    expect(factOf(mail!, 'Status')).toBe('FAILED');
    expect(mail!.text).toContain('redrive the execution; it goes on where it stopped');

    const before = await readResults(stack, failed);
    expect(before.map(({ index }) => index)).not.toContain(5);
    const { executionArn } = failed;
    await stack.clients.sfn.send(new RedriveExecutionCommand({ executionArn }));
    const redriven = await stack.settled(failed.source, failed.input);
    expect(redriven.status).toBe('SUCCEEDED');
    expect((await readOutput(stack, redriven)).toString()).toBe(input);
    const after = await readResults(stack, redriven);
    for (const result of before) expect(after[result.index]).toEqual(result);
    expect(await stack.mailsOf(redriven)).toHaveLength(2);
    await expectInvariants(stack, redriven);
  });

  it('sends its mail when it was stopped by hand', async () => {
    await stack.redeploy(genericApp({ chunkRows: 4, processSeconds: 60 }), ['process']);
    const cell = `strike:pause ${canary}`;
    await load(cell, 1);
    const input = Buffer.from(fileWith(cell));
    const source = await stack.upload('input/stopped.csv', input);
    const running = await stack.executions.waitFor(
      ({ source: { key }, status }) => key === source.key && status === 'RUNNING',
      AbortSignal.timeout(limitMs),
    );
    const { executionArn, batchId } = running;
    await eventually(async () => {
      const keys = await listKeys(stack.clients.s3, source.bucket, `batches/${batchId}/results/`);
      return keys.length === 9 ? keys : undefined;
    }, 'nine of ten chunks');
    await stack.clients.sfn.send(new StopExecutionCommand({ executionArn }));
    const stopped = await stack.settled(source, input);
    expect(stopped.status).toBe('ABORTED');
    const [mail, ...more] = await stack.mailsOf(stopped);
    expect(more).toEqual([]);
    expect(mail!.subject).toBe('stopped.csv could not be processed: ABORTED');
    expect(factOf(mail!, 'Status')).toBe('ABORTED');
    expect(mail!.text).toContain('The execution was stopped by hand. Redrive it to go on where it stopped.');
    await expectInvariants(stack, stopped);

    // Workers that nobody waits for any more race for the chunk that is left: one commits, the others clear up.
    const inputs = (await Promise.all((await childrenOf(stack.clients.sfn, executionArn)).map(inputOf))).filter(
      ({ chunk }) => chunk.index === 5,
    );
    expect(inputs).toHaveLength(1);
    const answers = await Promise.all(Array.from({ length: 4 }, () => stack.invoke('process', inputs[0])));
    expect(answers).toEqual(Array.from({ length: 4 }, () => ({ index: 5, rowsRead: 4, rowsRejected: 0 })));
    expect(await listKeys(stack.clients.s3, source.bucket, `batches/${batchId}/processed/0000005.`)).toHaveLength(1);

    await stack.clients.sfn.send(new RedriveExecutionCommand({ executionArn }));
    const redriven = await stack.settled(source, input);
    expect(redriven.status).toBe('SUCCEEDED');
    expect((await readOutput(stack, redriven)).equals(input)).toBe(true);
    await expectInvariants(stack, redriven);
  });
});
