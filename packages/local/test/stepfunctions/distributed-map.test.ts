import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  type DescribeMapRunOutput,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  StopExecutionCommand,
  UpdateMapRunCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalS3, startS3 } from '../../src/s3/index.ts';
import { FunctionError, type Harness, lambdaTask, outputOf, s3Client, single, startHarness } from './harness.ts';

let local: Harness;
let s3: LocalS3;
let objects: S3Client;
beforeAll(async () => {
  s3 = await startS3();
  s3.createBucket('work', { versioning: true });
  objects = s3Client(s3.endpoint);
  local = await startHarness({ s3: () => objects });
});
afterAll(async () => {
  await local.close();
  objects.destroy();
  await s3.close();
});

const PASS = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };

function distributed(more: object, states: object = PASS, executionType = 'STANDARD'): object {
  const ItemProcessor = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: executionType }, ...states };
  return single({ Type: 'Map', Label: 'L', End: true, ItemProcessor, ...more });
}

async function put(Key: string, Body: string): Promise<string> {
  const { VersionId } = await objects.send(new PutObjectCommand({ Bucket: 'work', Key, Body }));
  return VersionId!;
}

async function text(Key: string): Promise<string> {
  const { Body } = await objects.send(new GetObjectCommand({ Bucket: 'work', Key }));
  return Body!.transformToString();
}

async function mapRunOf(executionArn: string): Promise<DescribeMapRunOutput> {
  const { mapRuns } = await local.client.send(new ListMapRunsCommand({ executionArn }));
  return local.client.send(new DescribeMapRunCommand({ mapRunArn: mapRuns![0]!.mapRunArn }));
}

function reader(key: string, config: object = { InputType: 'JSONL' }, parameters: object = {}): object {
  const Parameters = { Bucket: 'work', Key: key, ...parameters };
  return { Resource: 'arn:aws:states:::s3:getObject', ReaderConfig: config, Parameters };
}

const lines = (count: number): string => Array.from({ length: count }, (_, i) => `${JSON.stringify({ i })}\n`).join('');

describe('items', () => {
  it('come from the input, in order, with a selector', async () => {
    const definition = distributed({
      ItemsPath: '$.list',
      ItemSelector: {
        'n.$': '$$.Map.Item.Value',
        'at.$': '$$.Map.Item.Index',
        'source.$': '$$.Map.Item.Source',
        'tag.$': '$.tag',
      },
    });
    expect(outputOf(await local.run(definition, { list: ['a', 'b'], tag: 't' }))).toEqual([
      { n: 'a', at: 0, source: 'STATE_DATA', tag: 't' },
      { n: 'b', at: 1, source: 'STATE_DATA', tag: 't' },
    ]);
  });

  it('come from a JSON Lines object of the given version, blank lines skipped', async () => {
    const version = await put('plan.jsonl', '{"i":0}\r\n\n{"i":1}');
    await put('plan.jsonl', '{"i":9}');
    const definition = distributed({
      ItemReader: reader('plan.jsonl', { InputType: 'JSONL' }, { 'VersionId.$': '$.version' }),
    });
    expect(outputOf(await local.run(definition, { version }))).toEqual([{ i: 0 }, { i: 1 }]);
    expect(outputOf(await local.run(distributed({ ItemReader: reader('plan.jsonl') })))).toEqual([{ i: 9 }]);
  });

  it('come from a JSON array, up to MaxItems', async () => {
    await put('plan.json', '[1,2,3]');
    const of = (config: object) => distributed({ ItemReader: reader('plan.json', { InputType: 'JSON', ...config }) });
    expect(outputOf(await local.run(of({ MaxItems: 2 })))).toEqual([1, 2]);
    expect(outputOf(await local.run(of({ MaxItemsPath: '$.max' }), { max: 1 }))).toEqual([1]);
    expect(outputOf(await local.run(of({ MaxItemsPath: '$.max' }), { max: 0 }))).toEqual([1, 2, 3]);
  });

  it('come from an object list, page by page', async () => {
    // Two keys a page, so that five objects are enough.
    objects.middlewareStack.add(
      (next) => (args) => {
        const { input } = args as { input: { Prefix?: string; MaxKeys?: number } };
        if (input.Prefix === 'list/') input.MaxKeys = 2;
        return next(args);
      },
      { step: 'initialize', name: 'twoKeysAPage', override: true },
    );
    for (let i = 0; i < 5; i++) await put(`list/${i}`, 'x');
    const ItemReader = {
      Resource: 'arn:aws:states:::s3:listObjectsV2',
      Parameters: { Bucket: 'work', Prefix: 'list/' },
    };
    const items = outputOf(
      await local.run(distributed({ ItemReader, ItemSelector: { 'key.$': '$$.Map.Item.Value.Key' } })),
    );
    expect(items.map(({ key }: { key: string }) => key)).toEqual(['list/0', 'list/1', 'list/2', 'list/3', 'list/4']);
    const [first] = outputOf(
      await local.run(distributed({ ItemReader: { ...ItemReader, ReaderConfig: { MaxItems: 1 } } })),
    );
    expect(first).toEqual({
      Etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
      Key: 'list/0',
      LastModified: expect.any(Number),
      Size: 1,
      StorageClass: 'STANDARD',
    });
  });

  it.each([
    ['missing.jsonl', undefined, 'JSONL', /NoSuchKey/],
    ['broken.jsonl', '{"i":0}\n{"i"', 'JSONL', /Line 2/],
    ['object.json', '{"not":"a list"}', 'JSON', /Attempting to map over non-iterable node\./],
  ])('that cannot be read fail the state: %s', async (key, body, InputType, cause) => {
    if (body !== undefined) await put(key, body);
    const execution = await local.run(distributed({ ItemReader: reader(key, { InputType }) }));
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'States.ItemReaderFailed',
      cause: expect.stringMatching(cause),
    });
    const events = await local.history(execution.executionArn!);
    expect(events.map(({ type }) => type).slice(2)).toEqual([
      'MapStateStarted',
      'MapRunStarted',
      'MapRunFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
  });
});

describe('batches', () => {
  it('wrap items by number, with an input of their own', async () => {
    await put('seven.jsonl', lines(7));
    const definition = distributed({
      ItemReader: reader('seven.jsonl'),
      ItemSelector: { 'n.$': '$$.Map.Item.Value.i' },
      ItemBatcher: { MaxItemsPerBatchPath: '$.size', BatchInput: { 'run.$': '$$.Execution.Name', 'size.$': '$.size' } },
    });
    const execution = await local.run(definition, { size: 3 });
    const batches = outputOf(execution);
    expect(batches.map(({ Items }: { Items: { n: number }[] }) => Items.map(({ n }) => n))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6],
    ]);
    expect(batches[0].BatchInput).toEqual({ run: execution.name, size: 3 });
    expect(await mapRunOf(execution.executionArn!)).toMatchObject({
      itemCounts: { total: 7, succeeded: 7 },
      executionCounts: { total: 3, succeeded: 3 },
    });
  });

  it('keep to a number of bytes, the wrapping included', async () => {
    const items = Array.from({ length: 20 }, (_, i) => 'é'.repeat(i));
    const definition = distributed({ ItemBatcher: { MaxInputBytesPerBatch: 100 } });
    const batches: { Items: string[] }[] = outputOf(await local.run(definition, items));
    expect(batches.flatMap(({ Items }) => Items)).toEqual(items);
    for (const [i, batch] of batches.entries()) {
      const bytes = Buffer.byteLength(JSON.stringify(batch));
      expect(bytes).toBeLessThanOrEqual(100);
      const next = batches[i + 1]?.Items[0];
      if (next !== undefined) expect(bytes + Buffer.byteLength(JSON.stringify(next)) + 1).toBeGreaterThan(100);
    }
  });

  it('fail on an item that is too long alone', async () => {
    const execution = await local.run(distributed({ ItemBatcher: { MaxInputBytesPerBatch: 20 } }), ['x'.repeat(20)]);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });
});

describe('failures', () => {
  const failing = { StartAt: 'F', States: { F: lambdaTask('sometimes') } };
  beforeAll(() => {
    local.functions.sometimes = ({ i }) => {
      if (i % 5 === 0) throw new FunctionError('BadChunk', `chunk ${i}`);
      return { done: i };
    };
  });
  const items = Array.from({ length: 20 }, (_, i) => ({ i }));

  it('none is borne by default, and what runs is aborted', async () => {
    const execution = await local.run(distributed({ MaxConcurrency: 2 }, failing), items);
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'States.ExceedToleratedFailureThreshold',
      cause: 'The specified tolerated failure threshold was exceeded',
    });
    const { status, executionCounts } = await mapRunOf(execution.executionArn!);
    expect(status).toBe('FAILED');
    expect(executionCounts).toMatchObject({ failed: 1, running: 0, total: 20 });
    expect(executionCounts!.pending! + executionCounts!.aborted! + executionCounts!.succeeded!).toBe(19);
  });

  it.each([
    [{ ToleratedFailureCount: 4 }, 'SUCCEEDED'],
    [{ ToleratedFailureCount: 3 }, 'FAILED'],
    [{ ToleratedFailurePercentage: 20 }, 'SUCCEEDED'],
    [{ ToleratedFailurePercentage: 19.5 }, 'FAILED'],
    [{ ToleratedFailureCount: 4, ToleratedFailurePercentage: 10 }, 'FAILED'],
    [{ ToleratedFailureCountPath: '$.count', ItemsPath: '$.items' }, 'SUCCEEDED'],
    [{ ToleratedFailurePercentagePath: '$.percentage', ItemsPath: '$.items' }, 'FAILED'],
  ])('are borne up to the limits: %j', async (limits, status) => {
    const input = 'ItemsPath' in limits ? { items, count: 4, percentage: 3 } : items;
    expect((await local.run(distributed(limits, failing), input)).status).toBe(status);
  });

  it('that are borne appear in the output as executions', async () => {
    const output = outputOf(await local.run(distributed({ ToleratedFailureCount: 4 }, failing), items));
    expect(output[1]).toMatchObject({ Payload: { done: 1 } });
    expect(output[5]).toMatchObject({
      Status: 'FAILED',
      Error: 'BadChunk',
      Cause: '{"errorType":"BadChunk","errorMessage":"chunk 5","trace":["at handler"]}',
      Input: '{"i":5}',
    });
    expect(output[5]).not.toHaveProperty('Output');
  });

  it('count items, not batches', async () => {
    local.functions.batch = ({ Items }: { Items: { i: number }[] }) => {
      if (Items[0]!.i === 0) throw new FunctionError('BadChunk', 'first batch');
    };
    const states = { StartAt: 'F', States: { F: lambdaTask('batch') } };
    const of = (count: number) =>
      distributed({ ItemBatcher: { MaxItemsPerBatch: 4 }, ToleratedFailureCount: count }, states);
    expect((await local.run(of(3), items)).status).toBe('FAILED');
    expect((await local.run(of(4), items)).status).toBe('SUCCEEDED');
  });

  it.each([
    [{ ToleratedFailureCountPath: '$.x' }, -1, /ToleratedFailureCount cannot be negative\.$/],
    [
      { ToleratedFailureCountPath: '$.x' },
      'NoNumber',
      /The ToleratedFailureCountPath field refers to value "NoNumber" which is not a valid integer: \$\.x$/,
    ],
    [{ ToleratedFailurePercentagePath: '$.x' }, 101, /ToleratedFailurePercentage must be between 0 and 100\.$/],
    [
      { MaxConcurrencyPath: '$.x' },
      {},
      /The MaxConcurrencyPath field refers to value "\{\}" which is not a valid integer: \$\.x$/,
    ],
  ])('of the limits themselves end the execution: %j = %j', async (limits, x, cause) => {
    const execution = await local.run(distributed({ ItemsPath: '$.items', ...limits }), { items: [1], x });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause: expect.stringMatching(cause) });
  });
});

describe('results', () => {
  const writer = (more: object = {}) => ({
    Resource: 'arn:aws:states:::s3:putObject',
    Parameters: { Bucket: 'work', 'Prefix.$': '$.prefix' },
    ...more,
  });

  it('are written by status, with a manifest', async () => {
    const states = { StartAt: 'F', States: { F: lambdaTask('sometimes') } };
    const definition = distributed({ ItemsPath: '$.items', ToleratedFailureCount: 1, ResultWriter: writer() }, states);
    const execution = await local.run(definition, { items: [{ i: 0 }, { i: 1 }, { i: 2 }], prefix: 'results' });
    const { MapRunArn, ResultWriterDetails } = outputOf(execution);
    expect(MapRunArn).toMatch(/^arn:aws:states:us-east-1:000000000000:mapRun:m-\w+\/L:[0-9a-f-]{36}$/);
    const folder = `results/${MapRunArn.split(':').at(-1)}`;
    expect(ResultWriterDetails).toEqual({ Bucket: 'work', Key: `${folder}/manifest.json` });
    const succeeded = await text(`${folder}/SUCCEEDED_0.json`);
    const failed = await text(`${folder}/FAILED_0.json`);
    expect(JSON.parse(await text(`${folder}/manifest.json`))).toEqual({
      DestinationBucket: 'work',
      MapRunArn,
      ResultFiles: {
        FAILED: [{ Key: `${folder}/FAILED_0.json`, Size: Buffer.byteLength(failed) }],
        PENDING: [],
        SUCCEEDED: [{ Key: `${folder}/SUCCEEDED_0.json`, Size: Buffer.byteLength(succeeded) }],
      },
    });
    expect(JSON.parse(succeeded)).toHaveLength(2);
    expect(JSON.parse(failed)).toEqual([
      {
        Cause: '{"errorType":"BadChunk","errorMessage":"chunk 0","trace":["at handler"]}',
        Error: 'BadChunk',
        ExecutionArn: expect.stringContaining('/L:'),
        Input: '{"i":0}',
        InputDetails: { Included: true },
        Name: expect.stringMatching(/^[0-9a-f-]{36}$/),
        RedriveCount: 0,
        RedriveStatus: 'REDRIVABLE_BY_MAP_RUN',
        RedriveStatusReason: expect.any(String),
        StartDate: expect.stringMatching(/Z$/),
        StateMachineArn: expect.stringMatching(/stateMachine:m-\w+\/L$/),
        Status: 'FAILED',
        StopDate: expect.stringMatching(/Z$/),
      },
    ]);
    const { itemCounts } = await mapRunOf(execution.executionArn!);
    expect(itemCounts).toMatchObject({ succeeded: 2, failed: 1, total: 3, resultsWritten: 3 });
  });

  it('of a Map Run that failed include what never started', async () => {
    const states = { StartAt: 'F', States: { F: lambdaTask('sometimes') } };
    const definition = distributed({ ItemsPath: '$.items', MaxConcurrency: 1, ResultWriter: writer() }, states);
    const execution = await local.run(definition, {
      items: [{ i: 1 }, { i: 0 }, { i: 2 }, { i: 3 }],
      prefix: 'partly',
    });
    expect(execution.status).toBe('FAILED');
    const { mapRunArn } = await mapRunOf(execution.executionArn!);
    const folder = `partly/${mapRunArn!.split(':').at(-1)}`;
    const pending = JSON.parse(await text(`${folder}/PENDING_0.json`));
    expect(pending.map(({ Input }: { Input: string }) => Input)).toEqual(['{"i":2}', '{"i":3}']);
    const { ResultFiles } = JSON.parse(await text(`${folder}/manifest.json`));
    expect(Object.values(ResultFiles).map((files) => (files as unknown[]).length)).toEqual([1, 1, 1]);
  });

  it('can be formatted', async () => {
    const ResultWriter = writer({ WriterConfig: { Transformation: 'FLATTEN', OutputType: 'JSONL' } });
    const definition = distributed({ ItemsPath: '$.items', ResultWriter });
    const { ResultWriterDetails } = outputOf(await local.run(definition, { items: [[1, 2], 3], prefix: '' }));
    const { ResultFiles } = JSON.parse(await text(ResultWriterDetails.Key));
    expect(await text(ResultFiles.SUCCEEDED[0].Key)).toBe('1\n2\n3\n');
  });

  it('that cannot be written fail the state', async () => {
    const ResultWriter = { Resource: 'arn:aws:states:::s3:putObject', Parameters: { Bucket: 'nowhere' } };
    const execution = await local.run(distributed({ ResultWriter }), [1]);
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'States.ResultWriterFailed',
      cause: expect.stringContaining('NoSuchBucket'),
    });
  });

  it('of more than 256 KiB need a writer', async () => {
    const items = Array.from({ length: 30 }, () => 'x'.repeat(9000));
    const small = {
      StartAt: 'P',
      States: { P: { Type: 'Pass', Parameters: { 'v.$': 'States.Array($, $)' }, End: true } },
    };
    expect(await local.run(distributed({}, small), items.slice(0, 20))).toMatchObject({
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
    });
    expect(
      (
        await local.run(distributed({ ItemsPath: '$.i', ResultWriter: writer() }, small), {
          i: items.slice(0, 20),
          prefix: 'big',
        })
      ).status,
    ).toBe('SUCCEEDED');
  });
});

describe('children', () => {
  it('are executions of their own', async () => {
    const states = {
      StartAt: 'P',
      States: {
        P: {
          Type: 'Pass',
          Parameters: { 'id.$': '$$.Execution.Id', 'machine.$': '$$.StateMachine.Id', 'input.$': '$$.Execution.Input' },
          End: true,
        },
      },
    };
    const execution = await local.run(distributed({}, states), [{ n: 1 }, { n: 2 }]);
    const { mapRunArn } = await mapRunOf(execution.executionArn!);
    const { executions, nextToken } = await local.client.send(new ListExecutionsCommand({ mapRunArn, maxResults: 1 }));
    expect(executions).toHaveLength(1);
    expect(nextToken).toBeTruthy();
    const page = await local.client.send(
      new ListExecutionsCommand({ mapRunArn, nextToken, statusFilter: 'SUCCEEDED' }),
    );
    const child = page.executions![0]!;
    expect(child).toMatchObject({ mapRunArn, itemCount: 1, status: 'SUCCEEDED' });
    const described = await local.client.send(new DescribeExecutionCommand({ executionArn: child.executionArn }));
    expect(described.input).toBe('{"n":1}');
    expect(outputOf(described)).toEqual({ id: child.executionArn, machine: child.stateMachineArn, input: { n: 1 } });
    const history = await local.history(child.executionArn!);
    expect(history.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ]);
    // Only the parent belongs to the state machine's own list and to its events.
    const listed = await local.client.send(new ListExecutionsCommand({ stateMachineArn: execution.stateMachineArn }));
    expect(listed.executions).toHaveLength(1);
    expect(local.events.filter(({ detail }) => detail.executionArn === child.executionArn)).toEqual([]);
  });

  it('of Express type have no history', async () => {
    const execution = await local.run(distributed({}, PASS, 'EXPRESS'), [1]);
    const { mapRunArn } = await mapRunOf(execution.executionArn!);
    const { executions } = await local.client.send(new ListExecutionsCommand({ mapRunArn }));
    const { executionArn } = executions![0]!;
    expect(executionArn).toContain(':express:');
    await expect(local.client.send(new GetExecutionHistoryCommand({ executionArn }))).rejects.toThrow(
      'not supported by this type',
    );
  });

  it('run at most MaxConcurrency at a time, which can be raised meanwhile', async () => {
    let now = 0;
    let most = 0;
    const gates: (() => void)[] = [];
    local.functions.gate = async () => {
      most = Math.max(most, ++now);
      await new Promise<void>((resolve) => gates.push(resolve));
      now--;
    };
    const states = { StartAt: 'G', States: { G: lambdaTask('gate') } };
    const arn = await local.start(await local.create(distributed({ MaxConcurrency: 2 }, states)), [1, 2, 3, 4, 5, 6]);
    await until(() => gates.length === 2);
    const { mapRunArn, executionCounts } = await mapRunOf(arn);
    expect(executionCounts).toMatchObject({ running: 2, pending: 4, total: 6 });
    await local.client.send(new UpdateMapRunCommand({ mapRunArn, maxConcurrency: 3 }));
    await until(() => gates.length === 3);
    expect((await mapRunOf(arn)).maxConcurrency).toBe(3);
    while ((await local.client.send(new DescribeExecutionCommand({ executionArn: arn }))).status === 'RUNNING') {
      for (const open of gates.splice(0)) open();
    }
    expect(most).toBe(3);
  });

  it('are aborted with their parent', async () => {
    let aborted = 0;
    local.functions.endless = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted++;
          reject(signal.reason);
        });
      });
    const states = { StartAt: 'E', States: { E: lambdaTask('endless') } };
    const arn = await local.start(await local.create(distributed({ MaxConcurrency: 3 }, states)), [1, 2, 3, 4]);
    await until(async () => (await mapRunOf(arn).catch(() => undefined))?.executionCounts?.running === 3);
    await local.client.send(new StopExecutionCommand({ executionArn: arn, error: 'Enough', cause: 'by hand' }));
    expect(await local.ended(arn)).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'by hand' });
    await until(async () => (await mapRunOf(arn)).status === 'ABORTED');
    expect((await mapRunOf(arn)).executionCounts).toMatchObject({ aborted: 3, pending: 1, running: 0, total: 4 });
    expect(aborted).toBe(3);
  });

  it('come back in order, 1,200 of them with a task each', async () => {
    await put('plan1200.jsonl', lines(1200));
    local.functions.echo = (payload) => payload;
    const states = { StartAt: 'T', States: { T: lambdaTask('echo', { OutputPath: '$.Payload.i' }) } };
    const arn = await local.create(distributed({ ItemReader: reader('plan1200.jsonl'), MaxConcurrency: 40 }, states));
    const output = outputOf(await local.ended(await local.start(arn)));
    expect(output).toEqual(Array.from({ length: 1200 }, (_, i) => i));
  });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error('it never happened');
}
