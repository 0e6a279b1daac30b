import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from 'vitest';
import { listKeys, readJsonObject, readObject } from '../../../../../packages/local/test/e2e/support/bucket.ts';
import { childrenOf } from '../../../../../packages/local/test/e2e/support/history.ts';
import { factOf } from '../../../../../packages/local/test/e2e/support/mail.ts';
import { header } from '../../../sample/generate.ts';
import { outputHeader } from '../../support/expectation.ts';
import { expectLinks, expectOrder, mailOf, orders, toldOf } from '../expect-batch.ts';
import { payloadOf } from '../payload-of.ts';
import { newBatchId, type Scenario, tagging, tags } from './scenario.ts';

/** An upload that becomes an output, with one row rejected. */
export const order: Scenario = async (trial) => {
  const { batchId, output } = await expectOrder(trial);
  await expectLinks(trial, batchId, output);
  expect(await toldOf(trial, batchId, 'BatchSucceeded')).toEqual([
    ...['BatchProgress chunk 0', 'BatchProgress chunk 1', 'BatchProgress planned', 'BatchProgress processed'],
    'BatchSucceeded',
  ]);
};

/** An upload of a header and no rows: so is its output. */
export const headerOnly: Scenario = async (trial) => {
  const { stack, app } = trial;
  const name = `${trial.name()}.csv`;
  const source = await trial.put(`input/${name}`, `${header.join(',')}\n`);
  const { batchId, status } = await trial.ended(source);
  expect(status).toBe('SUCCEEDED');
  const at = { bucket: app.bucket, key: `results/${batchId}/output/r1/${name}` };
  expect((await readObject(stack.clients.s3, at)).toString()).toBe(`${outputHeader()}\n`);
};

/** What a function answers when an object is not there. */
const notThere = { errorMessage: expect.stringContaining('does not exist') };

/** A plan that functions make side by side. */
export const scanned: Scenario = async (trial) => {
  const { stack, app } = trial;
  const name = `${trial.name()}.txt`; // another ending than the trigger's
  const { input, output } = orders(60);
  const source = await trial.put(`input/${name}`, input);
  const batchId = newBatchId();
  const settings = { plan: 'parallel', chunkBytes: 1000, scanTasksFromBytes: 1000, delimiter: ',' };
  await stack.clients.sfn.send(
    new StartExecutionCommand({
      stateMachineArn: app.template!.stateMachineArn,
      name: batchId,
      input: JSON.stringify({ batchId, source, settings }),
    }),
  );
  const { executionArn, status } = await trial.ended(source);
  expect(status).toBe('SUCCEEDED');
  const at = { bucket: app.bucket, key: `results/${batchId}/output/r1/${name}` };
  expect((await readObject(stack.clients.s3, at)).toString()).toBe(output);
  // By now the upload is in the archive: a task that is called again says so.
  for (const child of await childrenOf(stack.clients.sfn, executionArn)) {
    const event = await payloadOf(stack.clients.sfn, child, 'orders-scan').catch(() => undefined);
    if (event === undefined) continue;
    expect(await stack.invoke('orders-scan', event)).toMatchObject(notThere);
    return;
  }
  throw new Error('no task scanned anything');
};

/** An upload that cannot be processed. */
export const refused: Scenario = async (trial) => {
  const { stack, app } = trial;
  const key = `input/${trial.name()}.csv`;
  const source = await trial.put(key, '', tagging);
  const { batchId, status } = await trial.ended(source);
  expect(status).toBe('FAILED');
  expect(factOf(await mailOf(trial, batchId, false), 'Code')).toBe('SOURCE_EMPTY');
  const { s3 } = stack.clients;
  const copies = await listKeys(s3, app.bucket, `failed/${key}`);
  expect(copies).toHaveLength(1);
  expect(await trial.tagsOf(copies[0]!)).toEqual(tags);
  expect(await toldOf(trial, batchId, 'BatchFailed')).toContain('BatchFailed');
};

/** A step that the state machine calls again sends no second mail. */
export const notifiedTwice: Scenario = async (trial) => {
  const { stack } = trial;
  const source = await trial.put(`input/${trial.name()}.csv`, orders(15).input);
  const batch = await trial.ended(source);
  expect(batch.status).toBe('SUCCEEDED');
  const event = await payloadOf(stack.clients.sfn, batch.executionArn, 'orders-notify');
  expect(await stack.invoke('orders-notify', event)).toMatchObject({ status: 'SENT' });
  expect(await stack.mailsOf(batch)).toHaveLength(1);
};

/** The status event of a failure that comes again sends no second mail either, and copies nothing twice. */
export const toldTwice: Scenario = async (trial) => {
  const { stack, app } = trial;
  const key = `input/${trial.name()}.csv`;
  const source = await trial.put(key, '', tagging);
  const batch = await trial.ended(source);
  await mailOf(trial, batch.batchId, false);
  const answer = await stack.invoke('orders-failure', await trial.statusEventOf(batch.executionArn));
  expect(answer).not.toHaveProperty('errorType');
  expect(await stack.mailsOf(batch)).toHaveLength(1);
  expect(await listKeys(stack.clients.s3, app.bucket, `failed/${key}`)).toHaveLength(1);
};

/** So many batches at once: the second one waits for the first. */
export const waiting: Scenario = async (trial) => {
  const { stack, app } = trial;
  const plan = app.template!;
  const functions = plan.functions.map((one) =>
    one.name === 'orders-intake' ? { ...one, environment: { ...one.environment, MAX_BATCHES: '1' } } : one,
  );
  await stack.redeploy({ ...app, template: { ...plan, functions } }, ['orders-intake']);
  try {
    await trial.remove('batches/gate/slots.json'); // as before the first upload
    const before = stack.logs.length;
    const sources = await Promise.all([0, 1, 2].map(() => trial.put(`input/${trial.name()}.csv`, orders(15).input)));
    for (const source of sources) expect((await trial.ended(source)).status).toBe('SUCCEEDED');
    // Each that found no room was put off, and none came again because it failed.
    const lines = stack.logs.slice(before).filter(({ functionName }) => functionName === 'orders-intake');
    expect(lines.filter(({ line }) => line.includes('intake.failed'))).toEqual([]);
    expect(lines.filter(({ line }) => line.includes('intake.waits')).length).toBeGreaterThan(0);
    const slot = await readJsonObject<object>(stack.clients.s3, { bucket: app.bucket, key: 'batches/gate/slots.json' });
    expect(slot).toBeTypeOf('object');
    const known = stack.executions.all().filter((one) => sources.some(({ key }) => key === one.source.key));
    const overlap = known.some((a) =>
      known.some(
        (b) =>
          a !== b &&
          a.startedAtMs < (b.stoppedAtMs ?? Number.POSITIVE_INFINITY) &&
          b.startedAtMs < (a.stoppedAtMs ?? Number.POSITIVE_INFINITY),
      ),
    );
    expect(overlap).toBe(false);
  } finally {
    await stack.redeploy(app, ['orders-intake']);
  }
};

/** What is missing is told from what is forbidden. */
export const missing: Scenario = async (trial) => {
  const { stack } = trial;
  const batch = await trial.ended(await trial.put(`input/${trial.name()}.csv`, orders(15).input));
  expect(batch.status).toBe('SUCCEEDED');
  const event = await payloadOf(stack.clients.sfn, batch.executionArn, 'orders-notify');
  await trial.remove(`results/${batch.batchId}/output/r1/report.json`);
  expect(await stack.invoke('orders-notify', event)).toMatchObject(notThere);
};
