import { expect } from 'vitest';
import { listKeys, openUploads, readObject } from '../../../../../packages/local/test/e2e/support/bucket.ts';
import { orders } from '../expect-batch.ts';
import { payloadOf } from '../payload-of.ts';
import type { Trial } from '../trial.ts';
import { inOneChunk, largeBatch, someRows } from './large.ts';
import { type Scenario, tagging } from './scenario.ts';

/** A batch with one reject, and the file of it. */
const rejected = async (trial: Trial) => {
  const { stack, app } = trial;
  const name = trial.name();
  const first = await trial.ended(await trial.put(`input/${name}.csv`, orders(15).input));
  expect(first.status).toBe('SUCCEEDED');
  const keys = await listKeys(stack.clients.s3, app.bucket, `results/${first.batchId}/output/r1/`);
  const key = keys.find((one) => one.endsWith('rejects.csv'))!;
  return { name, first, rejects: (await readObject(stack.clients.s3, { bucket: app.bucket, key })).toString() };
};

/** A rejected row that is mended and uploaded again. */
export const replayed: Scenario = async (trial) => {
  const { stack, app } = trial;
  const { bad, mended, whole } = orders(15);
  const { name, first, rejects } = await rejected(trial);
  const again = await trial.put(`input/${name}-mended.csv`, rejects.replace(bad, mended), tagging);
  expect((await trial.ended(again)).status).toBe('SUCCEEDED');
  const { s3 } = stack.clients;
  const at = { bucket: app.bucket, key: `results/${first.batchId}/output/r2/${name}.csv` };
  expect((await readObject(s3, at)).toString()).toBe(whole);
  expect(await trial.rejectsOf(first.batchId)).toEqual([]);
  await trial.until(
    async () => ((await stack.mailsOf(first)).length === 2 ? true : undefined),
    `the mail of the replay of ${name}`,
  );
  expect(await openUploads(s3, app.bucket)).toEqual([]);
};

/** Mended rejects of a row that the batch does not have: the replay fails, and people are told. */
export const misreplayed: Scenario = async (trial) => {
  const { stack } = trial;
  const { name, rejects } = await rejected(trial);
  const before = (await stack.mails()).length;
  const again = await trial.put(`input/${name}-mended.csv`, rejects.replace(/,15,(\d+),(?=[^\n]*\r?\n$)/, ',999,$1,'));
  expect((await trial.ended(again)).status).toBe('FAILED');
  await trial.until(async () => ((await stack.mails()).length > before ? true : undefined), 'the mail of the replay');
};

/** Look-ups through the API, which needs signatures. */
export const throughApi: Scenario = async (trial) => {
  const { stack, app } = trial;
  const plan = app.template!;
  const names = ['orders-process', 'orders-replay'];
  const functions = plan.functions.map((one) =>
    names.includes(one.name) ? { ...one, environment: { ...one.environment, FINANCIALS_SOURCE: 'api' } } : one,
  );
  await stack.redeploy({ ...app, template: { ...plan, functions } }, names);
  try {
    await replayed(trial);
  } finally {
    await stack.redeploy(app, names);
  }
};

/** A replay that runs several times at once: one revision comes of it, and nothing of the others is left. */
export const raceOfReplays: Scenario = (trial) =>
  inOneChunk(trial, async () => {
    const { stack, app } = trial;
    const { s3, sfn } = stack.clients;
    const { name, batch, mended } = await largeBatch(trial, someRows);
    const again = await trial.put(`input/${name}-mended.csv`, mended);
    const { executionArn, status } = await trial.ended(again);
    expect(status).toBe('SUCCEEDED');
    const event = await payloadOf(sfn, executionArn, 'orders-replay');
    const at = { bucket: app.bucket, key: `results/${batch.batchId}/output/r2/${name}.csv` };
    const whole = await readObject(s3, at);
    const atOnce = () => Promise.all([1, 2, 3].map(() => stack.invoke('orders-replay', event)));
    await atOnce(); // finds all done, and leaves three processes that start at once
    const work = `batches/${batch.batchId}/`;
    for (const folder of [`${work}amended/r2`, `results/${batch.batchId}/output/r2/`])
      for (const key of await listKeys(s3, app.bucket, folder)) await trial.remove(key);
    const before = await listKeys(s3, app.bucket, `${work}processed/`);
    await atOnce();
    expect((await readObject(s3, at)).equals(whole)).toBe(true);
    expect(await listKeys(s3, app.bucket, `${work}processed/`)).toHaveLength(before.length + 1);
  });
