import type { ChunkResult, ManifestFile } from '@pipeline/core';
import type { ReportFile } from '@pipeline/merge';
import { listKeys, readJsonObject, readObject } from './bucket.ts';
import type { Batch, TestStack } from './test-stack.ts';

const at = (stack: TestStack, batch: Batch, path: string) => ({
  bucket: stack.app.bucket,
  key: `${path.startsWith('output/') ? stack.outputs : 'batches/'}${batch.batchId}/${path}`,
});

export const readReport = (stack: TestStack, batch: Batch): Promise<ReportFile> =>
  readJsonObject<ReportFile>(stack.clients.s3, at(stack, batch, 'output/r1/report.json'));

export const readManifest = (stack: TestStack, batch: Batch): Promise<ManifestFile> =>
  readJsonObject<ManifestFile>(stack.clients.s3, at(stack, batch, 'manifest.json'));

/** The committed results, in the order of their chunks. */
export const readResults = async (stack: TestStack, batch: Batch): Promise<ChunkResult[]> => {
  const { s3 } = stack.clients;
  const results: ChunkResult[] = [];
  const keys = await listKeys(s3, stack.app.bucket, `batches/${batch.batchId}/results/`);
  for (let from = 0; from < keys.length; from += 50)
    results.push(
      ...(await Promise.all(
        keys.slice(from, from + 50).map((key) => readJsonObject<ChunkResult>(s3, { bucket: stack.app.bucket, key })),
      )),
    );
  return results;
};

/** The merged output under the name of its upload. */
export const readOutput = (stack: TestStack, batch: Batch): Promise<Buffer> =>
  readObject(
    stack.clients.s3,
    at(stack, batch, `output/r1/${batch.source.key.slice(batch.source.key.lastIndexOf('/') + 1)}`),
  );

export const readRejects = (stack: TestStack, batch: Batch): Promise<Buffer> =>
  readObject(stack.clients.s3, at(stack, batch, 'output/r1/rejects.csv'));
