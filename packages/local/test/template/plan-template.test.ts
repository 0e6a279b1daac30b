import { planTemplate, type SynthesisedStack, type Template } from '@pipeline/local';
import { describe, expect, it } from 'vitest';

const place = { region: 'eu-west-1', accountId: '111122223333' };
const arn = (service: string, rest: string): string => `arn:aws:${service}:eu-west-1:111122223333:${rest}`;
const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

type Resources = Template['Resources'];

const stackOf = (Resources: Resources, Parameters: Template['Parameters'] = {}): SynthesisedStack => ({
  name: 'Orders',
  template: { Parameters, Resources },
  files: new Map([['work.zip', '/bundles/worker']]),
  images: new Map([['tag', { buildArgs: { ENTRY: 'worker' } }]]),
});
const plan = (
  resources: Resources,
  options: Parameters<typeof planTemplate>[2] = {},
  parameters?: Template['Parameters'],
) => planTemplate(stackOf(resources, parameters), place, options);

const role = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [] } } };
const fn = {
  Type: 'AWS::Lambda::Function',
  Properties: { Code: { S3Bucket: 'assets', S3Key: 'work.zip' }, Handler: 'index.handler', Role: arnOf('Role') },
};
const changed = (more: object) => ({ ...fn, Properties: { ...fn.Properties, ...more } });

describe('functions', () => {
  it('have their bundle, variables, limits, role and dead letters', () => {
    const { functions } = plan(
      {
        Role: role,
        Letters: { Type: 'AWS::SQS::Queue' },
        Work: changed({
          ...{ Timeout: 60, MemorySize: 1024, ReservedConcurrentExecutions: 5 },
          Environment: { Variables: { BUCKET: { Ref: 'Data' }, ROWS: { Ref: 'Rows' } } },
          DeadLetterConfig: { TargetArn: arnOf('Letters') },
        }),
        Data: { Type: 'AWS::S3::Bucket' },
      },
      { parameters: { Rows: 7 }, names: { Work: 'orders-work', Data: 'orders' }, environment: { LOCAL: 'yes' } },
      { Rows: { Type: 'Number', Default: 5 } },
    );
    expect(functions).toEqual([
      {
        ...{ name: 'orders-work', file: '/bundles/worker/index.mjs', handler: 'handler' },
        ...{ timeoutSeconds: 60, memoryMb: 1024, reservedConcurrency: 5 },
        environment: { BUCKET: 'orders', ROWS: '7', LOCAL: 'yes' },
        ...{ roleArn: 'arn:aws:iam::111122223333:role/Role', deadLetters: 'Letters' },
      },
    ]);
  });

  it("have Lambda's own limits where the template names none", () => {
    expect(plan({ Role: role, Work: fn }).functions).toMatchObject([
      { timeoutSeconds: 3, memoryMb: 128, environment: {} },
    ]);
  });

  it('get no longer names than AWS has', () => {
    const long = `A${'b'.repeat(80)}C1`;
    const { functions } = plan({ Role: role, [long]: fn });
    expect(functions[0]!.name).toBe(long.slice(-64));
  });

  it.each([
    [
      'a bundle that is not in the folder',
      { Code: { S3Key: 'other.zip' } },
      'the function Work has no bundle in the folder',
    ],
    ['code in the template', { Code: { ZipFile: 'x' } }, 'the function Work has no bundle in the folder'],
    ['another module', { Handler: 'main.handler' }, 'the handler of Work must be index.<export>, got main.handler'],
  ])('are refused with %s', (_, more, message) => {
    expect(() => plan({ Role: role, Work: changed(more) })).toThrow(message);
  });
});

it('tables have their keys, with types', () => {
  const table = (KeySchema: object, ...AttributeDefinitions: readonly object[]) => ({
    Type: 'AWS::DynamoDB::Table',
    Properties: { KeySchema, AttributeDefinitions },
  });
  const { tables } = plan({
    One: table([{ AttributeName: 'pk', KeyType: 'HASH' }], { AttributeName: 'pk', AttributeType: 'S' }),
    Two: table(
      [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'row', KeyType: 'RANGE' },
      ],
      { AttributeName: 'row', AttributeType: 'N' },
      { AttributeName: 'pk', AttributeType: 'B' },
    ),
  });
  expect(tables).toEqual([
    { tableName: 'One', partitionKey: { name: 'pk', type: 'S' } },
    { tableName: 'Two', partitionKey: { name: 'pk', type: 'B' }, sortKey: { name: 'row', type: 'N' } },
  ]);
});

it('buckets say whether they have versions, and have names without capital letters', () => {
  const versioned = { VersioningConfiguration: { Status: 'Enabled' } };
  const { buckets } = plan({
    DataBucket: { Type: 'AWS::S3::Bucket', Properties: versioned },
    Logs: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'our-logs' } },
  });
  expect(buckets.map(({ versioned: is }) => is)).toEqual([true, false]);
  expect(buckets[0]!.name).toBe('databucket');
});

it('queues keep their redrive, rules their targets, sources their limits', () => {
  const found = plan({
    Role: role,
    Work: fn,
    Letters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600 } },
    Uploads: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        VisibilityTimeout: 360,
        RedrivePolicy: { deadLetterTargetArn: arnOf('Letters'), maxReceiveCount: 5 },
        Tags: [{ Key: 'a', Value: 'b' }],
      },
    },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        State: 'ENABLED',
        EventPattern: { source: ['aws.s3'] },
        Targets: [{ Id: 'Target0', Arn: arnOf('Uploads'), DeadLetterConfig: { Arn: arnOf('Letters') } }],
      },
    },
    Off: { Type: 'AWS::Events::Rule', Properties: { State: 'DISABLED', EventPattern: {} } },
    Source: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        ...{ EventSourceArn: arnOf('Uploads'), FunctionName: { Ref: 'Work' }, BatchSize: 5 },
        ...{ ScalingConfig: { MaximumConcurrency: 2 }, FunctionResponseTypes: ['ReportBatchItemFailures'] },
      },
    },
  });
  expect(found.queues).toEqual([
    { name: 'Letters', attributes: { MessageRetentionPeriod: '1209600' } },
    {
      name: 'Uploads',
      attributes: {
        VisibilityTimeout: '360',
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn('sqs', 'Letters'), maxReceiveCount: 5 }),
      },
    },
  ]);
  expect(found.rules).toMatchObject([
    {
      ...{ name: 'Rule', enabled: true, pattern: { source: ['aws.s3'] } },
      targets: [{ Id: 'Target0', Arn: arn('sqs', 'Uploads'), DeadLetterConfig: { Arn: arn('sqs', 'Letters') } }],
    },
    { name: 'Off', enabled: false, targets: [] },
  ]);
  expect(found.sources).toEqual([
    {
      ...{ queue: 'Uploads', functionName: 'Work', batchSize: 5, windowSeconds: 0 },
      ...{ maximumConcurrency: 2, reportBatchItemFailures: true },
    },
  ]);
});

describe('state machines', () => {
  const machine = (Properties: Readonly<Record<string, unknown>>) => ({
    Type: 'AWS::StepFunctions::StateMachine',
    Properties,
  });
  const RoleArn = arnOf('Role');

  it('have their definition filled in, from a text or an object, and by substitutions', () => {
    const { machines } = plan({
      Role: role,
      Work: fn,
      Text: machine({
        RoleArn,
        DefinitionString: { 'Fn::Join': ['', ['{"StartAt":"', { Ref: 'Work' }, '"}']] },
      }),
      Filled: machine({
        RoleArn,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: as a template has it
        DefinitionString: '{"StartAt":"${First}","Comment":"${First} of ${Count}"}',
        DefinitionSubstitutions: { First: arnOf('Work'), Count: 2 },
      }),
      Given: machine({ RoleArn, Definition: { StartAt: 'A' } }),
    });
    expect(machines.map(({ name, arn: at, definition }) => [name, at, definition])).toEqual([
      ['Text', arn('states', 'stateMachine:Text'), { StartAt: 'Work' }],
      [
        ...['Filled', arn('states', 'stateMachine:Filled')],
        { StartAt: arn('lambda', 'function:Work'), Comment: `${arn('lambda', 'function:Work')} of 2` },
      ],
      ['Given', arn('states', 'stateMachine:Given'), { StartAt: 'A' }],
    ]);
  });
});

describe('the API', () => {
  const api = (route: object, integration: object = {}, stage = 'Prod'): Resources => ({
    Role: role,
    Work: fn,
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'a' } },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { StageName: stage } },
    Call: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: { IntegrationUri: arnOf('Work'), PayloadFormatVersion: '1.0', ...integration },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        RouteKey: 'GET /items/{id}',
        Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Call' }]] },
        ...route,
      },
    },
  });

  it('has its routes, signed ones and open ones', () => {
    expect(plan(api({ AuthorizationType: 'AWS_IAM' })).api).toEqual({
      ...{ id: 'Api', stage: 'Prod' },
      routes: [{ method: 'GET', path: '/items/{id}', functionName: arn('lambda', 'function:Work'), authorizer: 'iam' }],
    });
    expect(plan(api({})).api?.routes[0]?.authorizer).toBe('none');
    expect(plan({ Role: role }).api).toBeUndefined();
  });

  it.each([
    ['another payload', api({}, { PayloadFormatVersion: '2.0' }), 'has payload format 2.0; the local API has 1.0'],
    ['another authoriser', api({ AuthorizationType: 'JWT' }), 'is authorised by JWT; the local API knows IAM'],
    ['no name of its stage', api({}, {}, '$default'), 'must have a name of letters and digits, got $default'],
    [
      'a second API',
      { ...api({}), More: { Type: 'AWS::ApiGatewayV2::Api', Properties: {} } },
      'the template has several HTTP APIs; one is run here',
    ],
  ])('is refused with %s', (_, resources, message) => {
    expect(() => plan(resources)).toThrow(message);
  });
});

describe('container tasks', () => {
  const task = (container: object, ...more: readonly object[]): Resources => ({
    Role: role,
    Settings: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/orders/settings', Value: 'A=1' } },
    Task: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: {
        ...{ Family: 'worker', TaskRoleArn: arnOf('Role'), ExecutionRoleArn: arnOf('Role') },
        ContainerDefinitions: [{ Name: 'task', Image: 'repository:tag', ...container }, ...more],
      },
    },
  });
  const secret = (name: string) => ({ Secrets: [{ Name: 'SETTINGS', ValueFrom: arn('ssm', `parameter/${name}`) }] });

  it('have the module of their image, variables, settings of parameters, and roles', () => {
    const { tasks } = plan(task({ Environment: [{ Name: 'B', Value: '2' }], StopTimeout: 60, ...secret('Settings') }), {
      environment: { LOCAL: 'yes' },
    });
    const own = 'arn:aws:iam::111122223333:role/Role';
    expect(tasks).toEqual([
      {
        ...{ family: 'worker', container: 'task', image: 'worker', stopTimeoutSeconds: 60 },
        environment: { B: '2', SETTINGS: 'A=1', LOCAL: 'yes' },
        ...{ taskRoleArn: own, roleArns: [own, own] },
      },
    ]);
  });

  it('are refused with a second container, or a setting that is not in the template', () => {
    expect(() => plan(task({}, { Name: 'other', Image: 'x' }))).toThrow('the task worker must have one container');
    expect(() => plan(task(secret('Nowhere')))).toThrow('Nowhere of the task worker is not in the template');
  });
});

describe('roles', () => {
  const allow = (Action: string) => ({ Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
  const trust = (Principal: object) => ({
    AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal }] },
  });
  const roleWith = (Properties: Readonly<Record<string, unknown>>) => ({ Type: 'AWS::IAM::Role', Properties });

  it('have policies of their own, those attached to them, and those whom they trust', () => {
    const { roles } = plan({
      Role: roleWith({
        ...trust({ AWS: arnOf('Other'), Service: ['lambda.amazonaws.com'] }),
        Policies: [{ PolicyName: 'a', PolicyDocument: allow('s3:GetObject') }],
      }),
      Other: roleWith(trust({ Service: 'lambda.amazonaws.com' })),
      More: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyDocument: allow('s3:PutObject'), Roles: [{ Ref: 'Role' }] },
      },
    });
    expect(roles).toEqual([
      {
        ...{ name: 'Role', arn: 'arn:aws:iam::111122223333:role/Role' },
        policies: [allow('s3:GetObject'), allow('s3:PutObject')],
        trusts: ['arn:aws:iam::111122223333:role/Other', 'lambda.amazonaws.com'],
      },
      { name: 'Other', arn: 'arn:aws:iam::111122223333:role/Other', policies: [], trusts: ['lambda.amazonaws.com'] },
    ]);
  });

  it('are refused with managed policies, but for those of logs and traces', () => {
    const managed = (name: string) =>
      plan({ Role: roleWith({ ManagedPolicyArns: [`arn:aws:iam::aws:policy/${name}`] }) });
    expect(managed('service-role/AWSLambdaBasicExecutionRole').roles).toHaveLength(1);
    expect(() => managed('AdministratorAccess')).toThrow('the role Role has managed policies');
  });
});

it('what is not run is said once for each type, with why', () => {
  const { notRun } = plan({
    ...Object.fromEntries(['A', 'B', 'C', 'D'].map((id) => [`Log${id}`, { Type: 'AWS::Logs::LogGroup' }])),
    Topic: { Type: 'AWS::SNS::Topic' },
    Thing: { Type: 'AWS::Odd::Thing' },
    Role: role,
  });
  expect(notRun).toEqual([
    'AWS::Logs::LogGroup is not run: logs are printed, with --verbose (LogA, LogB, LogC and 1 more)',
    'AWS::Odd::Thing is not run: not known here (Thing)',
    'AWS::SNS::Topic is not run: what rules tell a topic is printed as a line of the log; nobody is mailed (Topic)',
  ]);
});

it('a parameter that the stack does not have is refused', () => {
  expect(() => plan({ Role: role }, { parameters: { Row: 1 } }, { Rows: { Default: 5 } })).toThrow(
    'the stack Orders has no parameter Row; it has Rows',
  );
});
