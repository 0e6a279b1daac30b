import { crc32 } from 'node:zlib';
import { type ChunkResult, errorCodes } from '@pipeline/core';
import { transientRetry } from '@pipeline/handlers';
import { expect } from 'vitest';
import { readManifest, readOutput, readReport, readResults } from './batch-files.ts';
import { listKeys, listVersions, openUploads, readObject } from './bucket.ts';
import { childrenOf, historyOf } from './history.ts';
import { factOf, isSuccess } from './mail.ts';
import type { Batch, TestStack } from './test-stack.ts';

export interface InvariantOptions {
  /** Texts that stand in cells and must be nowhere but in data objects. @default none */
  readonly canaries?: readonly string[];
}

/** Text that tests put into cells to find it where no row content may be. */
export const canary = 'Canary-7f3c91';

const hex = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0');

/**
 * What holds for every batch, however it ended: rows add up, parts and checksums fit, no attempt is mixed with another,
 * nothing lies where it should not, the input is kept until success, at most one success mail, and no row content
 * outside of data objects.
 */
export const expectInvariants = async (
  stack: TestStack,
  batch: Batch,
  { canaries = [canary] }: InvariantOptions = {},
): Promise<void> => {
  const results = await readResults(stack, batch);
  for (const [index, result] of results.entries()) {
    if (batch.status === 'SUCCEEDED') expect(result.index).toBe(index);
    expect(result.rowsRead).toBe(result.rowsWritten + result.rowsRejected);
    expect(result.batchId).toBe(batch.batchId);
    expect(result.output.rows).toBe(result.rowsWritten);
    expect(result.rejects?.rows ?? 0).toBe(result.rowsRejected);
  }
  if (batch.status === 'SUCCEEDED') await expectWhole(stack, batch, results);
  await expectInputKept(stack, batch);
  await expectTidyBucket(stack);
  await expectMails(stack, batch);
  await expectNoRowContent(stack, batch, canaries);
  expect(stack.refused).toEqual([]); // no call lies outside the policies
};

const sumOf = (results: readonly ChunkResult[], of: (result: ChunkResult) => number): number =>
  results.reduce((sum, result) => sum + of(result), 0);

/** The batch is the sum of its chunks, and its bytes are theirs, one attempt each. */
const expectWhole = async (stack: TestStack, batch: Batch, results: readonly ChunkResult[]): Promise<void> => {
  const { s3 } = stack.clients;
  const [manifest, report, output] = [
    await readManifest(stack, batch),
    await readReport(stack, batch),
    await readOutput(stack, batch),
  ];
  expect(results).toHaveLength(manifest.chunkCount);
  const told = results.map(({ sidecars: { issues, warnings }, ...result }) => ({
    ...result,
    sidecars: { issues, warnings },
  }));
  expect(report.chunks).toEqual(told);
  expect(report).toMatchObject({
    batchId: batch.batchId,
    sourceBytes: batch.input.length,
    rowsRead: manifest.rowCount,
    rowsWritten: sumOf(results, ({ rowsWritten }) => rowsWritten),
    rowsRejected: sumOf(results, ({ rowsRejected }) => rowsRejected),
    chunkCount: manifest.chunkCount,
    output: { bytes: output.length, crc32: hex(output), rows: report.rowsWritten },
  });
  expect(report.rowsRead).toBe(report.rowsWritten + report.rowsRejected);
  const parts: Buffer[] = [];
  for (const { output: part, attempt } of results) {
    expect(part.object.key).toContain(`.${attempt}.csv`);
    const bytes = await readObject(s3, part.object);
    expect([bytes.length, hex(bytes)]).toEqual([part.bytes, part.crc32]);
    parts.push(bytes);
  }
  expect(Buffer.concat(parts).equals(output)).toBe(true);
  if (report.rejects !== undefined) {
    const rejects = await readObject(s3, report.rejects.object);
    expect(report.rejects).toMatchObject({ bytes: rejects.length, crc32: hex(rejects), rows: report.rowsRejected });
  }
};

/** Until success the input stays, after it exactly these bytes are in the archive and the version is gone. */
const expectInputKept = async (stack: TestStack, { source, status, input }: Batch): Promise<void> => {
  const { s3 } = stack.clients;
  const left = await listVersions(s3, source.bucket, source.key);
  const archived = { bucket: source.bucket, key: `input_archive/${source.key}/${source.versionId}` };
  if (status === 'SUCCEEDED') {
    expect(left).not.toContain(source.versionId);
    expect((await readObject(s3, archived)).equals(input)).toBe(true);
  } else {
    expect(left).toContain(source.versionId);
    expect((await readObject(s3, source)).equals(input)).toBe(true);
    expect(await listKeys(s3, archived.bucket, archived.key)).toEqual([]);
  }
};

const batchPath =
  /^(manifest\.json|chunks\.jsonl|resolved\.json|results\/\d{7}\.json|processed\/\d{7}\.(r\d+\.)?[\w-]+\.csv|rejects\/\d{7}\.(r\d+\.)?[\w-]+\.jsonl|sidecars\/\d{7}\.[\w-]+\.[\w%.~!*'()-]+|amended\/r\d+(\.json|\/[\w.-]+\/(chunks\.jsonl|\d{7}\.json))|merge\/r\d+\.json|mail\/(success-r\d+|failure-\d+(\.reason)?)\.json|map\/[\w-]+\/(manifest|(SUCCEEDED|FAILED|PENDING)_\d+)\.json|output\/r1\/[^/]+)$/;

/** Nothing lies outside the prefixes of known batches, and no multipart upload is open. */
const expectTidyBucket = async (stack: TestStack): Promise<void> => {
  const { s3 } = stack.clients;
  const batches = new Set(stack.executions.all().map(({ batchId }) => batchId));
  const strays = (await listKeys(s3, stack.app.bucket)).filter((key) => {
    // Of the pipeline, not of a batch.
    if (/^batches\/(durations|gate\/slots)\.json$/.test(key)) return false;
    const [, place, batchId, path] = /^(batches|results)\/([^/]+)\/(.*)$/s.exec(key) ?? [];
    if (place === 'results') return stack.outputs !== 'results/' || !batches.has(batchId!) || !/^output\/r/.test(path!);
    if (batchId !== undefined) return !batches.has(batchId) || !batchPath.test(path!);
    return !/^(input|(input_archive|failed)\/input)\//.test(key);
  });
  expect(strays).toEqual([]);
  if (stack.executions.all().every(({ status }) => status !== 'RUNNING'))
    expect(await openUploads(s3, stack.app.bucket)).toEqual([]);
};

/** How an execution or a process may end by itself. */
const platformCodes = ['ABORTED', 'TIMED_OUT', ...transientRetry.flatMap(({ ErrorEquals }) => ErrorEquals)];

/** One success mail for a batch that succeeded, none for another; one failure mail a try, with a documented code. */
const expectMails = async (stack: TestStack, batch: Batch): Promise<void> => {
  const mails = await stack.mailsOf(batch);
  expect(mails.filter(isSuccess)).toHaveLength(batch.status === 'SUCCEEDED' ? 1 : 0);
  const failures = mails.filter((mail) => !isSuccess(mail));
  for (const mail of failures) {
    expect([...errorCodes, ...platformCodes]).toContain(factOf(mail, 'Code'));
    expect(factOf(mail, 'Input')).toBe(`unchanged at s3://${batch.source.bucket}/${batch.source.key}`);
  }
  if (batch.status !== 'SUCCEEDED') expect(failures.length).toBeGreaterThan(0);
};

const expectNoRowContent = async (stack: TestStack, batch: Batch, canaries: readonly string[]): Promise<void> => {
  const { sfn } = stack.clients;
  const mails = await stack.mailsOf(batch);
  const arns = [batch.executionArn, ...(await childrenOf(sfn, batch.executionArn)).slice(0, 50)];
  const histories = await Promise.all(arns.map((arn) => historyOf(sfn, arn)));
  const places = {
    logs: stack.logs.map(({ functionName, line }) => `${functionName}: ${line}`),
    mails: mails.flatMap(({ subject, text = '', html = '' }) => [subject, text, html]),
    history: histories.flat().map((event) => JSON.stringify(event)),
  };
  for (const [place, texts] of Object.entries(places))
    for (const found of canaries)
      expect(
        texts.find((text) => text.includes(found)),
        `row content in ${place}`,
      ).toBeUndefined();
};
