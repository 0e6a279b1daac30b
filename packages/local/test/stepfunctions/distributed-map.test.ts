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
    await Promise.all(Array.from({ length: 1003 }, (_, i) => put(`list/${String(i).padStart(4, '0')}`, 'x')));
    const ItemReader = {
      Resource: 'arn:aws:states:::s3:listObjectsV2',
      Parameters: { Bucket: 'work', Prefix: 'list/' },
    };
    const items = outputOf(
      await local.run(distributed({ ItemReader, ItemSelector: { 'key.$': '$$.Map.Item.Value.Key' } })),
    );
    expect(items).toHaveLength(1003);
    expect(items[1002]).toEqual({ key: 'list/1002' });
    const [first] = outputOf(
      await local.run(distributed({ ItemReader: { ...ItemReader, ReaderConfig: { MaxItems: 1 } } })),
    );
    expect(first).toEqual({
      Etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
      Key: 'list/0000',
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
