import { expect } from 'vitest';
import { readObject } from '../../../../../packages/local/test/e2e/support/bucket.ts';
import { orderFile } from '../../../sample/generate.ts';
import type { Trial } from '../trial.ts';

/** So many orders that the output of their chunk goes up in parts. */
export const manyRows = 90_000;
/** So many that a chunk of them takes longer than a process needs to start. */
export const someRows = 30_000;

const made = new Map<number, string>();
export const largeFile = (rows = manyRows): string => {
  const text = made.get(rows) ?? [...orderFile(rows)].join('');
  made.set(rows, text);
  return text;
};

/** Lets a chunk have all rows of a large file. */
export const inOneChunk = async <T>({ stack, app }: Trial, work: () => Promise<T>): Promise<T> => {
  const plan = app.template!;
  const functions = plan.functions.map((one) =>
    one.name === 'orders-intake'
      ? { ...one, environment: { ...one.environment, FILE_CHUNK_SIZE: String(manyRows) } }
      : one,
  );
  await stack.redeploy({ ...app, template: { ...plan, functions } }, ['orders-intake']);
  try {
    return await work();
  } finally {
    await stack.redeploy(app, ['orders-intake']);
  }
};

/** A batch of a large file, and its rejects with one row mended. */
export const largeBatch = async (trial: Trial, rows = manyRows) => {
  const { stack, app } = trial;
  const name = trial.name();
  const batch = await trial.ended(await trial.put(`input/${name}.csv`, largeFile(rows)));
  expect(batch.status).toBe('SUCCEEDED');
  const { s3 } = stack.clients;
  const key = `results/${batch.batchId}/output/r1/rejects.csv`;
  const rejects = (await readObject(s3, { bucket: app.bucket, key })).toString();
  expect(rejects).toContain('Fireworks');
  return { name, batch, mended: rejects.replace('Fireworks', 'Meat') };
};
