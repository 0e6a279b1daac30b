import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createRunContext, type PipelineEvent } from '@pipeline/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { publishLightly } from '../src/batch-events.ts';
import { eventPublisher, type PublishEvent } from '../src/index.ts';
import { codeOf, credentials, type ServiceAnswer, startService } from './helpers.ts';

let service: Awaited<ReturnType<typeof startService>>;
let client: EventBridgeClient;
let publish: PublishEvent;
let answer: ServiceAnswer;
beforeEach(async () => {
  answer = { body: { FailedEntryCount: 0, Entries: [{ EventId: 'e1' }] } };
  service = await startService(() => answer);
  client = new EventBridgeClient({ endpoint: service.endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 });
  publish = eventPublisher({ client, busName: 'teams', source: 'orders' });
});
afterEach(async () => {
  client.destroy();
  await service.close();
});

const event = { type: 'BatchSucceeded', batchId: 'b1', rowsRead: 3 } as const;

test('an event goes to its bus, its type as the detail type', async () => {
  await publish(event, createRunContext());
  expect(service.calls).toEqual([
    {
      operation: 'PutEvents',
      body: {
        Entries: [
          {
            EventBusName: 'teams',
            Source: 'orders',
            DetailType: 'BatchSucceeded',
            Detail: '{"batchId":"b1","rowsRead":3}',
          },
        ],
      },
    },
  ]);
});

test.each<[string, ServiceAnswer]>([
  [
    'the bus refuses an event within a call that succeeds',
    { body: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] } },
  ],
  ['the call is refused', { error: 'AccessDeniedException' }],
  ['there is no answer', { hangUp: true }],
])('it can be tried again when %s', async (_, given) => {
  answer = given;
  expect(await codeOf(publish(event, createRunContext()))).toBe('DELIVERY_FAILED');
});

test('progress that cannot be told is noted and fails nothing', async () => {
  answer = { error: 'AccessDeniedException' };
  const seen: PipelineEvent[] = [];
  await publishLightly(
    publish,
    { ...event, type: 'BatchProgress' },
    createRunContext({ observe: (one) => seen.push(one) }),
  );
  expect(seen).toEqual([{ type: 'event.failed', batchId: 'b1', error: 'PipelineDeliveryError' }]);
});
