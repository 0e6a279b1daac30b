import {
  CancelMessageMoveTaskCommand,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redrive, startTestSqs, type TestSqs } from './helpers.ts';

// Answers of the service as recorded in github.com/localstack/localstack, tests/aws/services/sqs (test_sqs, test_sqs_move_task,
// of December 2025), restated. Each name is that of the recording.

interface Place {
  readonly sqs: TestSqs;
  readonly url: string;
}

type Refusal = readonly [recorded: string, call: (place: Place) => Promise<unknown>, code: string, message: string];

const send =
  (more: object, MessageBody = 'message') =>
  ({ sqs: { client }, url }: Place) =>
    client.send(new SendMessageCommand({ QueueUrl: url, MessageBody, ...more }));
const receive =
  (more: object) =>
  ({ sqs: { client }, url }: Place) =>
    client.send(new ReceiveMessageCommand({ QueueUrl: url, ...more }));
const set =
  (Attributes: Record<string, string>) =>
  ({ sqs: { client }, url }: Place) =>
    client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
const entries = (count: number, id = (index: number): string => `id-${index}`) =>
  Array.from({ length: count }, (_, index) => ({
    Id: id(index),
    MessageBody: 'm',
    ReceiptHandle: 'h',
    VisibilityTimeout: 1,
  }));
const badId = () => 'invalid:id';
const arn = 'arn:aws:sqs:us-east-1:000000000000:';

const tooMany = 'Maximum number of entries per request are 10. You have sent 20.';
const batchId =
  'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.';
const groupId = (value: string): string =>
  `Value ${value} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.`;

const refusals: readonly Refusal[] = [
  [
    'test_send_receive_max_number_of_messages',
    receive({ MaxNumberOfMessages: 11 }),
    'InvalidParameterValue',
    'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
  ],
  [
    'test_send_receive_wait_time_seconds: recieve_message_error_too_large',
    receive({ WaitTimeSeconds: 21 }),
    'InvalidParameterValue',
    'Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.',
  ],
  [
    'test_send_receive_wait_time_seconds: recieve_message_error_too_small',
    receive({ WaitTimeSeconds: -1 }),
    'InvalidParameterValue',
    'Value -1 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.',
  ],
  ['test_send_empty_message', send({}, ''), 'MissingParameter', 'The request must contain the parameter MessageBody.'],
  [
    'test_send_oversized_message',
    send({}, 'a'.repeat(1_048_577)),
    'InvalidParameterValue',
    'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.',
  ],
  [
    'test_send_message_with_updated_maximum_message_size',
    async (place) => {
      await set({ MaximumMessageSize: '1024' })(place);
      return send({}, 'a'.repeat(1025))(place);
    },
    'InvalidParameterValue',
    'One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.',
  ],
  [
    'test_send_message_with_invalid_payload_characters',
    send({}, 'Invalid-\u0000-\u0008-\u0013-\uffff'),
    'InvalidMessageContents',
    'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
  ],
  [
    'test_send_message_with_empty_string_attribute',
    send({ MessageAttributes: { ErrorDetails: { DataType: 'String', StringValue: '' } } }),
    'InvalidParameterValue',
    "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.",
  ],
  [
    'test_send_message_to_standard_queue_with_invalid_message_group_id[empty]',
    send({ MessageGroupId: '' }),
    'InvalidParameterValue',
    groupId(''),
  ],
  [
    'test_send_message_to_standard_queue_with_invalid_message_group_id[too_long]',
    send({ MessageGroupId: 'a'.repeat(129) }),
    'InvalidParameterValue',
    groupId('a'.repeat(129)),
  ],
  [
    'test_send_message_to_standard_queue_with_invalid_message_group_id[spaces]',
    send({ MessageGroupId: 'group 123' }),
    'InvalidParameterValue',
    groupId('group 123'),
  ],
  [
    'test_send_message_batch_with_oversized_contents',
    ({ sqs: { client }, url }) =>
      client.send(
        new SendMessageBatchCommand({
          QueueUrl: url,
          Entries: [
            { Id: '1', MessageBody: 'a'.repeat(1_048_576) },
            { Id: '2', MessageBody: 'a' },
          ],
        }),
      ),
    'AWS.SimpleQueueService.BatchRequestTooLong',
    'Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.',
  ],
  [
    'test_too_many_entries_in_batch_request',
    ({ sqs: { client }, url }) => client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries(20) })),
    'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
    tooMany,
  ],
  [
    'test_delete_message_batch_with_too_large_batch',
    ({ sqs: { client }, url }) => client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries(20) })),
    'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
    tooMany,
  ],
  [
    'test_change_message_visibility_batch_with_too_large_batch',
    ({ sqs: { client }, url }) =>
      client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries: entries(20) })),
    'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
    tooMany,
  ],
  [
    'test_invalid_batch_id',
    ({ sqs: { client }, url }) =>
      client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries(1, badId) })),
    'AWS.SimpleQueueService.InvalidBatchEntryId',
    batchId,
  ],
  [
    'test_delete_message_batch_invalid_msg_id[testLongId…]',
    ({ sqs: { client }, url }) =>
      client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries(1, () => 'testLongId'.repeat(10)) })),
    'AWS.SimpleQueueService.InvalidBatchEntryId',
    batchId,
  ],
  [
    'test_delete_message_batch_invalid_msg_id[invalid:id]',
    ({ sqs: { client }, url }) =>
      client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries(1, badId) })),
    'AWS.SimpleQueueService.InvalidBatchEntryId',
    batchId,
  ],
  [
    'test_create_queue_with_different_attributes_raises_exception',
    ({ sqs: { client }, url }) =>
      client.send(new CreateQueueCommand({ QueueName: url.split('/').pop(), Attributes: { DelaySeconds: '1' } })),
    'QueueAlreadyExists',
    'A queue already exists with the same name and a different value for attribute DelaySeconds',
  ],
  [
    'test_set_unsupported_attribute_standard',
    set({ FifoQueue: 'false' }),
    'InvalidAttributeName',
    'Unknown Attribute FifoQueue.',
  ],
  [
    'test_non_existent_queue: queue-does-not-exist',
    ({ sqs: { client } }) => client.send(new GetQueueUrlCommand({ QueueName: 'no-such-queue' })),
    'AWS.SimpleQueueService.NonExistentQueue',
    'The specified queue does not exist.',
  ],
  [
    'test_non_existent_queue: queue-does-not-exist-url',
    ({ sqs: { client }, url }) =>
      client.send(new GetQueueAttributesCommand({ QueueUrl: `${url}-no-such`, AttributeNames: ['All'] })),
    'AWS.SimpleQueueService.NonExistentQueue',
    'The specified queue does not exist.',
  ],
  [
    'test_invalid_receipt_handle_should_return_error_message',
    ({ sqs: { client }, url }) =>
      client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: 'INVALID', VisibilityTimeout: 60 }),
      ),
    'ReceiptHandleIsInvalid',
    'The input receipt handle "INVALID" is not a valid receipt handle.',
  ],
  [
    'test_successive_purge_calls_fail',
    async ({ sqs: { client }, url }) => {
      await client.send(new PurgeQueueCommand({ QueueUrl: url }));
      return client.send(new PurgeQueueCommand({ QueueUrl: url }));
    },
    'AWS.SimpleQueueService.PurgeQueueInProgress',
    'Only one PurgeQueue operation on <queue-name> is allowed every 60 seconds.',
  ],
  [
    'test_source_needs_redrive_policy',
    ({ sqs, url }) => sqs.client.send(new StartMessageMoveTaskCommand({ SourceArn: `${arn}${url.split('/').pop()}` })),
    'InvalidParameterValue',
    'Source queue must be configured as a Dead Letter Queue.',
  ],
  [
    'test_destination_needs_to_exist',
    async ({ sqs, url }) => {
      await sqs.make(`${url.split('/').pop()}-source`, redrive(sqs, url.split('/').pop()!, 1));
      return sqs.client.send(
        new StartMessageMoveTaskCommand({
          SourceArn: `${arn}${url.split('/').pop()}`,
          DestinationArn: `${arn}no-such-queue`,
        }),
      );
    },
    'ResourceNotFoundException',
    "The resource that you specified for the DestinationArn parameter doesn't exist.",
  ],
  [
    'test_cancel_with_invalid_task_handle',
    ({ sqs: { client } }) => client.send(new CancelMessageMoveTaskCommand({ TaskHandle: 'foobared' })),
    'InvalidParameterValue',
    'Value for parameter TaskHandle is invalid.',
  ],
  [
    'test_cancel_with_invalid_source_arn_in_task_handle',
    ({ sqs: { client } }) =>
      client.send(
        new CancelMessageMoveTaskCommand({
          TaskHandle: Buffer.from(JSON.stringify({ taskId: 'a', sourceArn: `${arn}none` })).toString('base64'),
        }),
      ),
    'ResourceNotFoundException',
    "The resource that you specified for the SourceArn parameter doesn't exist.",
  ],
  [
    'test_cancel_with_invalid_task_id_in_task_handle',
    ({ sqs: { client }, url }) =>
      client.send(
        new CancelMessageMoveTaskCommand({
          TaskHandle: Buffer.from(JSON.stringify({ taskId: 'a', sourceArn: `${arn}${url.split('/').pop()}` })).toString(
            'base64',
          ),
        }),
      ),
    'ResourceNotFoundException',
    'Task does not exist.',
  ],
];

let sqs: TestSqs;
let made = 0;
const place = async (attributes?: Readonly<Record<string, string>>): Promise<Place> => ({
  sqs,
  url: await sqs.make(`queue-${++made}`, attributes),
});
beforeAll(async () => {
  sqs = await startTestSqs();
});
afterAll(() => sqs?.close());

const attributesOf = async (QueueUrl: string): Promise<Readonly<Record<string, string>>> =>
  (await sqs.client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes ?? {};

describe('refusals', () => {
  it.each(refusals)('%s', async (_, call, code, message) => {
    const at = await place();
    const error = await call(at).then(
      () => undefined,
      (thrown: unknown) => thrown as Error & { Code?: string },
    );
    expect([error?.Code ?? error?.name, error?.message]).toEqual([
      code,
      message.replace('<queue-name>', at.url.split('/').pop()!),
    ]);
  });
});

/** Attributes of a message are held against checksums that SQS answered. */
const checksums: readonly (readonly [recorded: string, attributes: Record<string, [string, string]>, md5: string])[] = [
  [
    'test_receive_message_message_attribute_names_filters',
    { 'Help.Me': ['String', 'Me'], Hello: ['String', 'There'], General: ['String', 'Kenobi'] },
    '4c360f3fdafd970e05fae2f149d997f5',
  ],
  ['test_receive_message_attribute_names_filters', { Foo: ['String', 'Bar'] }, 'ae7155c6026991b6d54b11589678bf9c'],
  [
    'test_dead_letter_queue_message_attributes',
    { MyAttribute: ['String', 'foobar'] },
    'adb59cd4678ea5a855436b949cd07ab6',
  ],
  ['test_aws_trace_header_propagation', { timestamp: ['Number', '1493147359900'] }, '235c5c510d26fb653d073faed50ae77c'],
  [
    'test_message_body_and_attributes_passed_correctly',
    { Title: ['String', 'The Whistler'], Author: ['String', 'John Grisham'], WeeksOn: ['Number', '6'] },
    'd25a6aea97eb8f585bfa92d314504a92',
  ],
  [
    'test_send_message_with_binary_attributes',
    { attr1: ['Binary', 'traceparent\u001e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01'] },
    '8cbe4db156db8a94db8b801b7addb984',
  ],
];

describe('checksums of attributes', () => {
  it.each(checksums)('%s', async (_, attributes, md5) => {
    const at = await place();
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, [DataType, value]]) => [
        name,
        DataType === 'Binary' ? { DataType, BinaryValue: Buffer.from(value) } : { DataType, StringValue: value },
      ]),
    );
    const answer = (await send({ MessageAttributes }, 'test')(at)) as { MD5OfMessageAttributes?: string };
    expect(answer.MD5OfMessageAttributes).toBe(md5);
    const { Messages = [] } = await sqs.client.send(
      new ReceiveMessageCommand({ QueueUrl: at.url, MessageAttributeNames: ['All'] }),
    );
    expect(Messages[0]?.MD5OfMessageAttributes).toBe(md5);
    expect(Object.keys(Messages[0]?.MessageAttributes ?? {}).sort()).toEqual(Object.keys(attributes).sort());
  });
});

describe('answers', () => {
  it('test_set_queue_attributes_default_values: attributes of a new queue', async () => {
    const { url } = await place();
    expect(await attributesOf(url)).toEqual({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesDelayed: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      CreatedTimestamp: expect.stringMatching(/^\d{10}$/),
      DelaySeconds: '0',
      LastModifiedTimestamp: expect.stringMatching(/^\d{10}$/),
      MaximumMessageSize: '1048576',
      MessageRetentionPeriod: '345600',
      QueueArn: expect.stringMatching(/^arn:aws:sqs:/),
      ReceiveMessageWaitTimeSeconds: '0',
      SqsManagedSseEnabled: 'true',
      VisibilityTimeout: '30',
    });
  });

  it('test_sse_queue_attributes: a key of one’s own turns the managed one off', async () => {
    const { url } = await place();
    await set({ KmsMasterKeyId: 'testKeyId', KmsDataKeyReusePeriodSeconds: '6000' })({ sqs, url });
    expect(await attributesOf(url)).toMatchObject({
      ...{ KmsMasterKeyId: 'testKeyId', KmsDataKeyReusePeriodSeconds: '6000', SqsManagedSseEnabled: 'false' },
    });
    await set({ SqsManagedSseEnabled: 'true' })({ sqs, url });
    expect(await attributesOf(url)).toMatchObject({ SqsManagedSseEnabled: 'true' });
  });

  it('test_set_empty_redrive_policy: an empty policy is none', async () => {
    const at = await place();
    const { url: letters } = await place();
    await set(redrive(sqs, letters.split('/').pop()!, 2))(at);
    expect(await attributesOf(at.url)).toHaveProperty('RedrivePolicy');
    await set({ RedrivePolicy: '' })(at);
    expect(await attributesOf(at.url)).not.toHaveProperty('RedrivePolicy');
  });

  it('test_send_batch_message_size: one that is too long keeps no other back', async () => {
    const at = await place({ MaximumMessageSize: '1024' });
    const { Successful, Failed } = await sqs.client.send(
      new SendMessageBatchCommand({
        QueueUrl: at.url,
        Entries: [
          { Id: 'long', MessageBody: 'a'.repeat(1025) },
          { Id: 'short', MessageBody: 'a'.repeat(1024) },
        ],
      }),
    );
    expect(Failed).toMatchObject([{ Id: 'long', Code: 'InvalidParameterValue', SenderFault: true }]);
    expect(Successful).toMatchObject([{ Id: 'short', MD5OfMessageBody: 'c9a34cfc85d982698c6ac89f76071abd' }]);
  });

  it('test_receive_message_attribute_names_filters: only what is asked for is told', async () => {
    const at = await place({ VisibilityTimeout: '0' });
    await send({ MessageAttributes: { Foo: { DataType: 'String', StringValue: 'Bar' } } }, 'msg')(at);
    const told = async (more: object) => {
      const { Messages = [] } = await sqs.client.send(new ReceiveMessageCommand({ QueueUrl: at.url, ...more }));
      const { MessageId: _, ReceiptHandle: __, ...rest } = Messages[0]!;
      return rest;
    };
    const plain = { Body: 'msg', MD5OfBody: '6e2baaf3b97dbeef01c0043275f9a0e7' };
    expect(await told({})).toEqual(plain);
    expect(await told({ MessageSystemAttributeNames: ['SenderId'] })).toEqual({
      ...plain,
      Attributes: { SenderId: expect.any(String) },
    });
    const { Attributes = {} } = await told({ AttributeNames: ['All'] });
    expect(Object.keys(Attributes).sort()).toEqual([
      ...['ApproximateFirstReceiveTimestamp', 'ApproximateReceiveCount', 'SenderId', 'SentTimestamp'],
    ]);
    expect(await told({ MessageAttributeNames: ['Fo.*'] })).toEqual(plain);
    expect(await told({ MessageAttributeNames: ['All'] })).toEqual({
      ...plain,
      MD5OfMessageAttributes: 'ae7155c6026991b6d54b11589678bf9c',
      MessageAttributes: { Foo: { DataType: 'String', StringValue: 'Bar' } },
    });
  });

  it('test_dead_letter_queue_message_attributes: a dead letter keeps id, attributes and count', async () => {
    const letters = await place();
    const at = await place({ VisibilityTimeout: '0', ...redrive(sqs, letters.url.split('/').pop()!, 1) });
    const trace = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
    await send(
      {
        MessageAttributes: { MyAttribute: { DataType: 'String', StringValue: 'foobar' } },
        MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: trace } },
      },
      'message-1',
    )(at);
    const take = async (QueueUrl: string) =>
      (
        await sqs.client.send(
          new ReceiveMessageCommand({
            ...{ QueueUrl, MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] },
          }),
        )
      ).Messages?.[0];
    const first = await take(at.url);
    expect(first).toMatchObject({ Attributes: { ApproximateReceiveCount: '1', AWSTraceHeader: trace } });
    expect(await take(at.url)).toBeUndefined();
    expect(await take(letters.url)).toMatchObject({
      MessageId: first!.MessageId,
      MD5OfBody: '3d6b824fd8c1520e9a047d21fee6fb1f',
      MD5OfMessageAttributes: 'adb59cd4678ea5a855436b949cd07ab6',
      Attributes: {
        ApproximateReceiveCount: '2',
        AWSTraceHeader: trace,
        DeadLetterQueueSourceArn: `${arn}${at.url.split('/').pop()}`,
      },
    });
  });

  it('test_delete_after_visibility_timeout, test_change_message_visibility_after_visibility_timeout_expiration: a handle outlives its time', async () => {
    const at = await place({ VisibilityTimeout: '1' });
    await send({})(at);
    const { Messages = [] } = await sqs.client.send(new ReceiveMessageCommand({ QueueUrl: at.url }));
    const handle = { QueueUrl: at.url, ReceiptHandle: Messages[0]!.ReceiptHandle };
    sqs.clock.advance(2000);
    await sqs.client.send(new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: 1 }));
    sqs.clock.advance(2000);
    await sqs.client.send(new DeleteMessageCommand(handle));
    expect(await sqs.counts(at.url)).toEqual([0, 0, 0]);
  });
});
