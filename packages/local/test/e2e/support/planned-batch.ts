import { crc32 } from 'node:zlib';
import type { ChunkResult, ManifestFile } from '@pipeline/core';
import type { ReportFile } from '@pipeline/merge';
import { expect } from 'vitest';
import { readReport } from './batch-files.ts';
import { listKeys, openUploads, readJsonObject, readObject } from './bucket.ts';
import { childrenOf, historyOf, largestEdge } from './history.ts';
import { canary } from './invariants.ts';
import { isSuccess } from './mail.ts';
import type { Batch, TestStack } from './test-stack.ts';

/** A batch that succeeded, read by the plan that its output was made of. */
export interface PlannedBatch {
  readonly report: ReportFile;
  readonly manifest: ManifestFile;
  readonly results: readonly ChunkResult[];
  readonly output: Buffer;
  /** Empty where no row was rejected. */
  readonly rejects: Buffer;
  /** Keys of the batch, below its folder. */
  readonly paths: readonly string[];
}

export const readPlanned = async (stack: TestStack, batch: Batch): Promise<PlannedBatch> => {
  expect(batch.status).toBe('SUCCEEDED');
  const { s3 } = stack.clients;
  const { bucket } = stack.app;
  const folder = `batches/${batch.batchId}/`;
  const report = await readReport(stack, batch);
  const plan = report.plan!.number === 1 ? folder : `${folder}plan-${report.plan!.number}/`;
  const keys = await listKeys(s3, bucket, folder);
  const results = keys.filter((key) => key.startsWith(`${plan}results/`));
  return {
    report,
    manifest: await readJsonObject<ManifestFile>(s3, { bucket, key: `${plan}manifest.json` }),
    results: await Promise.all(results.map((key) => readJsonObject<ChunkResult>(s3, { bucket, key }))),
    output: await readObject(s3, report.output.object),
    rejects: report.rejects === undefined ? Buffer.of() : await readObject(s3, report.rejects.object),
    paths: keys.map((key) => key.slice(folder.length)),
  };
};

const path = new RegExp(
  `^((plan-2/)?(${[
    'manifest\\.json|chunks\\.jsonl|resolved\\.json',
    'scan/ranges\\.jsonl|scan/\\d{7}\\.json',
    'to_process/\\d{7}\\.csv',
    'results/\\d{7}\\.json',
    'processed/\\d{7}\\.[\\w-]+\\.(csv|jsonl)(\\.gz|\\.zst)?',
    'rejects/\\d{7}\\.[\\w-]+\\.jsonl',
  ].join('|')})|merge/r1\\.json|mail/.*|map/.*|output/r1/[^/]+)$`,
);

const hex = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0');
const sum = (results: readonly ChunkResult[], of: (result: ChunkResult) => number): number =>
  results.reduce((total, result) => total + of(result), 0);

/**
 * What holds for a batch however it was planned: the plan that counts has a result for each of its chunks, rows and bytes
 * add up, the output is made of these chunks and of nothing else, nothing lies where it should not, state stays small, and
 * no row content is outside of data objects.
 */
export const expectSound = async (stack: TestStack, batch: Batch, planned: PlannedBatch): Promise<void> => {
  const { s3, sfn } = stack.clients;
  const { manifest, report, results, output, paths } = planned;
  expect(results.map(({ index }) => index)).toEqual(Array.from({ length: manifest.chunkCount }, (_, index) => index));
  for (const { rowsRead, rowsWritten, rowsRejected } of results) expect(rowsRead).toBe(rowsWritten + rowsRejected);
  expect(report).toMatchObject({
    rowsRead: manifest.rowCount ?? sum(results, ({ rowsRead }) => rowsRead),
    rowsWritten: sum(results, ({ rowsWritten }) => rowsWritten),
    rowsRejected: sum(results, ({ rowsRejected }) => rowsRejected),
    output: { bytes: output.length, crc32: hex(output) },
  });
  const parts = await Promise.all(results.map(({ output: part }) => readObject(s3, part.object)));
  expect(Buffer.concat(parts).equals(output)).toBe(true);

  expect(paths.filter((one) => !path.test(one))).toEqual([]);
  expect(await openUploads(s3, stack.app.bucket)).toEqual([]);
  expect((await stack.mailsOf(batch)).filter(isSuccess)).toHaveLength(1);

  const arns = [batch.executionArn, ...(await childrenOf(sfn, batch.executionArn)).slice(0, 20)];
  const histories = await Promise.all(arns.map((arn) => historyOf(sfn, arn)));
  for (const events of histories) expect(largestEdge(events)).toBeLessThan(8 * 1024);
  const told = [...stack.logs.map(({ line }) => line), ...histories.flat().map((event) => JSON.stringify(event))];
  expect(told.find((text) => text.includes(canary))).toBeUndefined();
};
