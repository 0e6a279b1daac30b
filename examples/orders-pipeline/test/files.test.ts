import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  readManifest,
  readOutput,
  readRejects,
  readReport,
} from '../../../packages/local/test/e2e/support/batch-files.ts';
import { listKeys, listVersions, readJsonObject, readObject } from '../../../packages/local/test/e2e/support/bucket.ts';
import { canary, expectInvariants } from '../../../packages/local/test/e2e/support/invariants.ts';
import { decodeHeader, factOf, isSuccess } from '../../../packages/local/test/e2e/support/mail.ts';
import { type Batch, startTestStack, type TestStack } from '../../../packages/local/test/e2e/support/test-stack.ts';
import type { OrdersParameters } from '../local-app.ts';
import { faultOf, header, orderFile, orderLine, uuidOf } from '../sample/generate.ts';
import {
  enriched,
  expectedOutput,
  expectedRejects,
  expectedRejectsFile,
  mended,
  outputHeader,
} from './support/expectation.ts';
import { deployedOrders } from './support/synthesised.ts';

let stack: TestStack;
const done: Batch[] = [];
beforeAll(async () => {
  stack = await startTestStack(await deployedOrders());
});
afterAll(() => stack?.close());
const setParameters = async (parameters: OrdersParameters = {}): Promise<void> =>
  stack.redeploy(await deployedOrders({ FileChunkSize: '10', ...parameters }), ['orders-intake']);
afterEach(async () => {
  for (const batch of done.splice(0))
    await expectInvariants(stack, batch, { canaries: [canary, 'Fireworks', '(sic)'] });
});

const run = async (key: string, input: string | Uint8Array): Promise<Batch> => {
  const batch = await stack.run(key, input);
  done.push(batch);
  return batch;
};
const orders = (rows: number, delimiter = ','): string => [...orderFile(rows, delimiter)].join('');
const output = async (batch: Batch): Promise<string> => (await readOutput(stack, batch)).toString();
const rejects = async (batch: Batch): Promise<string> => (await readRejects(stack, batch)).toString();
/** The first rows of the sample without a fault. */
const soundRows = Array.from({ length: 100 }, (_, index) => index + 1).filter((row) => faultOf(row) === undefined);
const columns = header.join(',');

describe('order files of every shape', () => {
  beforeEach(() => setParameters());

  it.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
    ['pipes', '|'],
  ])('with %s', async (name, delimiter) => {
    await setParameters({ FileDelimiter: delimiter, FileChunkSize: '100' });
    const batch = await run(`input/${name}.csv`, orders(400, delimiter));
    expect(batch.status).toBe('SUCCEEDED');
    expect(await output(batch)).toBe(expectedOutput(400, delimiter));
    expect(await rejects(batch)).toBe(expectedRejectsFile(400, batch.batchId, delimiter));
    expect((await readManifest(stack, batch)).chunkCount).toBe(4);
  });

  it('under a key with spaces, plus and letters that are not ASCII', async () => {
    const key = 'input/2026/my file+ü (1).csv';
    const batch = await run(key, orders(20));
    expect(batch.status).toBe('SUCCEEDED');
    expect(await output(batch)).toBe(expectedOutput(20));
    const { s3 } = stack.clients;
    expect(await listVersions(s3, 'orders', key)).toEqual([]);
    expect(await listKeys(s3, 'orders', 'input_archive/input/2026/')).toEqual([
      `input_archive/${key}/${batch.source.versionId}`,
    ]);
    const [mail] = await stack.mailsOf(batch);
    expect(mail!.subject).toMatch(/^[\x20-\x7e]+$/);
    expect(decodeHeader(mail!.subject)).toBe('my file+ü (1).csv was processed, 1 row was rejected');
    expect(factOf(mail!, 'File')).toBe('my file+ü (1).csv');
    const response = await fetch(factOf(mail!, 'Output file')!);
    expect(await response.text()).toBe(expectedOutput(20));
    const disposition = response.headers.get('content-disposition')!;
    expect(decodeURIComponent(disposition.split("''")[1]!)).toBe('my file+ü (1).csv');
  });

  it('with a newline at the end', async () => {
    const batch = await run('input/newline.csv', `${orders(20)}\r\n`);
    expect(await output(batch)).toBe(`${expectedOutput(20)}\r\n`);
  });

  it('with one row', async () => {
    const batch = await run('input/one.csv', orders(1));
    expect(await output(batch)).toBe(`${outputHeader()}\r\n${enriched(orderLine(1), 1)}`);
    expect(await readReport(stack, batch)).toMatchObject({ rowsRead: 1, rowsWritten: 1, chunkCount: 1 });
    expect((await stack.mailsOf(batch))[0]!.text).not.toContain('Rejected rows:');
  });

  it('with a header only: the output has a header only', async () => {
    const batch = await run('input/header.csv', `${columns}\r\n`);
    expect(batch.status).toBe('SUCCEEDED');
    expect(await output(batch)).toBe(`${outputHeader()}\r\n`);
    expect(await readReport(stack, batch)).toMatchObject({ rowsRead: 0, rowsWritten: 0, rowsRejected: 0 });
    expect((await stack.mailsOf(batch))[0]!.subject).toBe('header.csv was processed');
  });

  it('with bad rows only: the output has a header only', async () => {
    const bad = Array.from({ length: 25 }, (_, index) => `bad ${index},${canary},,,,,,`);
    const batch = await run('input/bad.csv', `${columns}\n${bad.join('\n')}\n`);
    expect(batch.status).toBe('SUCCEEDED');
    expect(await output(batch)).toBe(`${outputHeader()}\n`);
    expect(await readReport(stack, batch)).toMatchObject({ rowsRead: 25, rowsWritten: 0, rowsRejected: 25 });
    const lines = (await rejects(batch)).trimEnd().split('\n').slice(1);
    expect(lines.map((line) => line.split(',').slice(0, 2).join())).toEqual(
      bad.map((line) => line.split(',').slice(0, 2).join()),
    );
    expect((await stack.mailsOf(batch))[0]!.subject).toBe('bad.csv was processed, 25 rows were rejected');
  });

  it('with a key that the table does not have: that row alone is rejected', async () => {
    const missing = orderLine(1).replace(uuidOf(0), '999999999');
    const batch = await run('input/missing.csv', `${columns}\n${missing}\n${orderLine(2)}\n`);
    expect(await output(batch)).toBe(`${outputHeader()}\n${enriched(orderLine(2), 2)}\n`);
    expect((await rejects(batch)).split('\n')[1]).toBe(
      `${missing},1,${columns.length + 1},uuid,financials,uuid has no entry in financials,${batch.batchId}`,
    );
  });

  it('with quoted cells that hold newlines and delimiters', async () => {
    const lines = soundRows.slice(0, 30).map((row) => {
      const [uuid, , ...rest] = orderLine(row).split(',');
      return { row, line: [uuid, `"${canary}, the\r\n""old"" one"`, ...rest].join(',') };
    });
    await setParameters({ FileChunkSize: '', ChunkBytes: 100 });
    const batch = await run('input/quoted.csv', `${columns}\r\n${lines.map(({ line }) => line).join('\r\n')}\r\n`);
    expect(await output(batch)).toBe(
      `${[outputHeader(), ...lines.map(({ line, row }) => enriched(line, row))].join('\r\n')}\r\n`,
    );
    expect((await readManifest(stack, batch)).chunkCount).toBeGreaterThan(20);
  });
});

describe('files that are no order files', () => {
  const failed = async (key: string, input: string, code: string): Promise<{ batch: Batch; text: string }> => {
    const batch = await run(key, input);
    expect(batch.status).toBe('FAILED');
    const [mail, ...more] = await stack.mailsOf(batch);
    expect(more).toEqual([]);
    const name = key.slice('input/'.length);
    expect(mail!.subject).toBe(`${name} could not be processed: ${code}`);
    expect(factOf(mail!, 'Code')).toBe(code);
    const copy = { bucket: 'orders', key: `failed/${key}/${batch.source.versionId}` };
    expect(factOf(mail!, 'Copy')).toBe(`s3://orders/${copy.key}`);
    expect((await readObject(stack.clients.s3, copy)).toString()).toBe(input);
    expect(mail!.text).toContain('correct the file or the settings and upload it again.');
    expect(
      await readJsonObject(stack.clients.s3, {
        bucket: 'orders',
        key: `batches/${batch.batchId}/mail/failure-0.reason.json`,
      }),
    ).toMatchObject({ status: 'FAILED', code, copy });
    return { batch, text: factOf(mail!, 'What happened')! };
  };

  it('an empty one', async () => {
    const { text } = await failed('input/empty.csv', '', 'SOURCE_EMPTY');
    expect(text).toMatch(/^s3:\/\/orders\/input\/empty\.csv\S* has no bytes; upload a file with at least a header$/);
  });

  it('one that lacks a column', async () => {
    const { text } = await failed('input/lacks.csv', `${columns.replace('Region,', '')}\n`, 'CSV_BAD_HEADER');
    expect(text).toContain('lacks a column (column "Region")');
  });

  it('one with a column too many', async () => {
    const { text } = await failed('input/extra.csv', `${columns},Notes\n`, 'CSV_BAD_HEADER');
    expect(text).toContain('has a column too many (column "Notes")');
  });

  it('one with another delimiter', async () => {
    const { text } = await failed('input/other.csv', `${columns.replaceAll(',', ';')}\n`, 'CSV_BAD_HEADER');
    expect(text).toContain('its delimiter may be ";"');
  });
});

describe('the same again', () => {
  beforeEach(() => setParameters());

  const executionsOf = async ({ batchId }: Batch): Promise<number> => {
    const { stateMachineArn } = stack;
    const { executions = [] } = await stack.clients.sfn.send(new ListExecutionsCommand({ stateMachineArn }));
    return executions.filter(({ name }) => name === batchId).length;
  };

  it('an event that is sent again starts nothing', async () => {
    const input = Buffer.from(orders(20));
    const source = await stack.upload('input/again.csv', input);
    const { bucket, key, versionId, etag } = source;
    const object = { key, versionId, eTag: etag!.replaceAll('"', ''), sequencer: '01' };
    const notification = {
      Records: [{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3: { bucket: { name: bucket }, object } }],
    };
    // While its batch runs, twice at once, and when it is done.
    await Promise.all([stack.invoke('orders-intake', notification), stack.invoke('orders-intake', notification)]);
    const batch = await stack.settled(source, input);
    done.push(batch);
    expect(batch.status).toBe('SUCCEEDED');
    expect(await stack.invoke('orders-intake', notification)).toEqual({
      started: [],
      replays: [],
      duplicates: 1,
      ignored: [],
      batchItemFailures: [],
    });
    expect(await executionsOf(batch)).toBe(1);
    expect(await stack.mailsOf(batch)).toHaveLength(1);
  });

  it('a file that is uploaded twice is two batches', async () => {
    const sources = [
      await stack.upload('input/twice.csv', Buffer.from(orders(20))),
      await stack.upload('input/twice.csv', Buffer.from(orders(20))),
    ];
    const batches = await Promise.all(sources.map((source) => stack.settled(source, Buffer.from(orders(20)))));
    done.push(...batches);
    expect(new Set(batches.map(({ batchId }) => batchId)).size).toBe(2);
    for (const batch of batches) expect(await output(batch)).toBe(expectedOutput(20));
    expect(await listVersions(stack.clients.s3, 'orders', 'input/twice.csv')).toEqual([]);
    expect((await listKeys(stack.clients.s3, 'orders', 'input_archive/input/twice.csv/')).sort()).toEqual(
      sources.map(({ versionId }) => `input_archive/input/twice.csv/${versionId}`).sort(),
    );
  });

  it('mended rejects of a batch that is not there bring the mended rows out and reject the others as before', async () => {
    await setParameters({ FileChunkSize: '1000' });
    const first = await run('input/first.csv', orders(3_000));
    const file = await rejects(first);
    // Of a batch that is there they would be replayed into it.
    const lines = file.replaceAll(first.batchId, '0'.repeat(32)).trimEnd().split('\r\n');
    const expected = expectedRejects(3_000);
    expect(new Set(expected.map(({ fault }) => fault)).size).toBe(9);
    const left = expected.filter(({ fault }) => fault === 'unknown item type' || fault === 'text behind a quote');
    const again = expected.map((reject, index) => {
      const line = lines[index + 1]!;
      return left.includes(reject) ? line : mended(reject) + line.slice(reject.raw.length);
    });

    const second = await run('input/mended.csv', `${lines[0]}\r\n${again.join('\r\n')}\r\n`);
    expect(second.status).toBe('SUCCEEDED');
    expect(await output(second)).toBe(
      [
        outputHeader(),
        ...expected.filter((reject) => !left.includes(reject)).map((reject) => enriched(mended(reject), reject.row)),
        '',
      ].join('\r\n'),
    );
    const rejectedAgain = (await rejects(second)).trimEnd().split('\r\n');
    expect(rejectedAgain[0]).toBe(lines[0]);
    expect(rejectedAgain.slice(1).map((line, index) => line.startsWith(`${left[index]?.raw},`))).toEqual(
      left.map(() => true),
    );
    expect((await stack.mailsOf(second)).filter(isSuccess)).toHaveLength(1);
  });
});
