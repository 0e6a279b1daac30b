import type { ObjectRef } from '@pipeline/core';
import { expect } from 'vitest';
import { listKeys, listVersions, openUploads, readObject } from '../../../../packages/local/test/e2e/support/bucket.ts';
import { factOf, isSuccess } from '../../../../packages/local/test/e2e/support/mail.ts';
import { drain } from '../../../../packages/local/test/e2e/support/queues.ts';
import { faultOf, header, orderLine } from '../../sample/generate.ts';
import { enriched, outputHeader } from '../support/expectation.ts';
import { tagging, tags } from './scenarios/scenario.ts';
import { type Trial, toldQueue } from './trial.ts';

const sound = Array.from({ length: 100 }, (_, index) => index + 1).filter((row) => faultOf(row) === undefined);

/** Orders of which all are sound but the last, for which the rule has no item type. */
export const orders = (rows: number, from = 0) => {
  const lines = sound.slice(from, from + rows);
  const bad = orderLine(lines.at(-1)!).replace(
    /,(?:Baby Food|[A-Z][a-z]+(?: [A-Z][a-z]+)?),(Online|Offline),/,
    ',Fireworks,$1,',
  );
  return {
    input: `${[header.join(','), ...lines.slice(0, -1).map((row) => orderLine(row)), bad].join('\n')}\n`,
    output: `${[outputHeader(), ...lines.slice(0, -1).map((row) => enriched(orderLine(row), row))].join('\n')}\n`,
    bad,
    mended: orderLine(lines.at(-1)!),
    whole: `${[outputHeader(), ...lines.map((row) => enriched(orderLine(row), row))].join('\n')}\n`,
  };
};

/** The events of a batch that other teams were told, by type and step, once one of a type is there. */
export const toldOf = async ({ stack, until }: Trial, batchId: string, last: string): Promise<readonly string[]> => {
  const told: string[] = [];
  return until(async () => {
    for (const { Body = '' } of await drain(stack, toldQueue)) {
      const { 'detail-type': type, detail } = JSON.parse(Body) as {
        'detail-type': string;
        detail: { batchId: string; step?: string; chunk?: number };
      };
      if (detail.batchId === batchId) told.push([type, detail.step ?? '', detail.chunk ?? ''].join(' ').trim());
    }
    return told.includes(last) ? told.sort() : undefined;
  }, `${last} of ${batchId}`);
};

export const mailOf = async ({ stack, until }: Trial, batchId: string, good: boolean) =>
  until(
    async () => (await stack.mailsOf({ batchId })).find((mail) => isSuccess(mail) === good),
    `the mail of ${batchId}`,
  );

/** Every link of a mail opens. */
export const expectLinks = async (trial: Trial, batchId: string, output: string): Promise<void> => {
  const mail = await mailOf(trial, batchId, true);
  const links = [...(mail.text ?? '').matchAll(/https?:\/\/\S+X-Amz-Signature\S*/g)].map(([url]) => url);
  expect(links.length).toBeGreaterThanOrEqual(2);
  for (const url of links) expect((await fetch(url)).status).toBe(200);
  expect(await (await fetch(factOf(mail, 'Output file')!)).text()).toBe(output);
};

/** All that a batch of orders with one reject leaves behind. */
export const expectDone = async (
  trial: Trial,
  batch: {
    readonly key: string;
    readonly source: ObjectRef;
    readonly batchId: string;
    readonly tags: Readonly<Record<string, string>>;
    readonly output: string;
  },
): Promise<void> => {
  const { key, source, batchId, tags, output } = batch;
  const { stack, app } = trial;
  const { s3 } = stack.clients;
  const { bucket } = app;
  const name = key.split('/').at(-1)!;
  const written = await readObject(s3, { bucket, key: `results/${batchId}/output/r1/${name}` });
  expect(written.toString()).toBe(output);
  const archived = await listKeys(s3, bucket, `input_archive/${key}`);
  expect(archived).toHaveLength(1);
  expect(await trial.tagsOf(archived[0]!)).toEqual(tags);
  const left = await listVersions(s3, bucket, key);
  expect(left.filter((version) => source.versionId === undefined || version === source.versionId)).toEqual([]);
  expect(await openUploads(s3, bucket)).toEqual([]);
  expect(await trial.rejectsOf(batchId)).toHaveLength(1);
};

/** Uploads an order with one reject and expects all that it leaves behind; answers its batch and output. */
export const expectOrder = async (trial: Trial): Promise<{ readonly batchId: string; readonly output: string }> => {
  const key = `input/${trial.name()}.csv`;
  const { input, output } = orders(15);
  const source = await trial.put(key, input, tagging);
  const { batchId, status } = await trial.ended(source);
  expect(status).toBe('SUCCEEDED');
  await expectDone(trial, { key, source, batchId, tags, output });
  return { batchId, output };
};
