import { EventBridgeClient, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { type LocalEventBridge, startEventBridge } from '@pipeline/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// Answers of TestEventPattern as recorded in github.com/localstack/localstack, tests/aws/services/events (event_pattern_templates,
// of March 2026), restated: each name is that of the recording. An answer is whether the event fits, or why the pattern is refused.
// Left out: content_wildcard_complex, since the stand-in has no limit of complexity.

type Answer = boolean | string;

/** One field of the event, and the list of the pattern that it is held against. */
const fields: readonly (readonly [recorded: string, value: unknown, list: unknown, answer: Answer])[] = [
  ['arrays', ['a', 'b'], ['b', 'c', 'd'], true],
  ['arrays_NEG', ['a'], ['b', 'c', 'd'], false],
  ['arrays_empty_EXC', [], [], 'Empty arrays are not allowed'],
  ['arrays_empty_null_NEG', [], [null], false],
  ['boolean', false, [false], true],
  ['boolean_NEG', true, [false], false],
  ['content_anything_but_ignorecase', 'pending', [{ 'anything-but': { 'equals-ignore-case': 'initializing' } }], true],
  [
    'content_anything_but_ignorecase_EXC',
    'pending',
    [{ 'anything-but': { 'equals-ignore-case': 123 } }],
    'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
  ],
  [
    'content_anything_but_ignorecase_NEG',
    'INITIALIZING',
    [{ 'anything-but': { 'equals-ignore-case': 'initializing' } }],
    false,
  ],
  [
    'content_anything_but_ignorecase_list',
    'pending',
    [{ 'anything-but': { 'equals-ignore-case': ['initializing', 'stopped'] } }],
    true,
  ],
  [
    'content_anything_but_ignorecase_list_EXC',
    'pending',
    [{ 'anything-but': { 'equals-ignore-case': [123, 456] } }],
    'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
  ],
  [
    'content_anything_but_ignorecase_list_NEG',
    'Stopped',
    [{ 'anything-but': { 'equals-ignore-case': ['initializing', 'stopped'] } }],
    false,
  ],
  [
    'content_anything_but_ignorecase_list_missing_NEG',
    undefined,
    [{ 'anything-but': { 'equals-ignore-case': ['initializing', 'stopped'] } }],
    false,
  ],
  [
    'content_anything_but_ignorecase_list_null',
    null,
    [{ 'anything-but': { 'equals-ignore-case': ['initializing', 'stopped'] } }],
    true,
  ],
  [
    'content_anything_but_ignorecase_missing_NEG',
    undefined,
    [{ 'anything-but': { 'equals-ignore-case': 'initializing' } }],
    false,
  ],
  ['content_anything_but_ignorecase_null', null, [{ 'anything-but': { 'equals-ignore-case': 'initializing' } }], true],
  ['content_anything_but_number', 789, [{ 'anything-but': 123 }], true],
  ['content_anything_but_number_NEG', 123, [{ 'anything-but': 123 }], false],
  ['content_anything_but_number_list', 999, [{ 'anything-but': [100, 200, 300] }], true],
  ['content_anything_but_number_list_NEG', 100, [{ 'anything-but': [100, 200, 300] }], false],
  ['content_anything_but_number_zero', 789, [{ 'anything-but': 0 }], true],
  ['content_anything_but_string', 'pending', [{ 'anything-but': 'initializing' }], true],
  ['content_anything_but_string_NEG', 'initializing', [{ 'anything-but': 'initializing' }], false],
  ['content_anything_but_string_list', 'pending', [{ 'anything-but': ['stopped', 'overloaded'] }], true],
  ['content_anything_but_string_list_NEG', 'stopped', [{ 'anything-but': ['stopped', 'overloaded'] }], false],
  ['content_anything_but_string_list_missing_NEG', undefined, [{ 'anything-but': ['stopped', 'overloaded'] }], false],
  ['content_anything_but_string_list_null', null, [{ 'anything-but': ['stopped', 'running'] }], true],
  [
    'content_anything_but_string_list_null_type_EXC',
    'pending',
    [{ 'anything-but': ['stopped', null] }],
    'Inside anything but list, start|null|boolean is not supported.',
  ],
  ['content_anything_but_string_missing_NEG', undefined, [{ 'anything-but': 'initializing' }], false],
  ['content_anything_but_string_null', null, [{ 'anything-but': 'initializing' }], true],
  [
    'content_anything_but_string_null_type_EXC',
    null,
    [{ 'anything-but': null }],
    'Value of anything-but must be an array or single string/number value.',
  ],
  ['content_anything_prefix', 'post-init', [{ 'anything-but': { prefix: 'init' } }], true],
  ['content_anything_prefix_NEG', 'init-prefix', [{ 'anything-but': { prefix: 'init' } }], false],
  [
    'content_anything_prefix_empty_EXC',
    'file.txt.bak',
    [{ 'anything-but': { prefix: '' } }],
    'Null prefix/suffix not allowed',
  ],
  [
    'content_anything_prefix_ignorecase_EXC',
    'file.txt.bak',
    [{ 'anything-but': { prefix: { 'equals-ignore-case': 'file' } } }],
    'Value of anything-but must be an array or single string/number value.',
  ],
  [
    'content_anything_prefix_int_EXC',
    'post-init',
    [{ 'anything-but': { prefix: 123 } }],
    'prefix/suffix match pattern must be a string',
  ],
  ['content_anything_prefix_int_value', 12, [{ 'anything-but': { prefix: 'init' } }], true],
  ['content_anything_prefix_list', 'post-init', [{ 'anything-but': { prefix: ['init', 'test'] } }], true],
  ['content_anything_prefix_list_NEG', 'post-init', [{ 'anything-but': { prefix: ['init', 'post'] } }], false],
  ['content_anything_prefix_list_int', 12, [{ 'anything-but': { prefix: ['init', 'test'] } }], true],
  ['content_anything_prefix_list_missing_NEG', undefined, [{ 'anything-but': { prefix: ['init', 'post'] } }], false],
  ['content_anything_prefix_list_null', null, [{ 'anything-but': { prefix: ['init', 'test'] } }], true],
  [
    'content_anything_prefix_list_type_EXC',
    'post-init',
    [{ 'anything-but': { prefix: [123, 'test'] } }],
    'prefix/suffix match pattern must be a string',
  ],
  ['content_anything_prefix_missing_NEG', undefined, [{ 'anything-but': { prefix: 'init' } }], false],
  ['content_anything_prefix_null', null, [{ 'anything-but': { prefix: 'init' } }], true],
  ['content_anything_suffix', 'file.txt.bak', [{ 'anything-but': { suffix: '.txt' } }], true],
  ['content_anything_suffix_NEG', 'file.txt', [{ 'anything-but': { suffix: '.txt' } }], false],
  [
    'content_anything_suffix_empty_EXC',
    'file.txt.bak',
    [{ 'anything-but': { suffix: '' } }],
    'Null prefix/suffix not allowed',
  ],
  [
    'content_anything_suffix_ignorecase_EXC',
    'file.txt.bak',
    [{ 'anything-but': { suffix: { 'equals-ignore-case': '.png' } } }],
    'Value of anything-but must be an array or single string/number value.',
  ],
  [
    'content_anything_suffix_int_EXC',
    'file.txt.bak',
    [{ 'anything-but': { suffix: 123 } }],
    'prefix/suffix match pattern must be a string',
  ],
  ['content_anything_suffix_list', 'file.txt.bak', [{ 'anything-but': { suffix: ['.txt', '.jpg'] } }], true],
  ['content_anything_suffix_list_NEG', 'file.jpg', [{ 'anything-but': { suffix: ['.txt', '.jpg'] } }], false],
  ['content_anything_suffix_list_missing_NEG', undefined, [{ 'anything-but': { suffix: ['.txt', '.jpg'] } }], false],
  ['content_anything_suffix_list_null', null, [{ 'anything-but': { suffix: ['.txt', '.jpg'] } }], true],
  [
    'content_anything_suffix_list_null_type_EXC',
    'file.txt.bak',
    [{ 'anything-but': { suffix: [null, '.txt'] } }],
    'prefix/suffix match pattern must be a string',
  ],
  [
    'content_anything_suffix_list_type_EXC',
    'file.txt.bak',
    [{ 'anything-but': { suffix: [123, '.txt'] } }],
    'prefix/suffix match pattern must be a string',
  ],
  ['content_anything_suffix_missing_NEG', undefined, [{ 'anything-but': { suffix: '.txt' } }], false],
  ['content_anything_suffix_null', null, [{ 'anything-but': { suffix: '.txt' } }], true],
  ['content_anything_wildcard', 'dir/init/file', [{ 'anything-but': { wildcard: '*/dir/*' } }], true],
  ['content_anything_wildcard_NEG', 'dir/init/file', [{ 'anything-but': { wildcard: '*/init/*' } }], false],
  ['content_anything_wildcard_empty', 'dir/init/file', [{ 'anything-but': { wildcard: '' } }], true],
  ['content_anything_wildcard_int', 123, [{ 'anything-but': { wildcard: '*/dir/*' } }], true],
  ['content_anything_wildcard_list', 'dir/post/dir', [{ 'anything-but': { wildcard: ['*/init/*', '*/dir/*'] } }], true],
  [
    'content_anything_wildcard_list_NEG',
    'dir/init/dir',
    [{ 'anything-but': { wildcard: ['*/init/*', '*/dir/*'] } }],
    false,
  ],
  [
    'content_anything_wildcard_list_missing_NEG',
    undefined,
    [{ 'anything-but': { wildcard: ['*/init/*', '*/dir/*'] } }],
    false,
  ],
  ['content_anything_wildcard_list_null', null, [{ 'anything-but': { wildcard: ['*/init/*', '*/dir/*'] } }], true],
  [
    'content_anything_wildcard_list_type_EXC',
    'dir/post/dir',
    [{ 'anything-but': { wildcard: [123, '*/dir/*'] } }],
    'wildcard match pattern must be a string',
  ],
  ['content_anything_wildcard_missing_NEG', undefined, [{ 'anything-but': { wildcard: '*/init/*' } }], false],
  ['content_anything_wildcard_null', null, [{ 'anything-but': { wildcard: '*/dir/*' } }], true],
  [
    'content_anything_wildcard_type_EXC',
    'dir/init/file',
    [{ 'anything-but': { wildcard: 123 } }],
    'wildcard match pattern must be a string',
  ],
  ['content_exists', 'pending', [{ exists: true }], true],
  [
    'content_ignorecase',
    ['EC2 Instance State-change Notification'],
    [{ 'equals-ignore-case': 'ec2 instance state-change notification' }],
    true,
  ],
  [
    'content_ignorecase_EXC',
    ['EC2 Instance State-change Notification'],
    [{ 'equals-ignore-case': ['ec2 instance state-change notification'] }],
    'equals-ignore-case match pattern must be a string',
  ],
  [
    'content_ignorecase_NEG',
    ['EC2 Instance State-change Notification'],
    [{ 'equals-ignore-case': 'I do not match' }],
    false,
  ],
  ['content_ignorecase_empty', '', [{ 'equals-ignore-case': '' }], true],
  ['content_ignorecase_empty_NEG', 'test-value', [{ 'equals-ignore-case': '' }], false],
  [
    'content_ignorecase_list_EXC',
    ['EC2 Instance State-change Notification'],
    [{ 'equals-ignore-case': { prefix: 'ec2' } }],
    'equals-ignore-case match pattern must be a string',
  ],
  ['content_ip_address', '10.0.0.255', [{ cidr: '10.0.0.0/24' }], true],
  ['content_ip_address_EXC', '10.0.0.255', [{ cidr: 'bad-filter' }], "Malformed CIDR, one '/' required"],
  ['content_ip_address_NEG', '10.0.0.256', [{ cidr: '10.0.0.0/24' }], false],
  ['content_ip_address_bad_ip_EXC', '10.0.0.255', [{ cidr: 'xx.11.xx/8' }], 'Nonstandard IP address: xx.11.xx'],
  [
    'content_ip_address_bad_mask_EXC',
    '10.0.0.255',
    [{ cidr: 'bad-/64filter' }],
    'Malformed CIDR, mask bits must be an integer',
  ],
  ['content_ip_address_bad_type_NEG', 123, [{ cidr: '10.0.0.0/24' }], false],
  ['content_ip_address_type_EXC', '10.0.0.255', [{ cidr: ['bad-type'] }], 'prefix match pattern must be a string'],
  ['content_ip_address_v6', '2001:0db8:1234:1a00:0000:0000:0000:0000', [{ cidr: '2001:db8:1234:1a00::/64' }], true],
  [
    'content_ip_address_v6_NEG',
    '2001:0db8:123f:1a01:0000:0000:0000:0000',
    [{ cidr: '2001:db8:1234:1a00::/64' }],
    false,
  ],
  [
    'content_ip_address_v6_bad_ip_EXC',
    '10.0.0.255',
    [{ cidr: 'xxxx:db8:1234:1a00::/64' }],
    'Nonstandard IP address: xxxx:db8:1234:1a00::',
  ],
  ['content_numeric_EXC', 3, [{ numeric: ['>', 0, '>', 0] }], 'Bad numeric range operator: >'],
  ['content_numeric_number_EXC', 3, [{ numeric: 10 }], 'Value of numeric must be an array.'],
  ['content_numeric_operatorcasing_EXC', 5, [{ NUMERIC: ['=', 5] }], 'Unrecognized match type NUMERIC'],
  ['content_numeric_syntax_EXC', 3, [{ numeric: ['>', 0, '<'] }], 'Value of < must be numeric'],
  ['content_prefix', '2022-07-13T13:48:01Z', [{ prefix: '2022-07-13' }], true],
  ['content_prefix_NEG', '2022-07-13T13:48:01Z', [{ prefix: '2022-07-99' }], false],
  ['content_prefix_empty', 'test-source', [{ prefix: '' }], true],
  ['content_prefix_ignorecase', 'EvEnTb', [{ prefix: { 'equals-ignore-case': 'EventB' } }], true],
  ['content_prefix_int_EXC', '2022-07-13T13:48:01Z', [{ prefix: 123 }], 'prefix match pattern must be a string'],
  [
    'content_prefix_list_EXC',
    '2022-07-13T13:48:01Z',
    [{ prefix: ['2022-07-13'] }],
    'prefix match pattern must be a string',
  ],
  ['content_suffix', 'image.png', [{ suffix: '.png' }], true],
  ['content_suffix_NEG', 'image.png', [{ suffix: '.PNG' }], false],
  ['content_suffix_empty', 'test-source', [{ suffix: '' }], true],
  ['content_suffix_ignorecase', 'image.PNG', [{ suffix: { 'equals-ignore-case': '.png' } }], true],
  ['content_suffix_ignorecase_NEG', 'image.jpg', [{ suffix: { 'equals-ignore-case': '.png' } }], false],
  ['content_suffix_int_EXC', 'image.png', [{ suffix: 123 }], 'suffix match pattern must be a string'],
  ['content_suffix_list_EXC', 'image.png', [{ suffix: ['.png'] }], 'suffix match pattern must be a string'],
  [
    'content_wildcard_empty_NEG',
    'arn:aws:events:us-east-1:123456789012:event-bus/myEventBus',
    [{ wildcard: '' }],
    false,
  ],
  [
    'content_wildcard_int_EXC',
    'arn:aws:events:us-east-1:123456789012:event-bus/myEventBus',
    [{ wildcard: 123 }],
    'wildcard match pattern must be a string',
  ],
  [
    'content_wildcard_list_EXC',
    'arn:aws:events:us-east-1:123456789012:event-bus/myEventBus',
    [{ wildcard: ['arn:aws:events:us-east-1:**:event-bus/*'] }],
    'wildcard match pattern must be a string',
  ],
  [
    'content_wildcard_nonrepeating',
    '/Users/ls_user/dir/dir/dir/dir/dir/doc.txt',
    [{ wildcard: '/Users/*/doc.txt' }],
    true,
  ],
  [
    'content_wildcard_nonrepeating_NEG',
    '/Users/ls_user/dir/dir/dir/dir/dir/notmatchingdoc.txt',
    [{ wildcard: '/Users/*/doc.txt' }],
    false,
  ],
  [
    'content_wildcard_repeating',
    '/Users/ls_user/dir/dir/dir/dir/dir/doc.txt',
    [{ wildcard: '/Users/*/dir/dir/dir/dir/dir/doc.txt' }],
    true,
  ],
  [
    'content_wildcard_repeating_NEG',
    '/Users/ls_user/dir/dir/dir/dir/otherdir/doc.txt',
    [{ wildcard: '/Users/*/dir/dir/dir/dir/dir/doc.txt' }],
    false,
  ],
  [
    'content_wildcard_repeating_star_EXC',
    'arn:aws:events:us-east-1:123456789012:event-bus/myEventBus',
    [{ wildcard: 'arn:aws:events:us-east-1:**:event-bus/*' }],
    'Consecutive wildcard characters at pos 26',
  ],
  [
    'content_wildcard_simplified',
    'arn:aws:events:us-east-1:123456789012:event-bus/myEventBus',
    [{ wildcard: 'arn:aws:events:us-east-1:*:event-bus/*' }],
    true,
  ],
  ['exists_list_empty_NEG', [], [{ exists: true }], false],
  ['int_nolist_EXC', 42, 42, '"value" must be an object or an array'],
  ['minimal', '1', ['1'], true],
  ['null_value', null, [null], true],
  ['null_value_NEG', 'null', [null], false],
  ['number_comparison_float', 300.0, [300], true],
  ['numeric-int-float', 101.0, [{ numeric: ['>', 100] }], true],
  ['numeric-null_NEG', null, [{ numeric: ['>', 100] }], false],
  ['numeric-string_NEG', '300', [{ numeric: ['>', 100] }], false],
  ['operator_case_sensitive_EXC', 'my-value', [{ EXISTS: true }], 'Unrecognized match type EXISTS'],
  ['operator_multiple_list', 'my-value', [{ exists: true }, { prefix: 'IGNORED' }, { suffix: 'IGNORED' }], true],
  [
    'string',
    'A CamelCase string with an emoji 🚀 and trailing whitespace ',
    ['A CamelCase string with an emoji 🚀 and trailing whitespace '],
    true,
  ],
  ['string_empty', '', [''], true],
  ['string_nolist_EXC', 'my-value', 'my-value', '"value" must be an object or an array'],
];

/** Events of more than one field. */
const events: readonly (readonly [recorded: string, event: object, pattern: object, answer: Answer])[] = [
  [
    'complex_multi_match',
    { time: '2022-07-13T13:48:01Z', detail: { state: 'processing', 'c-count': 3, 'd-count': 9, 'x-limit': 999 } },
    {
      time: [{ prefix: '2022-07-13' }],
      detail: {
        state: [{ 'anything-but': 'initializing' }],
        'c-count': [{ numeric: ['>', 0, '<=', 5] }],
        'd-count': [{ numeric: ['<', 10] }],
        'x-limit': [{ 'anything-but': [100, 200, 300] }],
      },
    },
    true,
  ],
  [
    'complex_multi_match_NEG',
    { time: '2022-07-13T13:48:01Z', detail: { state: 'processing', 'c-count': 3, 'd-count': 9, 'x-limit': 300 } },
    {
      time: [{ prefix: '2022-07-13' }],
      detail: {
        state: [{ 'anything-but': 'initializing' }],
        'c-count': [{ numeric: ['>', 0, '<=', 5] }],
        'd-count': [{ numeric: ['<', 10] }],
        'x-limit': [{ 'anything-but': [100, 200, 300] }],
      },
    },
    false,
  ],
  [
    'complex_or',
    { detail: { 'c-count': 0, 'd-count': 0, 'x-limit': 901.8 } },
    {
      detail: {
        $or: [
          { 'c-count': [{ numeric: ['>', 0, '<=', 5] }] },
          { 'd-count': [{ numeric: ['<', 10] }] },
          { 'x-limit': [{ numeric: ['=', 301.8] }] },
        ],
      },
    },
    true,
  ],
  [
    'complex_or_NEG',
    { detail: { 'c-count': 0, 'd-count': 10, 'x-limit': 901.8 } },
    {
      detail: {
        $or: [
          { 'c-count': [{ numeric: ['>', 0, '<=', 5] }] },
          { 'd-count': [{ numeric: ['<', 10] }] },
          { 'x-limit': [{ numeric: ['=', 301.8] }] },
        ],
      },
    },
    false,
  ],
  ['content_exists_NEG', { detail: { 'c-count': { c1: 100 } } }, { detail: { state: [{ exists: true }] } }, false],
  [
    'content_exists_false',
    { detail: { level1: { level2: 'l2 value' } } },
    { detail: { level1: { 'level2:': { level3: { level4: [{ exists: false }] } } } } },
    true,
  ],
  [
    'content_exists_false_NEG',
    { detail: { level1: { level2: { level3: { level4: 'l4 value' } } } } },
    { detail: { level1: { level2: { level3: { level4: [{ exists: false }] } } } } },
    false,
  ],
  [
    'content_numeric_and',
    { detail: { 'c-count': 3, 'd-count': 9, 'x-limit': 301.8 } },
    {
      detail: {
        'c-count': [{ numeric: ['>', 0, '<=', 5] }],
        'd-count': [{ numeric: ['<', 10] }],
        'x-limit': [{ numeric: ['=', 301.8] }],
      },
    },
    true,
  ],
  [
    'content_numeric_and_NEG',
    { detail: { 'c-count': 42, 'd-count': 9, 'x-limit': 301.8 } },
    {
      detail: {
        'c-count': [{ numeric: ['>', 0, '<=', 5] }],
        'd-count': [{ numeric: ['<', 10] }],
        'x-limit': [{ numeric: ['=', 301.8] }],
      },
    },
    false,
  ],
  [
    'dot_joining_event',
    { detail: { 'state.status': 'running' } },
    { detail: { state: { status: ['running'] } } },
    true,
  ],
  [
    'dot_joining_event_NEG',
    { detail: { 'state.status': { status: 'running' } } },
    { detail: { state: { status: ['running'] } } },
    false,
  ],
  [
    'dot_joining_pattern',
    { detail: { state: { status: 'running' } } },
    { detail: { 'state.status': ['running'] } },
    true,
  ],
  [
    'dot_joining_pattern_NEG',
    { detail: { state: { status: 'running' } } },
    { detail: { 'state.status': { status: ['running'] } } },
    false,
  ],
  [
    'dynamodb',
    { dynamodb: { NewImage: { homemade: { S: 'ABCD', N: '1234' } } } },
    { dynamodb: { NewImage: { homemade: { N: ['1234'] } } } },
    true,
  ],
  [
    'exists_dynamodb',
    { dynamodb: { id: { S: 'test1234' }, presentKey: { S: 'test123' } } },
    { dynamodb: { presentKey: { S: [{ exists: true }] } } },
    true,
  ],
  [
    'exists_dynamodb_NEG',
    { dynamodb: { id: { S: 'test1234' }, presentKey: { S: 'test123' } } },
    { dynamodb: { presentKey: [{ exists: true }] } },
    false,
  ],
  ['key_case_sensitive_NEG', {}, { MY_KEY: ['my-value'] }, false],
  [
    'list_within_dict',
    { detail: { automations: [{ key1: 'value1' }, { id: 'match-does-exist' }, { key2: 'value2' }] } },
    { detail: { automations: { id: [{ exists: true }] } } },
    true,
  ],
  ['nested_json_NEG', { detail: '{"my-key": "my-value"}' }, { detail: { 'my-key': ['my-value'] } }, false],
  [
    'or-anything-but',
    { dynamodb: { NewImage: { homemade: { S: 'ABCD', N: '1234' } } } },
    { dynamodb: { NewImage: { homemade: { S: [{ 'anything-but': ['roses'] }, { exists: false }] } } } },
    true,
  ],
  [
    'or-exists-parent',
    { dynamodb: { NewImage: { purchased: { N: '789' } } } },
    { dynamodb: { NewImage: { homemade: { S: [{ 'anything-but': ['roses'] }, { exists: false }] } } } },
    true,
  ],
  [
    'or-exists',
    { dynamodb: { NewImage: { homemade: { N: '789' } } } },
    { dynamodb: { NewImage: { homemade: { S: [{ 'anything-but': ['roses'] }, { exists: false }] } } } },
    true,
  ],
  [
    'or-numeric-anything-but',
    { dynamodb: { NewImage: { numericFilter: { N: '42' } } } },
    { dynamodb: { NewImage: { numericFilter: { N: [{ numeric: ['>', 100] }, { 'anything-but': '101' }] } } } },
    true,
  ],
  [
    'or-numeric-anything-but_NEG',
    { dynamodb: { NewImage: { numericFilter: { N: '101' } } } },
    { dynamodb: { NewImage: { numericFilter: { N: [{ numeric: ['>', 100] }, { 'anything-but': '101' }] } } } },
    false,
  ],
  [
    'prefix',
    { dynamodb: { Keys: { SK: { S: 'PRODUCT#CHOCOLATE#DARK#1000' }, PK: { S: 'COMPANY#1000' } } } },
    { dynamodb: { Keys: { PK: { S: [{ prefix: 'COMPANY' }] }, SK: { S: [{ prefix: 'PRODUCT' }] } } } },
    true,
  ],
  ['sample1', { source: 'order', 'detail-type': 'Test' }, { source: ['order'], 'detail-type': ['Test'] }, true],
];

let bridge: LocalEventBridge;
let client: EventBridgeClient;
beforeAll(async () => {
  bridge = await startEventBridge();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new EventBridgeClient({ endpoint: bridge.endpoint, region: 'us-east-1', credentials });
});
afterAll(async () => {
  client?.destroy();
  await bridge?.close();
});

const test = async (event: object, pattern: object): Promise<Answer> => {
  const command = new TestEventPatternCommand({ Event: JSON.stringify(event), EventPattern: JSON.stringify(pattern) });
  try {
    return (await client.send(command)).Result!;
  } catch (error) {
    const { name, message } = error as Error;
    expect(name).toBe('InvalidEventPatternException');
    return message.replace('Event pattern is not valid. Reason: ', '');
  }
};

describe('a pattern', () => {
  it.each(fields)('of one field: %s', async (_, value, list, answer) => {
    expect(await test({ detail: { value } }, { detail: { value: list } })).toBe(answer);
  });

  it.each(events)('of more: %s', async (_, event, pattern, answer) => {
    expect(await test(event, pattern)).toBe(answer);
  });

  it.each(['plain string', '["an array"]'])('is asked of objects only: %s', async (Event) => {
    // test_plain_string_payload, test_array_event_payload
    await expect(
      client.send(new TestEventPatternCommand({ Event, EventPattern: '{"a":["b"]}' })),
    ).rejects.toMatchObject({ name: 'ValidationException', message: 'Parameter Event is not valid.' });
  });

  it.each(['this is valid json but not a dict', "{'bad': 'quotation'}", '["not", "a", "dict"]'])(
    'is a JSON object: %s',
    async (EventPattern) => {
      // test_invalid_json_event_pattern; the wording of the reason is our own
      await expect(client.send(new TestEventPatternCommand({ Event: '{}', EventPattern }))).rejects.toMatchObject({
        name: 'InvalidEventPatternException',
        message: expect.stringMatching(/^Event pattern is not valid\. Reason: /),
      });
    },
  );
});
