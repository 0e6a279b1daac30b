import { CreateStateMachineCommand, ValidateStateMachineDefinitionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, LAMBDA, lambdaTask, ROLE, single, startHarness } from './harness.ts';

let local: Harness;
beforeAll(async () => {
  local = await startHarness();
});
afterAll(() => local.close());

const pass = (more: object) => single({ Type: 'Pass', End: true, ...more });
const task = (Resource: string, more: object = {}) => single({ Type: 'Task', Resource, End: true, ...more });
const inner = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };
const map = (more: object, Mode = 'DISTRIBUTED', states: object = inner, ExecutionType = 'STANDARD') =>
  single({
    Type: 'Map',
    End: true,
    ItemProcessor: { ProcessorConfig: { Mode, ...(Mode === 'DISTRIBUTED' && { ExecutionType }) }, ...states },
    ...more,
  });
const reader = (ReaderConfig: object, Resource = 'arn:aws:states:::s3:getObject') => ({
  ItemReader: { Resource, ReaderConfig, Parameters: { Bucket: 'b', Key: 'k' } },
});
const choice = (rule: object) => ({
  StartAt: 'C',
  States: { C: { Type: 'Choice', Choices: [rule] }, N: { Type: 'Succeed' } },
});

describe('CreateStateMachine refuses', () => {
  it.each([
    ['JSONata for all', { QueryLanguage: 'JSONata', ...pass({}) }, /QueryLanguage 'JSONata' is not supported/],
    ['JSONata for one state', pass({ QueryLanguage: 'JSONata' }), /'S' has QueryLanguage 'JSONata'/],
    ['Output', pass({ Output: '{% 1 %}' }), /'S' has the field 'Output': JSONata and variables/],
    ['Arguments', task(LAMBDA, { Arguments: {} }), /'Arguments': JSONata and variables/],
    ['Assign', pass({ Assign: { x: 1 } }), /'Assign': JSONata and variables/],
    ['Items', map({ Items: [1] }), /'Items': JSONata and variables/],
    ['a variable', pass({ Parameters: { 'v.$': '$x.y' } }), /not a supported JSONPath: \$x\.y/],
    ['an unknown field', pass({ Resultpath: '$.a' }), /'S' has the field 'Resultpath', which is not supported there/],
    ['a field of another type', pass({ TimeoutSeconds: 1 }), /'TimeoutSeconds', which is not supported there/],
    ['an unknown top field', { ...pass({}), Timeout: 5 }, /Field is not supported: Timeout/],
    ['Credentials', task(LAMBDA, { Credentials: { RoleArn: ROLE } }), /Credentials, which are not supported/],
    ['an activity', task('arn:aws:states:us-east-1:000000000000:activity:a'), /activities are not supported/],
    ['an HTTP task', task('arn:aws:states:::http:invoke'), /'http:invoke' is not supported/],
    [
      'SQS',
      task('arn:aws:states:::sqs:sendMessage.waitForTaskToken'),
      /'sqs:sendMessage.waitForTaskToken' is not supported/,
    ],
    ['an unknown SDK service', task('arn:aws:states:::aws-sdk:sqs:sendMessage'), /the service 'sqs' is not supported/],
    [
      'an SDK service without client',
      task('arn:aws:states:::aws-sdk:dynamodb:getItem'),
      /no client for 'dynamodb' was given/,
    ],
    [
      'an asynchronous invocation',
      task(LAMBDA, { Parameters: { FunctionName: 'f', InvocationType: 'Event' } }),
      /InvocationType other than RequestResponse/,
    ],
    [
      'an unknown parameter of lambda:invoke',
      task(LAMBDA, { Parameters: { FunctionName: 'f', LogType: 'Tail' } }),
      /parameter 'LogType', which is not supported/,
    ],
    ['lambda:invoke without function', task(LAMBDA, { Parameters: {} }), /The field 'FunctionName' is required/],
    [
      'a CSV reader',
      map(reader({ InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' })),
      /cannot read InputType 'CSV': JSON and JSONL are supported/,
    ],
    ['a reader without type', map(reader({})), /needs an InputType/],
    [
      'a reader of something else',
      map(reader({ InputType: 'JSON' }, 'arn:aws:states:::dynamodb:scan')),
      /cannot use arn:aws:states:::dynamodb:scan/,
    ],
    [
      'an unknown reader option',
      map(reader({ InputType: 'JSON', ItemsPointer: '/a' })),
      /'ItemsPointer', which is not supported/,
    ],
    [
      'an ItemBatcher on an inline Map',
      map({ ItemBatcher: { MaxItemsPerBatch: 1 } }, 'INLINE'),
      /'ItemBatcher', which a Map in INLINE mode does not support/,
    ],
    [
      'a tolerance on an inline Map',
      map({ ToleratedFailureCount: 1 }, 'INLINE'),
      /'ToleratedFailureCount', which a Map in INLINE mode/,
    ],
    ['an empty ItemBatcher', map({ ItemBatcher: {} }), /needs a number of items or of bytes/],
    ['a Label with a space', map({ Label: 'a b' }), /Label 'a b' contains invalid characters/],
    ['a long Label', map({ Label: 'x'.repeat(41) }), /Label cannot exceed 40 characters/],
    [
      'a token in an Express child',
      map(
        {},
        'DISTRIBUTED',
        { StartAt: 'T', States: { T: lambdaTask('f', { Resource: `${LAMBDA}.waitForTaskToken` }) } },
        'EXPRESS',
      ),
      /Express workflows do not support '.waitForTaskToken'/,
    ],
    [
      'an unknown intrinsic function',
      pass({ Parameters: { 'v.$': 'States.Now()' } }),
      /States\.Now is not an intrinsic function/,
    ],
    ['too many arguments', pass({ Parameters: { 'v.$': 'States.UUID(1)' } }), /States\.UUID does not take 1 arguments/],
    ['a call that is not closed', pass({ Parameters: { 'v.$': "States.Format('a" } }), /not closed/],
    ['a path function', pass({ Parameters: { 'v.$': '$.a.length()' } }), /not a supported JSONPath/],
    ['a ResultPath with a wildcard', pass({ ResultPath: '$.a[*]' }), /ResultPath of 'S' is not a supported path/],
    ['a ResultPath in the context object', pass({ ResultPath: '$$.a' }), /ResultPath of 'S' is not a supported path/],
    [
      'States.ALL in company',
      task(LAMBDA, { Parameters: { FunctionName: 'f' }, Retry: [{ ErrorEquals: ['States.ALL', 'A'] }] }),
      /States\.ALL must appear alone/,
    ],
    [
      'States.ALL before others',
      task(LAMBDA, {
        Parameters: { FunctionName: 'f' },
        Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] }],
      }),
      /States\.ALL must stand in the last Retry entry/,
    ],
    [
      'an unknown States. error',
      task(LAMBDA, { Parameters: { FunctionName: 'f' }, Retry: [{ ErrorEquals: ['States.Oops'] }] }),
      /'States\.Oops' is not a known error name/,
    ],
    [
      'an unknown Retry field',
      task(LAMBDA, { Parameters: { FunctionName: 'f' }, Retry: [{ ErrorEquals: ['A'], Interval: 1 }] }),
      /Retry has the field 'Interval'/,
    ],
    [
      'an unknown operator',
      choice({ Variable: '$.a', StringLike: 'a', Next: 'N' }),
      /'StringLike', which is not supported there/,
    ],
    [
      'two operators',
      choice({ Variable: '$.a', StringEquals: 'a', IsNull: false, Next: 'N' }),
      /must have exactly one operator/,
    ],
    [
      'a state nobody reaches',
      { StartAt: 'A', States: { A: { Type: 'Succeed' }, B: { Type: 'Succeed' } } },
      /State "B" is not reachable/,
    ],
    [
      'a Next to nowhere',
      { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' } } },
      /'A' leads to 'B', which does not exist/,
    ],
    [
      'a Next out of a Map',
      map({}, 'INLINE', { StartAt: 'P', States: { P: { Type: 'Pass', Next: 'S' } } }),
      /'P' leads to 'S', which does not exist/,
    ],
    ['a StartAt to nowhere', { StartAt: 'X', States: { A: { Type: 'Succeed' } } }, /Missing 'StartAt' target: X/],
    ['no States', { StartAt: 'X' }, /SCHEMA_VALIDATION_FAILED: These fields are required: \[States\] at \//],
    ['an unknown Type', single({ Type: 'Loop' }), /unknown Type 'Loop'/],
    ['no Next and no End', single({ Type: 'Pass' }), /TERMINAL_STATE_WITH_NEXT|MISSING_TERMINAL_STATE/],
    [
      'a Timestamp without offset',
      single({ Type: 'Wait', Timestamp: '2026-01-01T00:00:00', End: true }),
      /not an ISO-8601 date-time/,
    ],
  ])('%s', async (_, definition, message) => {
    await expect(local.create(definition)).rejects.toMatchObject({
      name: 'InvalidDefinition',
      message: expect.stringMatching(message),
    });
  });

  it('text that is no definition', async () => {
    for (const definition of ['{', '[]', '""']) {
      const request = new CreateStateMachineCommand({ name: 'x', roleArn: ROLE, definition });
      await expect(local.client.send(request)).rejects.toMatchObject({ name: 'InvalidDefinition' });
    }
  });

  it('Express state machines and versions', async () => {
    const request = { name: 'x', roleArn: ROLE, definition: JSON.stringify(pass({})) };
    await expect(
      local.client.send(new CreateStateMachineCommand({ ...request, type: 'EXPRESS' })),
    ).rejects.toMatchObject({ name: 'StateMachineTypeNotSupported' });
    await expect(local.client.send(new CreateStateMachineCommand({ ...request, publish: true }))).rejects.toThrow(
      "'publish' is not supported",
    );
  });
});

it('ValidateStateMachineDefinition tells the same', async () => {
  const validate = (definition: object) =>
    local.client.send(new ValidateStateMachineDefinitionCommand({ definition: JSON.stringify(definition) }));
  expect(await validate(pass({}))).toMatchObject({ result: 'OK', diagnostics: [] });
  expect(await validate({})).toMatchObject({
    result: 'FAIL',
    diagnostics: [
      {
        severity: 'ERROR',
        code: 'SCHEMA_VALIDATION_FAILED',
        location: '/',
        message: 'These fields are required: [States, StartAt]',
      },
    ],
  });
  const { diagnostics } = await validate(pass({ Assign: {}, Output: 1 }));
  expect(diagnostics!.map(({ code, location }) => [code, location])).toEqual([
    ['NOT_SUPPORTED_LOCALLY', '/States/S/Assign'],
    ['NOT_SUPPORTED_LOCALLY', '/States/S/Output'],
  ]);
});
