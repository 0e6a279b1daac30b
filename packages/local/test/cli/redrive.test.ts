import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type LocalLambda, type LocalSqs, startLambda, startSqs } from '@pipeline/local';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fixture } from '../lambda/helpers.ts';
import { FunctionError, type Harness, LAMBDA, startHarness } from '../stepfunctions/harness.ts';
import { openPlace, type Place } from './support.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
let sqs: LocalSqs;
let client: SQSClient;
let lambda: LocalLambda;
let states: Harness;
let place: Place;
beforeAll(async () => {
  [sqs, lambda, states] = await Promise.all([startSqs(), startLambda(), startHarness()]);
  client = new SQSClient({ endpoint: sqs.endpoint, region: 'us-east-1', credentials });
  await lambda.register({ name: 'failure', entry: fixture('behave') });
  place = await openPlace({
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    ...{ AWS_ENDPOINT_URL_SQS: sqs.endpoint, AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint },
    AWS_ENDPOINT_URL_SFN: states.endpoint,
  });
});
afterAll(async () => {
  client?.destroy();
  await place?.remove();
  await Promise.all([sqs?.close(), lambda?.close(), states?.close()]);
});

const make = async (QueueName: string, Attributes: Record<string, string> = {}): Promise<string> =>
  (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!;
/** A queue, and the one of its dead letters. */
const makePair = async (name: string): Promise<readonly [queue: string, letters: string]> => {
  const letters = await make(`${name}-letters`);
  const command = new GetQueueAttributesCommand({ QueueUrl: letters, AttributeNames: ['QueueArn'] });
  const { Attributes = {} } = await client.send(command);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes.QueueArn, maxReceiveCount: 1 });
  return [await make(name, { RedrivePolicy }), letters];
};
const send = (QueueUrl: string, MessageBody: string, target?: string) =>
  client.send(
    new SendMessageCommand({
      ...{ QueueUrl, MessageBody },
      ...(target === undefined
        ? {}
        : { MessageAttributes: { TARGET_ARN: { DataType: 'String', StringValue: target } } }),
    }),
  );
const bodies = async (QueueUrl: string): Promise<readonly string[]> => {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
  );
  return Messages.map(({ Body = '' }) => Body).sort();
};

test('dead letters go back to their queue, also those that were never in it', async () => {
  const [queue, letters] = await makePair('uploads');
  await send(queue, 'was in the queue');
  await client.send(new ReceiveMessageCommand({ QueueUrl: queue, VisibilityTimeout: 0 }));
  await client.send(new ReceiveMessageCommand({ QueueUrl: queue, VisibilityTimeout: 0 })); // given up on
  await send(letters, 'was not delivered', 'arn:aws:sqs:us-east-1:000000000000:uploads');
  const { code, stdout } = await place.run('redrive', letters);
  expect([code, stdout]).toEqual([0, '2 went back to arn:aws:sqs:us-east-1:000000000000:uploads\n']);
  expect([await bodies(queue), await bodies(letters)]).toEqual([['was in the queue', 'was not delivered'], []]);
});

test('dead letters go to another queue when that is said, and to none when nobody knows which', async () => {
  const [letters, other] = [await make('shared-letters'), await make('other')];
  await send(letters, 'x');
  const ofNone = await place.run('redrive', letters, '--to', other);
  expect([ofNone.code, ofNone.stderr]).toEqual([2, expect.stringContaining('of no queue: say to which --function')]);
  const RedrivePolicy = JSON.stringify({
    ...{ deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:shared-letters', maxReceiveCount: 1 },
  });
  await make('first', { RedrivePolicy });
  await make('second', { RedrivePolicy });
  const ofTwo = await place.run('redrive', letters);
  expect([ofTwo.code, ofTwo.stderr]).toEqual([2, expect.stringContaining('of several queues: say --to')]);
  expect((await place.run('redrive', letters, '--to', other)).code).toBe(0);
  expect([await bodies(other), await bodies(letters)]).toEqual([['x'], []]);
});

test('dead letters go to a function; what is meant for another target stays', async () => {
  const letters = await make('mixed-letters');
  const touch = path.join(place.folder, 'touched');
  const topic = JSON.stringify({ Type: 'Notification', Message: 'a mail' });
  await send(letters, JSON.stringify({ touch }));
  await send(letters, JSON.stringify({ touch }), 'arn:aws:lambda:us-east-1:000000000000:function:failure');
  await send(letters, '{"of":"the topic"}', 'arn:aws:sns:us-east-1:000000000000:alerts');
  await send(letters, topic);
  await send(letters, 'no event');
  const { code, stdout, stderr } = await place.run('redrive', letters, '--function', 'failure');
  expect([code, stdout, stderr]).toEqual([
    1,
    '2 went to failure\n',
    'pipeline: 3 are meant for something else, and stay\n',
  ]);
  await expect.poll(() => readFile(touch, 'utf8').catch(() => ''), { timeout: 10_000 }).toBe('called\ncalled\n');
});

test('a failed batch goes on where it stopped, and one that is done does not', async () => {
  let mended = false;
  states.functions.step = () => {
    if (!mended) throw new FunctionError('PipelineConfigError', 'CONFIG_INVALID');
    return {};
  };
  const machine = await states.create({
    StartAt: 'Step',
    States: { Step: { Type: 'Task', Resource: LAMBDA, Parameters: { FunctionName: 'step' }, End: true } },
  });
  const execution = await states.start(machine, {}, 'b1');
  expect((await states.ended(execution)).status).toBe('FAILED');
  mended = true;
  expect(await place.run('redrive', 'b1', '--state-machine', machine)).toMatchObject({
    code: 0,
    stdout: `${execution} goes on where it stopped\n`,
  });
  expect((await states.ended(execution)).status).toBe('SUCCEEDED');
  expect((await place.run('redrive', execution)).code).toBe(1);
  expect((await place.run('redrive', `${execution}-none`)).code).toBe(2);
});

test.each([
  [[], 'what?'],
  [['b1'], '--state-machine is missing'],
  [['b1', '--to', 'http://localhost/q'], 'go with dead letters'],
  [['http://localhost/q', '--state-machine', 'arn'], 'goes with a batch'],
  [['http://localhost/q', '--to', 'x', '--function', 'f'], 'to a queue or to a --function'],
])('redrive %j is refused', async (args, reason) => {
  const { code, stderr } = await place.run('redrive', ...args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(reason)]);
});
