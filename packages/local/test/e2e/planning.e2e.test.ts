import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListMapRunsCommand,
  RedriveExecutionCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { BatchReport, ObjectRef } from '@pipeline/core';
import type { BatchSettings } from '@pipeline/handlers';
import { type LocalApp, putItems } from '@pipeline/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { genericDefinition, strikesTable } from './fixtures/generic-app.ts';
import { planningApp } from './fixtures/planning-app.ts';
import { listKeys, readJsonObject, readObject } from './support/bucket.ts';
import { historyOf } from './support/history.ts';
import { canary } from './support/invariants.ts';
import { expectSound, type PlannedBatch, readPlanned } from './support/planned-batch.ts';
import { type Batch, eventually, startTestStack, type TestStack } from './support/test-stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack(planningApp());
});
afterAll(() => stack?.close());

const use = (settings: BatchSettings): Promise<void> => stack.redeploy(planningApp(settings), ['intake']);

const done = async (batch: Batch): Promise<PlannedBatch> => {
  const planned = await readPlanned(stack, batch);
  await expectSound(stack, batch, planned);
  return planned;
};

/** Uploads a file under settings of its own. */
const run = async (key: string, input: string | Uint8Array, settings: BatchSettings): Promise<PlannedBatch> => {
  await use(settings);
  return done(await stack.run(`input/${key}`, input));
};

/** The states that an execution went through. */
const statesOf = async (batch: Batch): Promise<string[]> =>
  (await historyOf(stack.clients.sfn, batch.executionArn)).flatMap(({ stateEnteredEventDetails }) =>
    stateEnteredEventDetails?.name === undefined ? [] : [stateEnteredEventDetails.name],
  );

/** Quoted newlines, records with a field too few, and one that is no UTF-8. */
const mixed = Buffer.concat([
  Buffer.from('id,text,note\r\n'),
  ...Array.from({ length: 3000 }, (_, row) => {
    if (row % 97 === 5) return Buffer.from(`${row},short ${canary}\r\n`);
    if (row === 2900) return Buffer.from([0x31, 0x2c, 0xff, 0x2c, 0x32, 0x0a]);
    return Buffer.from(row % 11 === 3 ? `${row},"a ""b""\r\n${row},c",\r\n` : `${row},${canary} ${row},x\n`);
  }),
]);

/** The definition as it was before plans could be sampled: an execution keeps the one that it began with. */
const olderDefinition = (): string => {
  // biome-ignore lint/suspicious/noExplicitAny: states of every kind
  const definition = genericDefinition() as { States: Record<string, any> };
  const { 'Proven?': _, Replan: __, ...States } = structuredClone(definition.States);
  States.Prepare.Result = { cursor: null };
  const { 'planNumber.$': _n, scanTasks: _s, ...payload } = States.Split.Parameters.Payload;
  States.Split.Parameters.Payload = payload;
  const { 'scan.$': _c, 'planNumber.$': _p, ...selected } = States.Split.ResultSelector;
  States.Split.ResultSelector = { ...selected, 'rowCount.$': '$.Payload.rowCount' };
  States['Planned?'].Choices = [
    { Variable: '$.split.done', BooleanEquals: false, Next: 'Split' },
    { Variable: '$.split.rowCount', NumericEquals: 0, Next: 'ProcessEmpty' },
  ];
  const { ResultSelector: _r, ...resolve } = States.Resolve;
  States.Resolve = { ...resolve, ResultPath: null, Next: 'Merge' };
  return JSON.stringify({ ...definition, States });
};

describe('a sampled plan', () => {
  it('gives the bytes, the rejects and the data rows of a plan of one pass', async () => {
    const counted = await run('counted.csv', mixed, { plan: 'sequential', chunkBytes: 6000 });
    const guessed = await run('guessed.csv', mixed, { plan: 'sampled', chunkBytes: 6000 });
    expect(guessed.manifest).toMatchObject({ planMode: 'sampled', rowCount: null });
    expect(guessed.report).toMatchObject({ plan: { mode: 'sampled', number: 1 }, rowsRead: 3000, rowsRejected: 32 });
    expect(guessed.manifest.chunkCount).toBeGreaterThan(8);
    expect(guessed.output.equals(counted.output)).toBe(true);
    const ofBatch = ({ rejects, report }: PlannedBatch): string =>
      rejects.toString('latin1').replaceAll(report.batchId, 'this batch');
    expect(ofBatch(guessed)).toBe(ofBatch(counted));
    expect(guessed.rejects.toString('latin1')).toContain(`2915,short ${canary},2916,`);
    expect(guessed.report.chunks.at(-1)!.firstRow).toBeGreaterThan(2000);
  });

  it('marks what it puts into the table of rejects before it is proven', async () => {
    const settings: BatchSettings = { plan: 'sampled', chunkBytes: 400 };
    const { report } = await run('table.csv', `id,text\n${'1,a\n'.repeat(200)}only one\n`, settings);
    const { Items = [] } = await stack.clients.dynamodb.send(new ScanCommand({ TableName: 'rejects' }));
    const [item] = Items.filter(({ batchId }) => batchId?.S === report.batchId);
    expect(item).toMatchObject({ rowWithin: { S: 'chunk' }, byteOffset: { N: '808' } });
    expect(Number(item!.row!.N)).toBeLessThan(200);
    expect(report.rowsRejected).toBe(1);
  });
});

describe('samples that mislead', () => {
  /** One long text that reads like records wherever a sample begins in it. */
  const misleading = (cell: string): string =>
    `id,text,note\n1,${cell},b\n2,"${`7,${canary},y\n`.repeat(3000)}",c\n3,d,e\nshort\n`;
  const settings: BatchSettings = { plan: 'sampled', chunkBytes: 8000 };

  const expectRight = ({ report, manifest, output, rejects }: PlannedBatch, input: string): void => {
    expect(report).toMatchObject({ plan: { mode: 'sequential', number: 2 }, rowsRead: 4, rowsRejected: 1 });
    expect(manifest).toMatchObject({ planNumber: 2, rowCount: 4 });
    expect(output.toString()).toBe(input.slice(0, input.lastIndexOf('short')));
    expect(rejects.toString().split('\n')[1]).toBe(
      `short,4,${input.lastIndexOf('short')},,fields,"has 1 fields, the header has 3",${report.batchId}`,
    );
  };

  it('are found out, and the batch is planned once more', async () => {
    const input = misleading('a');
    await use(settings);
    const batch = await stack.run('input/misleading.csv', input);
    const planned = await done(batch);
    expectRight(planned, input);
    expect(
      (await statesOf(batch)).filter((state) => /^(Split|ProcessChunks|Resolve|Replan|Merge)$/.test(state)),
    ).toEqual([...['Split', 'ProcessChunks', 'Resolve', 'Replan'], ...['Split', 'ProcessChunks', 'Resolve', 'Merge']]);
    const { mapRuns = [] } = await stack.clients.sfn.send(new ListMapRunsCommand({ executionArn: batch.executionArn }));
    expect(mapRuns).toHaveLength(2);
    expect(planned.paths.filter((path) => /^resolved|^plan-2\/resolved/.test(path))).toEqual(['plan-2/resolved.json']);
    const { Items = [] } = await stack.clients.dynamodb.send(new ScanCommand({ TableName: 'rejects' }));
    expect(Items.filter(({ pk }) => pk?.S?.startsWith(`${batch.batchId}#p2#`))).toMatchObject([
      { row: { N: '4' }, raw: { S: 'short' } },
    ]);
  });

  it.each([
    ['a worker of the first plan ends for good', 'exit', 3, 'first'],
    ['a worker of the second plan fails for good', 'refused', 2, 'second'],
  ])('come out right after a redrive: %s', async (_, kind, strikesLeft, which) => {
    const cell = `strike:${kind} ${canary}`;
    await putItems(stack.clients.dynamodb, strikesTable, [{ pk: cell, strikesLeft }]);
    const input = misleading(cell);
    await use(settings);
    const failed = await stack.run(`input/redriven ${which}.csv`, input);
    expect(failed.status).toBe('FAILED');
    expect((await statesOf(failed)).includes('Replan')).toBe(which === 'second');
    const { executionArn, source } = failed;
    await stack.clients.sfn.send(new RedriveExecutionCommand({ executionArn }));
    const batch = await stack.settled(source, failed.input);
    expectRight(await done(batch), input);
    expect((await statesOf(batch)).filter((state) => state === 'Replan')).toHaveLength(1);
  });

  it('are not to blame for a file that is broken: the full scan says what is wrong with it', async () => {
    await use(settings);
    const batch = await stack.run('input/broken.csv', `${misleading('a')}5,"never closed,x\n`);
    expect(batch.status).toBe('FAILED');
    expect((await stack.mailsOf(batch))[0]!.text).toContain('Code: CSV_UNCLOSED_QUOTE');
    expect(await listKeys(stack.clients.s3, stack.app.bucket, `batches/${batch.batchId}/output/`)).toEqual([]);
  });
});

describe('a full scan', () => {
  it('by ranges side by side gives what one pass gives', async () => {
    const { manifest, output, report } = await run('parallel.csv', mixed, { plan: 'parallel', chunkBytes: 6000 });
    expect(manifest).toMatchObject({ planMode: 'parallel', rowCount: 3000 });
    expect(report.plan).toEqual({ mode: 'parallel', number: 1 });
    expect(output.length).toBe(report.output.bytes);
    expect(report.rowsRejected).toBe(32);
  });

  it('by tasks of their own gives what one pass gives', async () => {
    const settings: BatchSettings = { plan: 'parallel', chunkBytes: 6000, scanTasksFromBytes: 64_000 };
    await use(settings);
    const batch = await stack.run('input/tasks.csv', mixed);
    const { manifest, report, paths } = await done(batch);
    expect(manifest).toMatchObject({ planMode: 'parallel', rowCount: 3000 });
    expect(report).toMatchObject({ rowsRead: 3000, rowsRejected: 32 });
    const states = await statesOf(batch);
    expect(states.slice(0, 7)).toEqual([
      'Prepare',
      'Split',
      'Planned?',
      'ScanRanges',
      'Split',
      'Planned?',
      'ProcessChunks',
    ]);
    expect(paths.filter((path) => /^scan\/\d/.test(path)).length).toBeGreaterThan(8);
    const sequential = await run('one-pass.csv', mixed, { plan: 'sequential', chunkBytes: 6000 });
    expect(report.chunks.map(({ rowsRead, bytesRead }) => [rowsRead, bytesRead])).toEqual(
      sequential.report.chunks.map(({ rowsRead, bytesRead }) => [rowsRead, bytesRead]),
    );
  });
});

describe('an execution', () => {
  it('goes on with its scan tasks when it is redriven', async () => {
    const app = planningApp({ plan: 'parallel', chunkBytes: 6000, scanTasksFromBytes: 64_000 });
    // A function that refuses every task stands in for the scanner.
    const wrong: LocalApp = {
      ...app,
      functions: (place) => ({ ...app.functions(place), scan: app.functions(place).archive! }),
    };
    await stack.redeploy(wrong, ['intake', 'scan']);
    const failed = await stack.run('input/tasks redriven.csv', mixed);
    expect(failed.status).toBe('FAILED');
    expect((await stack.mailsOf(failed))[0]!.text).toContain('Code: EVENT_INVALID');
    expect((await statesOf(failed)).at(-1)).toBe('ScanRanges');
    await stack.redeploy(app, ['scan']);
    await stack.clients.sfn.send(new RedriveExecutionCommand({ executionArn: failed.executionArn }));
    const { report } = await done(await stack.settled(failed.source, failed.input));
    expect(report).toMatchObject({ plan: { mode: 'parallel', number: 1 }, rowsRead: 3000, rowsRejected: 32 });
  });

  it('that began before plans could be made again is never given a plan that could be wrong', async () => {
    const { sfn, s3 } = stack.clients;
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({
        name: 'older',
        definition: olderDefinition(),
        roleArn: 'arn:aws:iam::000000000000:role/local',
      }),
    );
    const input = `id,text\n1,"${'7,x\n'.repeat(3000)}"\n2,b\n`;
    const source = await stack.upload('older/input.csv', Buffer.from(input));
    const settings: BatchSettings = { plan: 'sampled', chunkBytes: 1000 };
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ batchId: 'older', source, settings }) }),
    );
    const { output } = await eventually(async () => {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      return execution.status === 'RUNNING' ? undefined : execution;
    }, 'the end of the execution');
    const { merge } = JSON.parse(output!) as { merge: { report: ObjectRef; rowsRead: number } };
    expect(merge.rowsRead).toBe(2);
    const report = await readJsonObject<BatchReport>(s3, merge.report);
    expect(report.plan).toEqual({ mode: 'sequential', number: 1 });
    expect((await readObject(s3, report.output.object)).toString()).toBe(input);
  });
});

describe('uploads of other kinds', () => {
  const text = `id;größe\r\n${Array.from({ length: 200 }, (_, row) => `${row};"Maß ${row}\n½"\r\n`).join('')}zu;viele;Felder é\r\n`;
  const settings: BatchSettings = { delimiter: ';', chunkBytes: 900 };
  const kept = text.slice(0, text.lastIndexOf('zu;'));

  it.each([
    ['gzip', 'orders.csv.gz', gzipSync(text)],
    ['zstd', 'orders.csv.zst', zstdCompressSync(text)],
  ])('are unpacked: %s', async (compression, key, bytes) => {
    const { manifest, report, output, paths } = await run(key, bytes, settings);
    expect(manifest.sources[0]).toMatchObject({ compression, sizeBytes: Buffer.byteLength(text) });
    expect(manifest.chunkCount).toBeGreaterThan(3);
    expect(output.toString()).toBe(kept);
    expect(report).toMatchObject({ rowsRead: 201, rowsRejected: 1, readAs: { compression } });
    expect(report.output.object.key).toMatch(/\/output\/r1\/orders\.csv$/);
    expect(paths.filter((path) => path.startsWith('to_process/'))).toHaveLength(manifest.chunkCount);
  });

  it.each<[BatchSettings['encoding'], string, Buffer, string]>([
    [undefined, 'utf-16le', Buffer.from(`\uFEFF${text}`, 'utf16le'), '\uFEFF'],
    [undefined, 'utf-16be', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(), '\uFEFF'],
    ['windows-1252', 'windows-1252', Buffer.from(text, 'latin1'), ''],
  ])('come out as UTF-8: encoding %s, found %s', async (encoding, found, bytes, mark) => {
    const given: BatchSettings = encoding === undefined ? settings : { ...settings, encoding };
    const { report, output, rejects } = await run(`${found}.csv`, bytes, { ...given, plan: 'sampled' });
    expect(report).toMatchObject({ rowsRead: 201, rowsRejected: 1, readAs: { encoding: found } });
    expect(output.toString()).toBe(mark + kept);
    const offset = bytes.length - Buffer.from('zu;viele;Felder é\r\n', 'latin1').length * (mark === '' ? 1 : 2);
    expect(rejects.toString().split('\r\n')).toEqual([
      expect.stringMatching(/^\uFEFFid;größe;__pipeline_row;/),
      `zu;viele;Felder é;201;${offset};;fields;has 3 fields, the header has 2;${report.batchId}`,
      '',
    ]);
  });

  it('are detected when that is asked for, and the report says what was found', async () => {
    const { report, output } = await run('detected.txt', Buffer.from(text, 'latin1'), { detect: true, chunkCount: 4 });
    expect(report.readAs).toMatchObject({
      encoding: 'windows-1252',
      dialect: { delimiter: ';', newline: 'crlf' },
      detected: { header: true, confidence: { delimiter: expect.any(Number) } },
    });
    expect(report.chunkCount).toBe(4);
    expect(output.toString()).toBe(kept);
  });

  it('leave as packed JSON Lines of chosen columns', async () => {
    const { report, output } = await run('lines.csv', text, {
      ...settings,
      plan: 'sampled',
      columns: [{ from: 'größe', to: 'size' }, 'id'],
      output: { format: 'jsonl', compression: 'gzip' },
    });
    expect(report).toMatchObject({ columns: ['size', 'id'], writtenAs: { format: 'jsonl', compression: 'gzip' } });
    expect(report.output.object.key).toMatch(/\/output\/r1\/lines\.jsonl\.gz$/);
    const lines = gunzipSync(output).toString().trimEnd().split('\n');
    expect(lines).toHaveLength(200);
    expect(JSON.parse(lines[7]!)).toEqual({ size: 'Maß 7\n½', id: '7' });
  });
});
