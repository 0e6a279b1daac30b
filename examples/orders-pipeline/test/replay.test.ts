import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import type { ReportFile } from '@pipeline/merge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRejects } from '../../../packages/local/test/e2e/support/batch-files.ts';
import { readJsonObject, readObject } from '../../../packages/local/test/e2e/support/bucket.ts';
import { factOf } from '../../../packages/local/test/e2e/support/mail.ts';
import {
  type Batch,
  eventually,
  limitMs,
  startTestStack,
  type TestStack,
} from '../../../packages/local/test/e2e/support/test-stack.ts';
import { faultOf, header, orderLine } from '../sample/generate.ts';
import { enriched, outputHeader } from './support/expectation.ts';
import { deployedOrders } from './support/synthesised.ts';

/** Forty good orders in chunks of ten, three of which came with a uuid that is none. */
const good = Array.from({ length: 60 }, (_, index) => index + 1)
  .filter((row) => faultOf(row) === undefined)
  .slice(0, 40);
const torn = [3, 17, 31];
const lines = good.map((row) => orderLine(row));
const tornLine = (index: number): string => lines[index]!.replace(/^\d/, 'x');
const input = [header.join(','), ...lines.map((line, index) => (torn.includes(index) ? tornLine(index) : line))].join(
  '\r\n',
);
const outputWithout = (left: readonly number[]): string =>
  [
    outputHeader(),
    ...good.filter((_, index) => !left.includes(index)).map((row) => enriched(orderLine(row), row)),
  ].join('\r\n');
const mend = (rejects: string, which: readonly number[]): string =>
  which.reduce((text, index) => text.replace(tornLine(index), lines[index]!), rejects);

describe('rejected orders that are mended and uploaded again', () => {
  let stack: TestStack;
  let batch: Batch;
  let rejects: string;

  /** Uploads a mended file and waits until it was replayed, or could not be, and people were told. */
  const replay = async (key: string, text: string) => {
    const before = (await stack.mailsOf(batch)).length;
    const source = await stack.upload(key, Buffer.from(text));
    const execution = await stack.executions.waitFor(
      (one) => one.status !== 'RUNNING' && one.source.versionId === source.versionId,
      AbortSignal.timeout(limitMs),
    );
    const mail = await eventually(async () => (await stack.mailsOf(batch))[before], 'the mail of the replay');
    return { execution, mail };
  };
  const file = async (path: string): Promise<string> =>
    (
      await readObject(stack.clients.s3, { bucket: 'orders', key: `${stack.outputs}${batch.batchId}/${path}` })
    ).toString();
  const tableRows = async (): Promise<number[]> => {
    const { Items = [] } = await stack.clients.dynamodb.send(new ScanCommand({ TableName: 'order-errors' }));
    return Items.map(({ row }) => Number(row!.N)).sort((a, b) => a - b);
  };

  beforeAll(async () => {
    stack = await startTestStack(await deployedOrders({ FileChunkSize: '10' }));
    batch = await stack.run('input/orders.csv', input);
    rejects = (await readRejects(stack, batch)).toString();
  });
  afterAll(() => stack?.close());

  it('are rejects of the batch first, in its table, too', async () => {
    expect(batch.status).toBe('SUCCEEDED');
    expect(await file('output/r1/orders.csv')).toBe(outputWithout(torn));
    expect(await tableRows()).toEqual(torn.map((index) => index + 1));
  });

  it('come into a new revision of the output in their places, out of the table, with a mail and a page', async () => {
    const { execution, mail } = await replay('input/mended.csv', mend(rejects, [3, 17]));
    expect(execution).toMatchObject({ kind: 'replay', status: 'SUCCEEDED', batchId: batch.batchId });
    expect(await file('output/r2/orders.csv')).toBe(outputWithout([31]));
    expect(await file('output/r1/orders.csv')).toBe(outputWithout(torn));
    const report = await readJsonObject<ReportFile>(stack.clients.s3, {
      bucket: 'orders',
      key: `${stack.outputs}${batch.batchId}/output/r2/report.json`,
    });
    expect(report).toMatchObject({ revision: 2, rowsRead: 40, rowsWritten: 39, rowsRejected: 1 });
    expect(await tableRows()).toEqual([32]);
    expect(mail.subject).toBe('orders.csv was processed, 1 row was rejected');
    expect(factOf(mail, 'Revision')).toBe('2');
    expect(factOf(mail, 'Mended rows, now in the output')).toBe('2');
    expect(mail.text).toMatch(/^Report: what came in, went out and was rejected: http/m);
    expect(await file('output/r2/report.html')).toContain('revision 2');
  });

  it('are refused when they are in the output already, and people are told why and what to do', async () => {
    const { execution, mail } = await replay('input/again.csv', mend(rejects, [3]));
    expect(execution).toMatchObject({ kind: 'replay', status: 'FAILED' });
    const { input: started } = await stack.clients.sfn.send(
      new DescribeExecutionCommand({ executionArn: execution.executionArn }),
    );
    expect(JSON.parse(started!)).toMatchObject({ batchId: batch.batchId, rejects: { key: 'input/again.csv' } });
    expect(mail.subject).toBe('again.csv could not be taken back into its batch: REPLAY_REFUSED');
    expect(factOf(mail, 'What happened')).toContain('in the output of revision 2');
    expect(mail.text).toContain('The batch is as it was. Trying again will not help: correct the mended file');
    expect(mail.text).not.toContain(lines[3]!.slice(0, 9));
    expect(stack.executions.all().filter(({ kind }) => kind === 'batch')).toHaveLength(1);
  });

  it('come from the rejects of the newest revision, too', async () => {
    const left = await file('output/r2/rejects.csv');
    await replay('input/last.csv', mend(left, [31]));
    expect(await file('output/r3/orders.csv')).toBe(outputWithout([]));
    expect(await tableRows()).toEqual([]);
  });
});
