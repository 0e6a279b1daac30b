import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type BatchReport, checkFormat, type ObjectRef, PipelineError } from '@pipeline/core';
import { UsageError } from '../exit-codes.ts';
import { readReportHead } from '../results/report-head.ts';
import { findFile } from '../run/read-files.ts';

/** A report, and the folder that it lies in when that is on this machine. */
export interface FoundReport {
  readonly report: BatchReport;
  readonly folder: string | undefined;
}

/**
 * Reads a report: a file, the folder that a run left, or an object in S3. Its list of chunks is not read.
 *
 * @throws UsageError when it is not there or no report
 * @example
 * const { report } = await findReport('results');
 */
export const findReport = async (given: string): Promise<FoundReport> => {
  const object = /^s3:\/\/([^/]+)\/(.+)$/s.exec(given);
  if (object !== null) return { report: await readObject(given, object[1]!, object[2]!), folder: undefined };
  const isFolder = (await stat(given).catch(() => undefined))?.isDirectory() === true;
  const file = await findFile(isFolder ? path.join(given, 'report.json') : given);
  return { report: await readAs(file.path, createReadStream(file.path)), folder: path.dirname(file.path) };
};

const readObject = async (given: string, bucket: string, key: string): Promise<BatchReport> => {
  const [{ S3Client }, { s3Store }] = await Promise.all([import('@aws-sdk/client-s3'), import('@pipeline/core/s3')]);
  const elsewhere = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const client = new S3Client({ forcePathStyle: elsewhere !== undefined });
  const ref: ObjectRef = { bucket, key };
  try {
    return await readAs(given, s3Store(client).read(ref));
  } catch (error) {
    if (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND') throw new UsageError(`${given} does not exist`);
    throw error;
  } finally {
    client.destroy();
  }
};

const readAs = async (name: string, bytes: AsyncIterable<Uint8Array>): Promise<BatchReport> => {
  const report = await readReportHead(bytes).catch((error: unknown) => {
    if (error instanceof SyntaxError) throw new UsageError(`${name} is no JSON`);
    throw error;
  });
  if (!isReport(report)) throw new UsageError(`${name} is no report of a batch`);
  return checkFormat('report', report);
};

const isReport = (value: unknown): value is BatchReport => {
  const { formatVersion, source, output, report, resolved, columns, rowsRead } = (value ?? {}) as Partial<BatchReport>;
  return (
    typeof formatVersion === 'string' &&
    typeof rowsRead === 'number' &&
    [source, output, report, resolved].every((part) => typeof part === 'object' && part !== null) &&
    Array.isArray(columns)
  );
};
