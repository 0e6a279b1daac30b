import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DisableRuleCommand, PutTargetsCommand, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { type DroppedEvent, toEventBridgeEvent } from '@pipeline/local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentials } from '../sqs/helpers.ts';
import { startHarness } from '../stepfunctions/harness.ts';
import { startTestBridge, type TestBridge } from './helpers.ts';

const sns = 'arn:aws:sns:us-east-1:000000000000:topic';
const event = { Source: 'orders', DetailType: 'made', Detail: '{"id":1}' };
const all = { source: ['orders'] };

interface Outcome {
  readonly status?: number;
  readonly name?: string;
}

let bridge: TestBridge;
let dropped: DroppedEvent[];
let tries: string[];
/** What the next tries of the target end with; one that is not listed succeeds. */
let outcomes: Outcome[];
beforeEach(async () => {
  dropped = [];
  tries = [];
  outcomes = [];
  bridge = await startTestBridge({
    onDropped: (one) => dropped.push(one),
    retryDelayMs: (retry) => retry * 1000,
    targets: {
      async sns(arn, input) {
        tries.push(`${arn} ${input}`);
        const outcome = outcomes.shift();
        if (outcome === undefined) return;
        const { status, name = 'Error' } = outcome;
        throw Object.assign(new Error(`${name} of the target`), {
          ...{ name, $metadata: status === undefined ? {} : { httpStatusCode: status } },
        });
      },
    },
  });
  await bridge.sqs.client.send(new CreateQueueCommand({ QueueName: 'letters' }));
});
afterEach(() => bridge.close());

const letters = () => ({ DeadLetterConfig: { Arn: bridge.sqs.queueArn('letters') } });

/** Lets time pass until nothing is under way. */
const untilSettled = async (): Promise<void> => {
  let done = false;
  void bridge.settled().then(() => {
    done = true;
  });
  for (let looks = 0; looks < 500 && !done; looks++) {
    bridge.sqs.clock.advance(1000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};

describe('a delivery', () => {
  it('that may pass is tried again', async () => {
    outcomes = [{ status: 500 }, { status: 429 }, {}];
    await bridge.rule('all', all, { Arn: sns, Input: '"x"' });
    await bridge.put(event);
    await untilSettled();
    expect(tries).toEqual(Array.from({ length: 4 }, () => `${sns} "x"`));
    expect(dropped).toEqual([]);
  });

  it('that fails each time ends among the dead letters, as the event came', async () => {
    outcomes = Array.from({ length: 9 }, () => ({ status: 503, name: 'Busy' }));
    await bridge.rule('all', all, {
      ...{ Arn: sns, Input: '"x"', RetryPolicy: { MaximumRetryAttempts: 2 }, ...letters() },
    });
    await bridge.put(event);
    await untilSettled();
    expect(tries).toHaveLength(3);
    const [letter] = await bridge.take('letters');
    expect(JSON.parse(letter!.Body!)).toMatchObject({ source: 'orders', detail: { id: 1 } });
    const attributes = Object.entries(letter!.MessageAttributes!).map(([name, { StringValue }]) => [name, StringValue]);
    expect(Object.fromEntries(attributes)).toEqual({
      RULE_ARN: 'arn:aws:events:us-east-1:000000000000:rule/all',
      TARGET_ARN: sns,
      ERROR_CODE: 'ERROR_FROM_TARGET',
      ERROR_MESSAGE: 'Busy of the target',
      RETRY_ATTEMPTS: '2',
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
    });
  });

  it('is not tried again once the event is too old', async () => {
    outcomes = Array.from({ length: 99 }, () => ({ status: 503 }));
    await bridge.rule('all', all, { Arn: sns, RetryPolicy: { MaximumEventAgeInSeconds: 60 }, ...letters() });
    await bridge.put(event);
    await untilSettled();
    expect(tries).toHaveLength(11); // after 1 + 2 + … + 10 seconds
    const [letter] = await bridge.take('letters');
    expect(letter!.MessageAttributes).toMatchObject({
      EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumEventAgeInSeconds' },
    });
  });

  it.each([
    [{ status: 403, name: 'AccessDeniedException' }, 'NO_PERMISSIONS'],
    [{ status: 404, name: 'ResourceNotFoundException' }, 'NO_RESOURCE'],
    [{ status: 400, name: 'ValidationException' }, 'INVALID_PARAMETER'],
  ])('that cannot succeed is not tried again: %o', async (outcome, code) => {
    outcomes = [outcome];
    await bridge.rule('all', all, { Arn: sns, ...letters() });
    await bridge.put(event);
    const [letter] = await bridge.take('letters');
    expect(tries).toHaveLength(1);
    expect(letter!.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: code },
      RETRY_ATTEMPTS: { StringValue: '0' },
    });
    expect(letter!.MessageAttributes).not.toHaveProperty('EXHAUSTED_RETRY_CONDITION');
  });

  it('without dead letters, or with a queue of them that is gone, is told as dropped', async () => {
    outcomes = [
      { status: 403, name: 'AccessDenied' },
      { status: 403, name: 'AccessDenied' },
    ];
    await bridge.sqs.client.send(new DeleteQueueCommand({ QueueUrl: bridge.sqs.queueUrl('letters') }));
    await bridge.rule('all', all, { Arn: sns }, { Arn: sns, ...letters() });
    await bridge.put(event);
    await bridge.settled();
    expect(dropped.map(({ rule, target, reason }) => [rule, target, reason]).sort()).toEqual([
      ['all', sns, 'AccessDenied of the target'],
      ['all', sns, 'AccessDenied of the target; and no dead letter: The specified queue does not exist.'],
    ]);
  });

  it('of a queue that is gone becomes a dead letter at once', async () => {
    await bridge.rule('all', all, { Arn: bridge.sqs.queueArn('gone'), ...letters() });
    await bridge.put(event);
    const [letter] = await bridge.take('letters');
    expect(letter!.MessageAttributes).toMatchObject({ ERROR_CODE: { StringValue: 'NO_RESOURCE' } });
  });
});

describe('a target', () => {
  it('that is a state machine is started with the event, one that is a function is called with it', async () => {
    const harness = await startHarness();
    const calls: string[] = [];
    const lambda = createServer((request, response) => {
      calls.push(`${decodeURIComponent(request.url ?? '')} ${request.headers['x-amz-invocation-type']}`);
      request.resume().on('end', () => response.writeHead(202).end());
    }).listen(0, '127.0.0.1');
    await once(lambda, 'listening');
    const endpoint = `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`;
    const lambdaClient = new LambdaClient({ endpoint, region: 'us-east-1', credentials });
    const both = await startTestBridge({ clients: { sfn: () => harness.client, lambda: () => lambdaClient } });
    const machine = await harness.create({ StartAt: 'End', States: { End: { Type: 'Pass', End: true } } });
    const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:told';
    await both.rule(
      'all',
      all,
      { Arn: machine, RoleArn: 'arn:aws:iam::000000000000:role/events' },
      { Arn: functionArn },
    );
    await both.put(event);
    await both.settled();
    const [started] = harness.events;
    expect(JSON.parse(started!.detail.input)).toMatchObject({ source: 'orders', detail: { id: 1 } });
    expect(calls).toEqual([`/2015-03-31/functions/${functionArn}/invocations Event`]);
    await Promise.all([both.close(), harness.close()]);
    lambdaClient.destroy();
    lambda.closeAllConnections();
    lambda.close();
  });
});

describe('a rule', () => {
  it('that is off, or has lost its target, sends nothing', async () => {
    await bridge.rule('off', all, {});
    await bridge.client.send(new DisableRuleCommand({ Name: 'off' }));
    await bridge.rule('bare', all, {});
    await bridge.client.send(new RemoveTargetsCommand({ Rule: 'bare', Ids: ['t0'] }));
    await bridge.rule('other', { source: ['invoices'] }, {});
    await bridge.put(event);
    expect(await bridge.take()).toEqual([]);
  });

  it('sends to each of its targets, and each rule sends for itself', async () => {
    await bridge.rule('one', all, { Input: '1' }, { Input: '2' });
    await bridge.rule('two', { detail: { id: [{ numeric: ['<', 2] }] } }, { Input: '3' });
    await bridge.put(event);
    expect((await bridge.take()).map(({ Body }) => Body).sort()).toEqual(['1', '2', '3']);
  });

  it('takes events of services, which nobody may put', async () => {
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    await bridge.rule(
      'uploads',
      {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: {
          bucket: { name: ['inbox'] },
          object: { key: [{ wildcard: 'input/*.csv' }, { wildcard: 'input/*.CSV' }] },
        },
      },
      { InputPath: '$.detail.object.key' },
    );
    expect(await bridge.put({ ...event, Source: 'aws.s3' })).toMatchObject({
      Entries: [{ ErrorCode: 'NotAuthorizedForSourceException' }],
    });
    for (const key of ['input/a b+ü.csv', 'input/deep/B.CSV', 'input/a.txt', 'output/a.csv', 'input/.csv'])
      bridge.publish(
        toEventBridgeEvent({
          ...{ eventName: 'ObjectCreated:Put', bucket: 'inbox', key, size: 1, etag: 'e', sequencer: '0A' },
          ...{
            eventTime: '2026-01-01T00:00:00.123Z',
            region: 'us-east-1',
            requestId: 'r',
            sourceIpAddress: '127.0.0.1',
          },
        }),
      );
    expect((await bridge.take()).map(({ Body }) => Body).sort()).toEqual([
      ...['"input/.csv"', '"input/a b+ü.csv"', '"input/deep/B.CSV"'],
    ]);
  });

  it('with targets that are not done here is refused by name', async () => {
    await bridge.rule('all', all);
    const put = (target: object) =>
      bridge.client.send(new PutTargetsCommand({ Rule: 'all', Targets: [{ Id: 'a', Arn: sns, ...target }] }));
    await expect(put({ Arn: 'arn:aws:kinesis:us-east-1:0:stream/a' })).rejects.toThrow("the service 'kinesis'");
    await expect(put({ SqsParameters: { MessageGroupId: 'a' } })).rejects.toThrow("'SqsParameters' of target a");
    await expect(put({ InputPath: '$..key' })).rejects.toThrow('the path $..key');
    await expect(put({ RetryPolicy: { MaximumRetryAttempts: 186 } })).rejects.toThrow('0 to 185');
  });
});
