import { QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  readManifest,
  readOutput,
  readRejects,
  readReport,
} from '../../../packages/local/test/e2e/support/batch-files.ts';
import { listKeys, readJsonObject } from '../../../packages/local/test/e2e/support/bucket.ts';
import { expectInvariants } from '../../../packages/local/test/e2e/support/invariants.ts';
import { factOf, signedEnd, statedEnd } from '../../../packages/local/test/e2e/support/mail.ts';
import { type Batch, startTestStack, type TestStack } from '../../../packages/local/test/e2e/support/test-stack.ts';
import { orderFile, uuidOf } from '../sample/generate.ts';
import {
  expectedCounts,
  expectedOutput,
  expectedRejects,
  expectedRejectsFile,
  outputHeader,
} from './support/expectation.ts';
import { deployedOrders } from './support/synthesised.ts';

/** Text of cells that faults leave in rejected rows, and keys. */
const canaries = ['Fireworks', '(sic)', '2/30/12', uuidOf(0), uuidOf(4_711)];

describe('10,000 orders', () => {
  const rows = 10_000;
  const input = Buffer.from([...orderFile(rows)].join(''));
  const rejects = expectedRejects(rows);
  let stack: TestStack;
  let batch: Batch;
  beforeAll(async () => {
    stack = await startTestStack(await deployedOrders({ FileChunkSize: '700' }));
    batch = await stack.run('input/orders.csv', input);
  });
  afterAll(() => stack?.close());

  it('come out in order, every sound row with six columns more, byte for byte', async () => {
    expect(batch.status).toBe('SUCCEEDED');
    const output = (await readOutput(stack, batch)).toString();
    expect(output.split('\r\n')[0]).toBe(outputHeader());
    expect(outputHeader().split(',')).toHaveLength(14);
    expect(output === expectedOutput(rows)).toBe(true);
    expect((await readManifest(stack, batch)).chunkCount).toBe(15);
  });

  it('have exactly the faulty rows in rejects.csv, with what is wrong', async () => {
    expect(rejects.length).toBeGreaterThan(80);
    expect(new Set(rejects.map(({ fault }) => fault)).size).toBe(9);
    expect((await readRejects(stack, batch)).toString()).toBe(expectedRejectsFile(rows, batch.batchId));
  });

  /** Checks in code say themselves what to do. */
  const hintless = new Set(['RULE_CUSTOM']);

  it('have every rejected record in the errors table', async () => {
    const { dynamodb } = stack.clients;
    const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: 'order-errors' }));
    expect(Items).toHaveLength(rejects.length);
    const found: unknown[] = [];
    for (let chunk = 0; chunk < 15; chunk++) {
      const { Items: ofChunk = [] } = await dynamodb.send(
        new QueryCommand({
          TableName: 'order-errors',
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: `${batch.batchId}#${chunk}` } },
        }),
      );
      found.push(...ofChunk);
    }
    expect(found).toEqual(
      rejects.map(({ row, byteOffset, raw, code, rule, column, value, message }) => {
        const chunk = Math.floor((row - 1) / 700);
        return {
          pk: { S: `${batch.batchId}#${chunk}` },
          row: { N: String(row) },
          batchId: { S: batch.batchId },
          chunk: { N: String(chunk) },
          byteOffset: { N: String(byteOffset) },
          raw: { S: raw },
          issues: {
            L: [
              {
                M: {
                  code: { S: code },
                  rule: { S: rule },
                  message: { S: message },
                  ...(hintless.has(code) ? {} : { hint: { S: expect.stringMatching(/^[a-z]/) } }),
                  severity: { S: 'error' },
                  ...(column === '' ? {} : { column: { S: column } }),
                  ...(value === undefined ? {} : { value: { S: value } }),
                },
              },
            ],
          },
        };
      }),
    );
  });

  it('have a report that adds up', async () => {
    const report = await readReport(stack, batch);
    expect(report).toMatchObject({
      batchId: batch.batchId,
      revision: 1,
      source: { bucket: 'orders', key: 'input/orders.csv', versionId: batch.source.versionId },
      sourceBytes: input.length,
      columns: outputHeader().split(','),
      rowsRead: rows,
      rowsWritten: rows - rejects.length,
      rowsRejected: rejects.length,
      chunkCount: 15,
      resolved: { issues: expectedCounts(rows) },
    });
    expect(Date.parse(report.finishedAt) - Date.parse(report.startedAt)).toBe(report.durationMs);
    expect(report.chunks.map(({ rowsRead }) => rowsRead)).toEqual([...Array.from({ length: 14 }, () => 700), 200]);
  });

  it('leave the original in the archive and nothing in input/', async () => {
    const { s3 } = stack.clients;
    expect(await listKeys(s3, 'orders', 'input/')).toEqual([]);
    expect(await listKeys(s3, 'orders', 'input_archive/')).toEqual([
      `input_archive/input/orders.csv/${batch.source.versionId}`,
    ]);
    await expectInvariants(stack, batch, { canaries });
  });

  it('are told of in one mail, whose links download output and rejects for as long as it says', async () => {
    const [mail, ...more] = await stack.mails();
    expect(more).toEqual([]);
    const report = await readReport(stack, batch);
    const written = (rows - rejects.length).toLocaleString('en-US');
    expect(mail).toMatchObject({
      from: 'sender@example.com',
      to: ['recipient@example.com'],
      subject: `orders.csv was processed, ${rejects.length} rows were rejected`,
    });
    expect(factOf(mail!, 'File')).toBe('orders.csv');
    expect(factOf(mail!, 'Rows read')).toBe('10,000');
    expect(factOf(mail!, 'Rows written')).toBe(written);
    expect(factOf(mail!, 'Rows rejected')).toBe(String(rejects.length));
    expect(factOf(mail!, 'Duration')).toBe(`${(report.durationMs / 1000).toFixed(1)} s`);
    expect(factOf(mail!, 'Batch')).toBe(batch.batchId);

    const outputUrl = factOf(mail!, 'Output file')!;
    const rejectsUrl = factOf(mail!, 'Rejected rows: mend this file and upload it again')!;
    const output = await fetch(outputUrl);
    expect(output.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''orders.csv");
    expect((await output.text()) === expectedOutput(rows)).toBe(true);
    expect(await (await fetch(rejectsUrl)).text()).toBe(expectedRejectsFile(rows, batch.batchId));
    for (const url of [outputUrl, rejectsUrl]) {
      expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('3600');
      // Stated to the minute, and never later than it is.
      expect(signedEnd(url) - statedEnd(mail!)).toBeGreaterThanOrEqual(0);
      expect(signedEnd(url) - statedEnd(mail!)).toBeLessThan(62_000);
      expect(mail!.html).toContain(url.replaceAll('&', '&amp;'));
    }

    const record = await readJsonObject<object>(stack.clients.s3, {
      bucket: 'orders',
      key: `batches/${batch.batchId}/mail/success-r1.json`,
    });
    expect(record).toMatchObject({ status: 'SENT', messageId: mail!.messageId });
  });

  it('give the same bytes when financial data comes through the API', async () => {
    const some = 2_000;
    const file = [...orderFile(some)].join('');
    const fromTable = await stack.run('input/table.csv', file);
    const calls = stack.lambda.stats()['orders-financials']!.invocations;
    expect(calls).toBe(0);
    await stack.redeploy(await deployedOrders({ FinancialsSource: 'api' }), ['orders-process']);
    const fromApi = await stack.run('input/api.csv', file);
    await stack.redeploy(await deployedOrders(), ['orders-process']);
    expect(stack.lambda.stats()['orders-financials']!.invocations).toBeGreaterThan(1_900);
    for (const one of [fromTable, fromApi]) {
      expect((await readOutput(stack, one)).toString() === expectedOutput(some)).toBe(true);
      expect((await readRejects(stack, one)).toString()).toBe(expectedRejectsFile(some, one.batchId));
      await expectInvariants(stack, one, { canaries });
    }
  });
});
