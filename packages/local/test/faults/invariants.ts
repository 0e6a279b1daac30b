import { crc32 } from 'node:zlib';
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { errorCodes } from '@pipeline/core';
import { transientRetry } from '@pipeline/handlers';
import { listVersions, readJsonObject, readObject } from '../e2e/support/bucket.ts';
import { childrenOf, historyOf } from '../e2e/support/history.ts';
import { factOf, isSuccess } from '../e2e/support/mail.ts';
import { isAllowed } from './allowed.ts';
import { canary, type Job } from './job.ts';
import type { Fault } from './ways.ts';
import { type Left, readReport, tidiness, whatIsLeft } from './what-is-left.ts';
import type { Ended } from './world.ts';

/** What does not hold, in words; nothing when all does. */
export type Violations = readonly string[];

/** I1 to I7 of docs/architecture.md, held against what a run without faults left. */
export const violationsOf = async (
  job: Job,
  ended: Ended,
  left: Left | undefined,
  fault?: Fault,
): Promise<Violations> => {
  const found: string[] = [];
  const demand = (holds: boolean, text: string): void => {
    if (!holds) found.push(text);
  };
  const succeeded = ended.statuses.at(-1) === 'SUCCEEDED';
  demand(succeeded === (job.failsWith === undefined), `it ended ${ended.statuses.join(', then ')}`);
  demand(job.failsWith !== undefined || ended.statuses.length === 1, 'one fault alone made it need a redrive');
  await checkCommits(ended, demand);
  if (succeeded) await checkRows(ended, demand);
  if (succeeded && left !== undefined) await checkBytes(ended, left, demand);
  await checkTidy(ended, fault, demand);
  await checkMails(job, ended, succeeded, demand);
  await checkInput(job, ended, succeeded, demand);
  for (const call of ended.calls) demand(isAllowed(call), `I6: ${call} is not allowed`);
  await checkNoRowContent(ended, demand);
  return found;
};

type Demand = (holds: boolean, text: string) => void;

const hex = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0');

/** I1, and that the output is made of the committed attempts and of nothing else. */
const checkRows = async (ended: Ended, demand: Demand): Promise<void> => {
  const { direct, bucket, batchId } = ended;
  const report = await readReport(ended);
  const parts: Buffer[] = [];
  let read = 0;
  for (const { index, rowsRead, rowsWritten, rowsRejected, attempt } of report.chunks) {
    demand(rowsRead === rowsWritten + rowsRejected, `I1: chunk ${index} does not add up`);
    const key = `batches/${batchId}/results/${String(index).padStart(7, '0')}.json`;
    const result = await readJsonObject<(typeof report.chunks)[number]>(direct.s3, { bucket, key });
    demand(result.attempt === attempt, `I2: chunk ${index} is reported of another attempt than was committed`);
    const part = await readObject(direct.s3, result.output.object);
    demand(hex(part) === result.output.crc32, `I2: chunk ${index} is not what was committed`);
    parts.push(part);
    read += rowsRead;
  }
  demand(read === report.rowsRead, 'I1: the chunks do not add up to the batch');
  demand(report.rowsRead === report.rowsWritten + report.rowsRejected, 'I1: the batch does not add up');
  const output = await readObject(direct.s3, report.output.object);
  demand(Buffer.concat(parts).equals(output), 'I2: the output is not the sum of its chunks');
};

const commit =
  /^batches\/[^/]+\/(manifest\.json|results\/\d{7}\.json|output\/r1\/(report\.json|(?!rejects\.csv)[^/]+\.csv))$/;

/** What is written once: the bucket has one version of it. Rejects are written again, as the same bytes, until the report counts. */
const checkCommits = async ({ direct, bucket, batchId }: Ended, demand: Demand): Promise<void> => {
  const seen = new Set<string>();
  // A batch of these jobs has fewer objects than a page.
  const { Versions = [] } = await direct.s3.send(
    new ListObjectVersionsCommand({ Bucket: bucket, Prefix: `batches/${batchId}/` }),
  );
  for (const { Key = '' } of Versions.filter(({ Key: key = '' }) => commit.test(key))) {
    demand(!seen.has(Key), `I2: ${Key.slice(Key.indexOf('/', 8) + 1)} was written more than once`);
    seen.add(Key);
  }
};

const checkBytes = async (ended: Ended, left: Left, demand: Demand): Promise<void> => {
  const found = await whatIsLeft(ended);
  for (const what of ['output', 'rejects', 'table', 'counts'] as const)
    demand(found[what] === left[what], `I2: ${what} differs from that of a run without faults`);
};

/** An upload that nobody can know of: its process died, or its id never arrived. The bucket's lifecycle rule ends it. */
const isOrphaned = ({ call, way }: Fault): boolean => way.startsWith('crash') || call.includes('CreateMultipartUpload');

const batchPath =
  /^(manifest\.json|chunks\.jsonl|resolved\.json|results\/\d{7}\.json|(processed|rejects)\/\d{7}\.request-\d+\.(csv|jsonl)|merge\/r1\.json|mail\/(success-r1|failure-\d(\.reason)?)\.json|map\/[\w-]+\/(manifest|(SUCCEEDED|FAILED|PENDING)_\d+)\.json|output\/r1\/[^/]+)$/;

const checkTidy = async (ended: Ended, fault: Fault | undefined, demand: Demand): Promise<void> => {
  const { keys, uploads } = await tidiness(ended);
  demand(
    uploads.length === 0 || (fault !== undefined && isOrphaned(fault)),
    `I3: uploads were left open (${uploads.length})`,
  );
  for (const key of keys) {
    const [, batchId, path = ''] = /^batches\/([^/]+)\/(.*)$/s.exec(key) ?? [];
    const known =
      batchId === undefined
        ? /^(input|(input_archive|failed)\/input)\//.test(key)
        : batchId === ended.batchId && batchPath.test(path);
    demand(known, `I3: ${key} lies where nothing should`);
  }
};

const platformCodes = ['TIMED_OUT', ...transientRetry.flatMap(({ ErrorEquals }) => ErrorEquals)];

/** I4: one success mail, or a record that says nobody knows; a mail, or such a record, for each failure. */
const checkMails = async (job: Job, ended: Ended, succeeded: boolean, demand: Demand): Promise<void> => {
  const { direct, bucket, batchId, mails } = ended;
  const statusOf = async (kind: string): Promise<string> =>
    (await readJsonObject<{ status: string }>(direct.s3, { bucket, key: `batches/${batchId}/mail/${kind}.json` }))
      .status;
  const success = mails.filter(isSuccess).length;
  demand(success <= (succeeded ? 1 : 0), `I4: ${success} success mails`);
  const told = async (kind: string, sent: number): Promise<void> => {
    const status = await statusOf(kind).catch(() => 'missing');
    const alarmed = ended.logs.some(({ message }) => message === 'mail.unknown' || message === 'mail.failed');
    demand(
      sent === 1 && status === 'SENT' ? true : sent <= 1 && status === 'UNKNOWN' && alarmed,
      `I4: ${sent} mails of ${kind}, its record is ${status}`,
    );
  };
  if (succeeded) await told('success-r1', success);
  const failures = mails.filter((mail) => !isSuccess(mail));
  const failedTries = ended.statuses.filter((status) => status !== 'SUCCEEDED').length;
  demand(failures.length <= failedTries, `I4: ${failures.length} failure mails of ${failedTries} failures`);
  if (failedTries === 1) await told('failure-0', failures.length);
  for (const mail of failures) {
    const code = factOf(mail, 'Code') ?? '';
    demand([...errorCodes, ...platformCodes].includes(code), `I2: it failed with ${code}, which no document knows`);
    demand(job.failsWith === undefined || code === job.failsWith, `I2: it failed with ${code}`);
  }
};

/** I5: until success the input stays as it is, after it the archive has the same bytes. */
const checkInput = async (
  job: Job,
  { direct, source, bucket }: Ended,
  succeeded: boolean,
  demand: Demand,
): Promise<void> => {
  const there = (await listVersions(direct.s3, bucket, source.key)).includes(source.versionId!);
  demand(there === !succeeded, succeeded ? 'I5: the input is not archived' : 'I5: the input is gone');
  const kept = `${succeeded ? 'input_archive' : 'failed'}/${source.key}/${source.versionId}`;
  const copy = await readObject(direct.s3, { bucket, key: kept }).catch(() => undefined);
  demand(copy?.equals(job.file) ?? false, `I5: ${kept.split('/')[0]} has not the input's bytes`);
};

const checkNoRowContent = async (ended: Ended, demand: Demand): Promise<void> => {
  const { direct, executionArn, logs, mails } = ended;
  const arns = [executionArn, ...(await childrenOf(direct.sfn, executionArn))];
  const histories = await Promise.all(arns.map((arn) => historyOf(direct.sfn, arn)));
  const places = { logs, mails, history: histories };
  for (const [place, content] of Object.entries(places))
    demand(!JSON.stringify(content).includes(canary), `I7: row content in ${place}`);
};
