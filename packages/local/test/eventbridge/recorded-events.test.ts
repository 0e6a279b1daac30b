import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestBridge, type TestBridge } from './helpers.ts';

// Answers of the service as recorded in github.com/localstack/localstack, tests/aws/services/events (test_events,
// test_events_inputs, test_events_targets, of March 2026), restated. Each name is that of the recording.

let bridge: TestBridge;
beforeEach(async () => {
  bridge = await startTestBridge();
});
afterEach(() => bridge.close());

const source = 'core.update-account-command';
const event = { Source: source, DetailType: source, Detail: '{"command":"update-account"}' };
const all = { source: [source] };

const failedEntries: readonly (readonly [recorded: string, entry: object, code: string, message: string])[] = [
  [
    'test_put_events_without_source',
    { DetailType: source, Detail: '{}' },
    'InvalidArgument',
    'Parameter Source is not valid. Reason: Source is a required argument.',
  ],
  [
    'test_put_event_without_detail_type',
    { Source: source, Detail: '{}' },
    'InvalidArgument',
    'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
  ],
  [
    'test_put_event_without_detail',
    { Source: source, DetailType: source },
    'InvalidArgument',
    'Parameter Detail is not valid. Reason: Detail is a required argument.',
  ],
  ...(
    [
      ['STRING', 'this is a string'],
      ['ARRAY', '["a"]'],
      ['MALFORMED_JSON', '{"a":}'],
      ['SERIALIZED_STRING', '"text"'],
    ] as const
  ).map(
    ([name, Detail]) =>
      [
        `test_put_event_malformed_detail[${name}]`,
        { ...event, Detail },
        'MalformedDetail',
        'Detail is malformed.',
      ] as const,
  ),
];

describe('PutEvents', () => {
  it.each(failedEntries)('%s', async (_, entry, ErrorCode, ErrorMessage) => {
    await bridge.rule('all', all, {});
    expect(await bridge.put(entry, event)).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode, ErrorMessage }, { EventId: expect.any(String) }],
    });
    expect(await bridge.take()).toHaveLength(1); // the other entry went its way
  });

  it('test_put_event_with_too_big_detail, test_put_events_exceed_limit_ten_entries', async () => {
    await expect(bridge.put({ ...event, Detail: JSON.stringify({ a: 'x'.repeat(1_048_576) }) })).rejects.toMatchObject({
      ...{ name: 'ValidationException', message: 'Total size of the entries in the request is over the limit.' },
    });
    await expect(bridge.put(...Array.from({ length: 11 }, () => event))).rejects.toMatchObject({
      ...{ name: 'ValidationException', message: expect.stringContaining('less than or equal to 10') },
    });
  });

  it('test_put_events_with_target_sqs, test_put_events_time: what a target gets', async () => {
    await bridge.rule('all', all, {});
    const { Entries } = await bridge.put({ ...event, Time: new Date('2022-01-01T00:00:00.987Z') });
    const [message] = await bridge.take();
    expect(JSON.parse(message!.Body!)).toEqual({
      version: '0',
      id: Entries![0]!.EventId,
      'detail-type': source,
      source,
      account: '000000000000',
      time: '2022-01-01T00:00:00Z',
      region: 'us-east-1',
      resources: [],
      detail: { command: 'update-account' },
    });
  });

  it('test_put_events_nonexistent_event_bus: accepted, and goes nowhere', async () => {
    await bridge.rule('all', all, {});
    expect(await bridge.put(event, { ...event, EventBusName: 'no-such-bus' })).toMatchObject({ FailedEntryCount: 0 });
    expect(await bridge.take()).toHaveLength(1);
  });
});

const arn = 'arn:aws:events:us-east-1:000000000000';

describe('buses and rules', () => {
  it('test_create_list_describe_delete_custom_event_buses, test_create_multiple_event_buses_same_name', async () => {
    const create = () => bridge.client.send(new CreateEventBusCommand({ Name: 'teams' }));
    expect(await create()).toMatchObject({ EventBusArn: `${arn}:event-bus/teams` });
    await expect(create()).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
      message: 'Event bus teams already exists.',
    });
  });

  it('test_describe_delete_not_existing_event_bus, test_delete_default_event_bus', async () => {
    const remove = (Name: string) => bridge.client.send(new DeleteEventBusCommand({ Name }));
    await expect(remove('none')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Event bus none does not exist.',
    });
    await expect(remove('default')).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Cannot delete event bus default.',
    });
  });

  it('test_describe_nonexistent_rule, test_delete_rule_with_targets', async () => {
    await expect(bridge.client.send(new DescribeRuleCommand({ Name: 'none' }))).rejects.toMatchObject({
      ...{ name: 'ResourceNotFoundException', message: 'Rule none does not exist on EventBus default.' },
    });
    await bridge.rule('all', all, {});
    expect(await bridge.client.send(new DescribeRuleCommand({ Name: 'all' }))).toMatchObject({
      ...{ Arn: `${arn}:rule/all`, EventBusName: 'default', State: 'ENABLED', CreatedBy: '000000000000' },
    });
    await expect(bridge.client.send(new DeleteRuleCommand({ Name: 'all' }))).rejects.toMatchObject({
      ...{ name: 'ValidationException', message: "Rule can't be deleted since it has targets." },
    });
  });

  it.each([
    ['test_add_exceed_fife_targets_per_rule', 6, {}, 'The requested resource exceeds the maximum number allowed.'],
    [
      'test_put_event_input_path_and_input_transformer',
      1,
      { InputPath: '$.detail', InputTransformer: { InputTemplate: '"a"' } },
      'Only one of Input, InputPath, or InputTransformer must be provided for target t0.',
    ],
    [
      'test_put_events_with_input_transformer_missing_keys',
      1,
      { InputTransformer: { InputPathsMap: { a: '$.time' }, InputTemplate: '"<a> <notdefinedkey>"' } },
      'InputTemplate for target t0 contains invalid placeholder notdefinedkey.',
    ],
    [
      'test_put_target_id_validation',
      1,
      { Id: '!@#$@!#$' },
      "1 validation error detected: Value '!@#$@!#$' at 'targets.1.member.id' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
    ],
  ])('%s', async (_, count, target, message) => {
    await bridge.rule('all', all);
    const Targets = Array.from({ length: count }, (_, index) => ({
      ...{ Id: `t${index}`, Arn: bridge.sqs.queueArn('events'), ...target },
    }));
    await expect(bridge.client.send(new PutTargetsCommand({ Rule: 'all', Targets }))).rejects.toThrow(message);
  });
});

const payload = { acc_id: '0a787ecb-4015', sf_id: 'baz' };
const detail = {
  command: 'update-account',
  payload,
  valid: true,
  single: ['HIGH'],
  multi: ['ACTIVE', 'INACTIVE'],
};
const paths = {
  command: '$.detail.command',
  missing: '$.detail.notinmessage',
  userId: '$.detail.payload.acc_id',
  payload: '$.detail.payload',
  valid: '$.detail.valid',
  listsingle: '$.detail.single',
  listmulti: '$.detail.multi',
  systemstring: '$.account-id',
};

const inputs: readonly (readonly [recorded: string, input: object, body: string])[] = [
  ['test_put_events_with_input_path', { InputPath: '$.detail.payload' }, '{"acc_id":"0a787ecb-4015","sf_id":"baz"}'],
  ['test_put_events_with_input_path_max_level_depth', { InputPath: '$.detail.payload.sf_id' }, '"baz"'],
  ['a constant', { Input: '{"a": 1}' }, '{"a": 1}'],
  ...(
    [
      ['"command <command>, none <missing>"', '"command update-account, none "'],
      ['{"command": <command>, "none": <missing>}', '{"command": "update-account", "none": ""}'],
      [
        '"{[/Check with special starting characters for <command>"',
        '"{[/Check with special starting characters for update-account"',
      ],
      [
        '{"path": "users-service/users/<userId>", "id": <userId>, "bod": <payload>}',
        '{"path": "users-service/users/0a787ecb-4015", "id": "0a787ecb-4015", "bod": {"acc_id":"0a787ecb-4015","sf_id":"baz"}}',
      ],
      ['{"bod": [<userId>, "hardcoded"]}', '{"bod": ["0a787ecb-4015", "hardcoded"]}'],
      ['"Payload of <payload> with <userId>"', '"Payload of {acc_id:0a787ecb-4015,sf_id:baz} with 0a787ecb-4015"'],
      [
        '{"multi_replacement": "users/<userId>/second/<userId>"}',
        '{"multi_replacement": "users/0a787ecb-4015/second/0a787ecb-4015"}',
      ],
      ['"<listsingle> single list item"\n"<listmulti> items"', '"[HIGH] single list item"\n"[ACTIVE,INACTIVE] items"'],
      ['{"singlelistitem": <listsingle>}', '{"singlelistitem": ["HIGH"]}'],
      ['"<systemstring> system account id"', '" system account id"'],
      ['"Command is <valid>!"', '"Command is true!"'],
      ['"<aws.events.rule-arn> <aws.events.rule-name>"', `"${arn}:rule/all all"`],
    ] as const
  ).map(
    ([InputTemplate, body]) =>
      [
        `test_input_transformer: ${InputTemplate}`,
        { InputTransformer: { InputPathsMap: paths, InputTemplate } },
        body,
      ] as const,
  ),
];

describe('what a target is sent', () => {
  it.each(inputs)('%s', async (_, input, body) => {
    await bridge.rule('all', all, input);
    await bridge.put({ ...event, Detail: JSON.stringify(detail) });
    expect((await bridge.take()).map(({ Body }) => Body)).toEqual([body]);
  });

  it('test_input_transformer_predefined_variables: the event itself, with and without its detail', async () => {
    const InputTemplate = '{"originalEvent": <aws.events.event>, "originalEventJson": <aws.events.event.json>}';
    await bridge.rule('all', all, { InputTransformer: { InputTemplate } });
    await bridge.put(event);
    const [message] = await bridge.take();
    const { originalEvent, originalEventJson } = JSON.parse(message!.Body!);
    expect(originalEventJson).toMatchObject({ 'detail-type': source, detail: { command: 'update-account' } });
    const { detail: _, 'detail-type': detailType, ...rest } = originalEventJson;
    expect(originalEvent).toEqual({ ...rest, detailType });
  });
});
