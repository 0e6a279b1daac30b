import path from 'node:path';
import { createRunContext } from '@pipeline/core';
import { split } from '../../src/index.ts';
import { fileStore } from '../support/file-store.ts';
import { partCount } from '../support/parts.ts';
import type { Answer, Job, Works } from '../support/work.ts';

/** From file to file through the store that a program would use, its manifest included. */
const splitFile = async ({ file, out }: Job, materialize: boolean): Promise<Answer> => {
  const store = fileStore({ inbox: path.dirname(file.path), work: out });
  const manifest = await split(
    { bucket: 'inbox', key: path.basename(file.path) },
    {
      store,
      locations: { work: { bucket: 'work', prefix: '' } },
      run: createRunContext({ batchId: 'bench' }),
      plan: 'sequential',
      chunkCount: partCount,
      materialize,
    },
  );
  return { rows: manifest.rowCount!, parts: manifest.chunkCount };
};

export const works: Works = {
  objects: (job) => splitFile(job, true),
  manifest: (job) => splitFile(job, false),
};
