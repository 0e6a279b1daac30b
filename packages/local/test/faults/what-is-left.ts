import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { ReportFile } from '@pipeline/merge';
import { listKeys, openUploads, readJsonObject, readObject } from '../e2e/support/bucket.ts';
import type { Ended } from './world.ts';

/** What a batch leaves, without what may differ from run to run. */
export interface Left {
  readonly output: string;
  readonly rejects: string;
  /** Items of the table of rejects. */
  readonly table: string;
  readonly counts: string;
}

const inOrder = (items: readonly Record<string, AttributeValue>[]): string =>
  items
    .map(({ chunk, row, byteOffset, issues, raw }) => JSON.stringify({ chunk, row, byteOffset, issues, raw }))
    .sort()
    .join('\n');

export const readReport = ({ direct, bucket, batchId }: Ended): Promise<ReportFile> =>
  readJsonObject<ReportFile>(direct.s3, { bucket, key: `batches/${batchId}/output/r1/report.json` });

export const whatIsLeft = async (ended: Ended): Promise<Left> => {
  const { direct, bucket, batchId, source } = ended;
  const text = async (name: string): Promise<string> =>
    (await readObject(direct.s3, { bucket, key: `batches/${batchId}/output/r1/${name}` }))
      .toString('latin1')
      .replaceAll(batchId, '<batch>');
  const report = await readReport(ended);
  const { Items = [] } = await direct.dynamodb.send(new ScanCommand({ TableName: 'rejects' }));
  return {
    output: await text(source.key.slice(source.key.lastIndexOf('/') + 1)),
    rejects: report.rejects === undefined ? '' : await text('rejects.csv'),
    table: inOrder(Items),
    counts: JSON.stringify([report.rowsRead, report.rowsWritten, report.rowsRejected, report.chunkCount]),
  };
};

/** Keys of all objects, and of uploads that nobody ended. */
export const tidiness = async ({ direct, bucket }: Ended) => ({
  keys: await listKeys(direct.s3, bucket),
  uploads: await openUploads(direct.s3, bucket),
});
