import { createRunContext } from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import { type SplitOptions, split } from '../../src/index.ts';
import { partCount } from '../support/parts.ts';
import { clientFor, sourceKey } from '../support/s3.ts';
import type { Answer, Job, Works } from '../support/work.ts';

const splitObject = async (
  { file, endpoint }: Job,
  how: Pick<SplitOptions, 'plan' | 'materialize'>,
): Promise<Answer> => {
  const client = clientFor(endpoint);
  const manifest = await split(
    { bucket: 'inbox', key: sourceKey(file) },
    {
      store: s3Store(client),
      locations: { work: { bucket: 'work', prefix: '' } },
      run: createRunContext({ batchId: 'bench' }),
      chunkCount: partCount,
      ...how,
    },
  );
  client.destroy();
  return { rows: manifest.rowCount ?? 0, parts: manifest.chunkCount };
};

export const works: Works = {
  objects: (job) => splitObject(job, { plan: 'sequential', materialize: true }),
  sequential: (job) => splitObject(job, { plan: 'sequential' }),
  parallel: (job) => splitObject(job, { plan: 'parallel' }),
  sampled: (job) => splitObject(job, { plan: 'sampled' }),
};
