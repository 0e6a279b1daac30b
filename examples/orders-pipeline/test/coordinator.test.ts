import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type LocalStack, startLocalStack } from '@pipeline/local';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ordersApp } from '../local-app.ts';
import { orderFile } from '../sample/generate.ts';
import { expectedOutput } from './support/expectation.ts';

const rows = 2000;
const key = 'apart/orders.csv'; // outside the trigger: no execution is started
const app = ordersApp({ FileChunkSize: '200' });
const entry = fileURLToPath(new URL('../functions/coordinator.ts', import.meta.url));

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack(app, { environment: {} });
  const Body = [...orderFile(rows)].join('');
  await stack.clients.s3.send(new PutObjectCommand({ Bucket: app.bucket, Key: key, Body }));
});
afterAll(() => stack?.close());

interface Line {
  readonly message: string;
  readonly report?: { readonly key: string };
  readonly batchId?: string;
  readonly chunksDone?: number;
  readonly chunksKept?: number;
}

/** Runs the coordinator as a program, until it ends or a line is the one to kill it at. */
const coordinate = (
  killAt: (line: Line) => boolean,
): Promise<{ readonly lines: readonly Line[]; readonly signal: string | null }> =>
  new Promise((resolve) => {
    const place = {
      bucket: app.bucket,
      stateMachineArn: stack.stateMachineArn,
      replayMachineArn: undefined,
      apiEndpoint: stack.endpoints.api,
      queueUrl: stack.queueUrl,
    };
    const { environment } = app.functions(place)['orders-process']!;
    const child = spawn(process.execPath, ['--conditions=@pipeline/source', entry, `s3://${app.bucket}/${key}`], {
      env: { PATH: process.env.PATH ?? '', ...stack.environment, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: Line[] = [];
    let rest = '';
    child.stdout.on('data', (piece) => {
      const parts = (rest + piece).split('\n');
      rest = parts.pop()!;
      for (const part of parts) {
        const line = JSON.parse(part) as Line;
        lines.push(line);
        if (killAt(line)) child.kill('SIGKILL');
      }
    });
    child.on('close', (_, signal) => resolve({ lines, signal }));
  });

test('a coordinator that is killed while chunks are processed goes on when it is started again', async () => {
  let committed = 0;
  const killed = await coordinate(({ message }) => message === 'chunk.committed' && ++committed === 3);
  expect(killed.signal).toBe('SIGKILL');

  const { lines } = await coordinate(() => false);
  const { batchId, chunksDone, chunksKept } = lines.find(({ message }) => message === 'coordinated')!;
  expect(chunksKept).toBeGreaterThanOrEqual(2);
  expect([chunksDone! + chunksKept!, chunksDone! < 10]).toEqual([10, true]);
  const { Body } = await stack.clients.s3.send(
    new GetObjectCommand({ Bucket: app.bucket, Key: `batches/${batchId}/output/r1/orders.csv` }),
  );
  expect((await Body!.transformToString()) === expectedOutput(rows)).toBe(true);
  expect(await stack.mails()).toHaveLength(1);
});
