import { expect } from 'vitest';
import { listKeys, openUploads, readObject } from '../../../../../packages/local/test/e2e/support/bucket.ts';
import { header } from '../../../sample/generate.ts';
import { payloadOf } from '../payload-of.ts';
import type { Trial } from '../trial.ts';
import { failedChunk } from './attempts.ts';
import { runWorker, sendChunk } from './chunk-targets.ts';
import { coordinate } from './containers.ts';
import { inOneChunk, largeBatch, largeFile, manyRows as rows } from './large.ts';
import { newBatchId, type Scenario } from './scenario.ts';

/** Lets a role write nothing more once it has begun an upload of parts below a prefix. */
const cutOff = async <T>(trial: Trial, part: string, prefix: string, work: () => Promise<T>): Promise<T> => {
  const { stack, app } = trial;
  const roles = stack.roles!;
  const role = trial.roleOf(part);
  const before = roles.policiesOf(role);
  let cut = false;
  const stop = trial.onCall(({ caller, request = '' }) => {
    if (
      cut ||
      !caller.arn.endsWith(`/${role}`) ||
      !request.startsWith(`POST /${app.bucket}/${prefix}`) ||
      !/[?&]uploads\b/.test(request)
    )
      return;
    cut = true;
    roles.setPolicies(
      role,
      before.map((document) => ({
        ...document,
        Statement: [document.Statement].flat().map((statement) => ({
          ...statement,
          Action: [statement.Action].flat().filter((action) => action !== 's3:PutObject'),
        })),
      })),
    );
  });
  try {
    const result = await work();
    expect(cut).toBe(true);
    return result;
  } finally {
    stop();
    roles.setPolicies(role, before);
  }
};

const expectNoUploads = async ({ stack, app }: Trial): Promise<void> =>
  expect(await openUploads(stack.clients.s3, app.bucket)).toEqual([]);

/** A function of the state machine that cannot finish its upload ends it. */
const endsUploads =
  (part: string, prefix: string): Scenario =>
  (trial) =>
    inOneChunk(trial, async () => {
      const { status } = await cutOff(trial, part, prefix, async () =>
        trial.ended(await trial.put(`input/${trial.name()}.csv`, largeFile())),
      );
      expect(status).toBe('FAILED');
      await expectNoUploads(trial);
    });

/** The same of what processes chunks beside the state machine. */
const cutBeside =
  (part: string, process: (trial: Trial, event: object) => Promise<unknown>): Scenario =>
  (trial) =>
    inOneChunk(trial, async () => {
      const { event } = await failedChunk(trial, largeFile());
      await cutOff(trial, part, 'batches/', async () => {
        await process(trial, event);
        await trial.idle();
      });
      await expectNoUploads(trial);
    });

export const queueCut = cutBeside('Queue', sendChunk);
export const workerCut = cutBeside('Worker', runWorker);
export const processCut = endsUploads('Process', 'batches/');
export const mergeCut = endsUploads('Merge', 'results/');

/** The same of the coordinator, which has all steps in its own process. */
const coordinatorCut =
  (prefix: string): Scenario =>
  async (trial) => {
    const key = `input/${trial.name()}.txt`;
    await trial.put(key, largeFile());
    const { exitCode } = await cutOff(trial, 'Coordinator', prefix, () =>
      coordinate(trial, key, { FILE_CHUNK_SIZE: String(rows) }),
    );
    expect(exitCode).toBe(1);
    await expectNoUploads(trial);
  };

export const coordinatorCutInWork = coordinatorCut('batches/');
export const coordinatorCutInOutput = coordinatorCut('results/');

const replayCut =
  (prefix: string): Scenario =>
  (trial) =>
    inOneChunk(trial, async () => {
      const { name, mended } = await largeBatch(trial);
      const { status } = await cutOff(trial, 'Replay', prefix, async () =>
        trial.ended(await trial.put(`input/${name}-mended.csv`, mended)),
      );
      expect(status).toBe('FAILED');
      await expectNoUploads(trial);
    });

export const replayCutInWork = replayCut('batches/');
export const replayCutInOutput = replayCut('results/');

/** A merge and a replay whose outputs are gone are done again: they ask what there is of their uploads. */
export const mergedAgain: Scenario = (trial) =>
  inOneChunk(trial, async () => {
    const { stack, app } = trial;
    const { s3, sfn } = stack.clients;
    const { name, batch, mended } = await largeBatch(trial);
    const replay = await trial.ended(await trial.put(`input/${name}-mended.csv`, mended));
    expect(replay.status).toBe('SUCCEEDED');
    for (const [revision, executionArn, step] of [
      ['r2', replay.executionArn, 'orders-replay'],
      ['r1', batch.executionArn, 'orders-merge'],
    ] as const) {
      const event = await payloadOf(sfn, executionArn, step);
      const folder = `results/${batch.batchId}/output/${revision}/`;
      const before = await readObject(s3, { bucket: app.bucket, key: `${folder}${name}.csv` });
      for (const key of await listKeys(s3, app.bucket, folder)) await trial.remove(key);
      await stack.invoke(step, event);
      expect((await readObject(s3, { bucket: app.bucket, key: `${folder}${name}.csv` })).equals(before)).toBe(true);
    }
  });

/** A plan of so many chunks that it is written in pieces, which are removed once it is whole. */
const many = 120_000;
const planEvent = async (trial: Trial) => {
  const source = await trial.put(`input/${trial.name()}.txt`, `${header.join(',')}\n${'1\n'.repeat(many)}`);
  const batchId = newBatchId();
  return { batchId, source, settings: { chunkRows: 1, plan: 'sequential', delimiter: ',' }, cursor: null };
};

export const plannedInPieces: Scenario = async (trial) => {
  const { stack, app } = trial;
  const event = await planEvent(trial);
  expect(await stack.invoke('orders-split', event)).toMatchObject({ done: true, chunkCount: many });
  const keys = await listKeys(stack.clients.s3, app.bucket, `batches/${event.batchId}/`);
  expect(keys.map((key) => key.slice(`batches/${event.batchId}/`.length)).sort()).toEqual([
    'chunks.jsonl',
    'manifest.json',
  ]);
};

export const splitCut: Scenario = async (trial) => {
  const event = await planEvent(trial);
  const answer = await cutOff(trial, 'Split', 'batches/', () => trial.stack.invoke('orders-split', event));
  expect(answer).toMatchObject({ errorType: expect.any(String) });
  await expectNoUploads(trial);
};
