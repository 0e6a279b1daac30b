import { fileURLToPath } from 'node:url';
import { type LocalApp, putItems } from '@pipeline/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { genericApp, genericDefinition, strikesTable } from './fixtures/generic-app.ts';
import { readJsonObject, readObject } from './support/bucket.ts';
import { startTestStack, type TestStack } from './support/test-stack.ts';

const entry = (name: string): string => fileURLToPath(new URL(`./fixtures/functions/${name}.ts`, import.meta.url));

const Task = { Cluster: 'local', TaskDefinition: 'process-task', Container: 'worker', Subnets: ['subnet-1'] };

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

describe('the container route', () => {
  it('large chunks are processed by a process with the same handler, small ones by the function', async () => {
    const large = Array.from({ length: 100 }, (_, row) => `${row},${'x'.repeat(30)}\n`).join('');
    const small = Array.from({ length: 50 }, (_, row) => `${row},y\n`).join('');
    const input = `id,text\n${large}${small}`;
    const batch = await stack.run('input/mixed.csv', input);
    expect(batch.status).toBe('SUCCEEDED');
    const report = await reportOf(batch.batchId);
    expect(report.chunks.map(({ attempt }) => attempt.startsWith('task-'))).toEqual([true, false]);
    expect((await readObject(stack.clients.s3, report.output.object)).toString()).toBe(input);
    const lines = stack.logs.filter(({ functionName }) => functionName === 'process-task').map(({ line }) => line);
    expect(lines.join('')).toContain('"message":"chunk.committed"');
  });

  it('a chunk whose function runs out of time each time is done by a task', async () => {
    await putItems(stack.clients.dynamodb, strikesTable, [{ pk: 'strike:hang', strikesLeft: 3 }]);
    const input = 'id,text\n1,strike:hang\n2,b\n';
    const batch = await stack.run('input/late.csv', input);
    expect(batch.status).toBe('SUCCEEDED');
    const report = await reportOf(batch.batchId);
    expect(report.chunks.map(({ attempt }) => attempt.startsWith('task-'))).toEqual([true]);
    expect((await readObject(stack.clients.s3, report.output.object)).toString()).toBe(input);
  });
});
