import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type LocalApp, putItems } from '@pipeline/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { genericApp, genericDefinition, strikesTable } from './fixtures/generic-app.ts';
import { readJsonObject, readObject } from './support/bucket.ts';
import { startTestStack, type TestStack } from './support/test-stack.ts';

const entry = (name: string): string => fileURLToPath(new URL(`./fixtures/functions/${name}.ts`, import.meta.url));

const Task = { Cluster: 'local', TaskDefinition: 'process-task', Container: 'process', Subnets: ['subnet-1'] };

const routedApp = (): LocalApp => {
  const app = genericApp({ chunkRows: 100, processSeconds: 3 });
  const environment = { STRIKES_TABLE: strikesTable };
  return {
    ...app,
    functions: (place) => {
      const functions = app.functions(place);
      return { ...functions, split: { ...functions.split!, entry: entry('split-routed') } };
    },
    tasks: ({ bucket }) => ({
      'process-task': { entry: entry('process-task'), environment: { ...environment, BUCKET: bucket } },
    }),
    stateMachine: () => genericDefinition({ Task }),
  };
};

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack(routedApp());
});
afterAll(() => stack?.close());

interface Report {
  readonly rowsRead: number;
  readonly output: { readonly object: { readonly bucket: string; readonly key: string } };
  readonly chunks: readonly { readonly attempt: string }[];
}
const reportOf = (batchId: string) =>
  readJsonObject<Report>(stack.clients.s3, { bucket: 'files', key: `batches/${batchId}/output/r1/report.json` });

/** A task's attempts are named after its container. */
const isTask = ({ attempt }: { readonly attempt: string }): boolean => /^[0-9a-f]{32}-\d+$/.test(attempt);

/** `pipeline status` as its users run it. */
const status = (args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((resolve) => {
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=@pipeline/source', main, 'status', ...args], {
      env: { PATH: process.env.PATH ?? '', ...stack.environment },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.on('data', (piece) => {
      output += piece;
    });
    child.on('close', (code) => resolve({ code, output }));
  });

describe('the container route', () => {
  it('large chunks are processed by a process with the same handler, small ones by the function', async () => {
    const large = Array.from({ length: 100 }, (_, row) => `${row},${'x'.repeat(30)}\n`).join('');
    const small = Array.from({ length: 50 }, (_, row) => `${row},y\n`).join('');
    const input = `id,text\n${large}${small}`;
    const batch = await stack.run('input/mixed.csv', input);
    expect(batch.status).toBe('SUCCEEDED');
    const report = await reportOf(batch.batchId);
    expect(report.chunks.map(isTask)).toEqual([true, false]);
    expect((await readObject(stack.clients.s3, report.output.object)).toString()).toBe(input);
    const lines = stack.logs.filter(({ functionName }) => functionName === 'process-task').map(({ line }) => line);
    expect(lines.join('')).toContain('"message":"chunk.committed"');

    const [byArn, byId] = await Promise.all([
      status([batch.executionArn, '--json']),
      status([batch.batchId, '--state-machine', stack.stateMachineArn]),
    ]);
    expect(JSON.parse(byArn.output)).toMatchObject({
      ...{ batchId: batch.batchId, status: 'SUCCEEDED', error: null },
      maps: [{ label: 'chunks', total: 2, succeeded: 2, failed: 0 }],
    });
    expect(byId.output).toContain('chunks       2 of 2 (100 %)');
    expect([byArn.code, byId.code, (await status(['none'])).code]).toEqual([0, 0, 2]);
  });

  it('a chunk whose function runs out of time each time is done by a task', async () => {
    await putItems(stack.clients.dynamodb, strikesTable, [{ pk: 'strike:hang', strikesLeft: 3 }]);
    const input = 'id,text\n1,strike:hang\n2,b\n';
    const batch = await stack.run('input/late.csv', input);
    expect(batch.status).toBe('SUCCEEDED');
    const report = await reportOf(batch.batchId);
    expect(report.chunks.map(isTask)).toEqual([true]);
    expect((await readObject(stack.clients.s3, report.output.object)).toString()).toBe(input);
  });
});
