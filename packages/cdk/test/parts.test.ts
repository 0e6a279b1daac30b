import { batchKeys } from '@pipeline/core';
import { applyTaskSettings, settingsVariable, stateMachineDefinition } from '@pipeline/handlers';
import aslValidator from 'asl-validator';
import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { beforeAll, describe, expect, it } from 'vitest';
import { ChunkQueue, DeadLetters, PipelineFunction, TaskNetwork, TaskRoute } from '../src/index.ts';
import { expectDeadLetters, expectLeastPrivilege, expectNoLoop, expectTimeouts } from './expectations.ts';
import {
  allFunctions,
  allowed,
  allParts,
  definitionsOf,
  type Made,
  makePipeline,
  noBundles,
  ofType,
  resourcesOf,
  synthMs,
} from './helpers.ts';

let made: Made;
let resources: ReturnType<typeof resourcesOf>;
let template: Template;
beforeAll(() => {
  made = makePipeline(allParts);
  resources = resourcesOf(made);
  template = Template.fromStack(made.stack);
}, synthMs);

const plain = (id: string): string => id.replace(/^Pipeline|(?:Role)?(?:DefaultPolicy)?[0-9A-F]{8}$/g, '');

/** The variables that a task makes of its settings. */
const variablesOf = (settings: string): Record<string, string | undefined> => {
  const env: Record<string, string | undefined> = { [settingsVariable]: settings };
  applyTaskSettings(env);
  const { [settingsVariable]: _, ...variables } = env;
  return variables;
};

/** Who may do an action on what, by the policies of a template. */
const whoMay = (action: string, among = resources): readonly string[] =>
  allowed(among)
    .filter(({ actions }) => actions.includes(action))
    .map(({ id }) => plain(id))
    .sort();

describe('a pipeline with all its parts', () => {
  it('holds to the rules that one without them holds to', () => {
    expectLeastPrivilege(resources);
    expectTimeouts(resources);
    expectDeadLetters(resources);
    const bucket = ofType(resources, 'AWS::S3::Bucket').find(([id]) => id.includes('DataBucket'))![0];
    expectNoLoop(resources, bucket, 'input/');
    expect(Annotations.fromStack(made.stack as Stack).findWarning('*', Match.anyValue())).toEqual([]);
  });

  it('leaves nothing behind', () => {
    const left = Object.values(template.toJSON().Resources as Record<string, { DeletionPolicy?: string }>);
    expect(left.filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')).toEqual([]);
  });

  it('has no part that nobody asked for', () => {
    const least = resourcesOf(makePipeline());
    for (const type of ['AWS::ECS::Cluster', 'AWS::ECS::TaskDefinition', 'AWS::EC2::VPC', 'AWS::SSM::Parameter'])
      expect([type, ofType(least, type)]).toEqual([type, []]);
    expect(ofType(least, 'AWS::SQS::Queue').filter(([id]) => id.includes('Chunks'))).toEqual([]);
  });
});

describe('the container route', () => {
  it('is the one definition, with the task filled in', () => {
    const [definition] = definitionsOf(resources);
    expect(aslValidator(definition!)).toMatchObject({ isValid: true, errors: [] });
    const states = (of: unknown) =>
      (of as { States: { ProcessChunks: { ItemProcessor: { States: Record<string, object> } } } }).States.ProcessChunks
        .ItemProcessor.States;
    const names = ['Split', 'Process', 'Resolve', 'Merge', 'Archive', 'Notify'].map((name) => [`${name}Function`, 'x']);
    const task = { Cluster: 'c', TaskDefinition: 't', Container: 'task', Subnets: ['s'] };
    const known = stateMachineDefinition({ ...Object.fromEntries(names), Task: task } as never);
    expect(Object.keys(states(definition))).toEqual(Object.keys(states(known)));
    const { Parameters } = states(definition).ProcessInTask as { Parameters: Record<string, unknown> };
    const [[taskDefinition]] = ofType(resources, 'AWS::ECS::TaskDefinition').filter(([id]) =>
      id.includes('Worker'),
    ) as [[string, unknown]];
    expect(Parameters).toMatchObject({
      Cluster: expect.stringContaining(':cluster/'),
      TaskDefinition: resources[taskDefinition]!.properties.Family,
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          AssignPublicIp: 'ENABLED',
          Subnets: [expect.any(String), expect.any(String)],
          SecurityGroups: [expect.any(String)],
        },
      },
    });
  });

  it('lets the state machine run that task in that cluster alone, and pass on its two roles to ECS alone', () => {
    expect(whoMay('ecs:RunTask')).toEqual(['Batches']);
    expect(whoMay('iam:PassRole').filter((id) => id === 'Batches')).toEqual(['Batches']);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'ecs:RunTask',
            Condition: {
              ArnEquals: { 'ecs:cluster': { 'Fn::GetAtt': [Match.stringLikeRegexp('TasksCluster'), 'Arn'] } },
            },
          }),
          Match.objectLike({
            Action: 'iam:PassRole',
            Resource: [
              { 'Fn::GetAtt': [Match.stringLikeRegexp('WorkerRole'), 'Arn'] },
              { 'Fn::GetAtt': [Match.stringLikeRegexp('WorkerExecutionRole'), 'Arn'] },
            ],
            Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
          }),
        ]),
      },
      Roles: [{ Ref: Match.stringLikeRegexp('BatchesRole') }],
    });
  });

  it('gives the task what the function has, and the way to answer', () => {
    const of = (role: string) =>
      new Set(
        allowed(resources)
          .filter(({ id }) => plain(id) === role)
          .flatMap(({ actions, on }) => actions.flatMap((action) => on.map((one) => `${action} ${one}`))),
      );
    const own = [...of('Process')].filter((line) => !/^(?:logs|xray|sqs):/.test(line));
    const answers = [...of('Worker')].filter((line) => !own.includes(line));
    expect([...of('Worker')].filter((line) => own.includes(line)).sort()).toEqual(own.sort());
    const machine = /(?:stateMachine:[^/ ]*-batches)/;
    expect(
      answers.every((line) => /^states:SendTask(?:Success|Failure|Heartbeat) /.test(line) && machine.test(line)),
    ).toBe(true);
    expect(answers).toHaveLength(6);
  });

  it('starts tasks that read their settings when they start, and are given two minutes to end', () => {
    template.allResourcesProperties('AWS::ECS::TaskDefinition', {
      RequiresCompatibilities: ['FARGATE'],
      NetworkMode: 'awsvpc',
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
      ContainerDefinitions: [
        Match.objectLike({
          Name: 'task',
          StopTimeout: 120,
          Secrets: [{ Name: 'PIPELINE_SETTINGS', ValueFrom: Match.anyValue() }],
          Environment: Match.absent(),
          LogConfiguration: { LogDriver: 'awslogs', Options: Match.anyValue() },
        }),
      ],
    });
    const told = ofType(resources, 'AWS::SSM::Parameter').map(
      ([id, { properties }]) => [plain(id), Object.keys(variablesOf(String(properties.Value)))] as const,
    );
    expect(Object.fromEntries(told)).toEqual({
      WorkerSettings: ['AWS_REGION', 'PIPELINE_METRICS_NAMESPACE'],
      CoordinatorSettings: ['AWS_REGION', 'PIPELINE_METRICS_NAMESPACE', 'CHUNK_QUEUE_URL', 'LINK_ROLE_ARN'],
    });
  });

  it('refuses settings of several lines', () => {
    const other = makePipeline(allParts);
    other.pipeline.addStageEnvironment('NOTE', 'a\nb');
    expect(() => resourcesOf(other)).toThrow(/CONFIG_INVALID.*NOTE/);
  });

  it('tells splitter and merge of routes, where there is a worker', () => {
    const told = ofType(resources, 'AWS::Lambda::Function')
      .filter(([, { properties }]) => JSON.stringify(properties.Environment ?? {}).includes('CHUNK_ROUTES'))
      .map(([id]) => plain(id));
    expect(told).toEqual(['SplitFunction', 'MergeFunction']);
  });

  it('lets nobody call tasks, and tasks call out by HTTPS alone', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [Match.objectLike({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 })],
      SecurityGroupIngress: Match.absent(),
    });
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 2);
    template.resourceCountIs('AWS::EC2::FlowLog', 1);
  });

  it('runs in a network that is there, in its private subnets', () => {
    const other = makePipeline((stack) => ({
      containers: {
        worker: { image: ContainerImage.fromRegistry('example.com/worker'), timeoutSeconds: 7200 },
        network: {
          vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
            vpcId: 'vpc-0123456789abcdef0',
            availabilityZones: ['a', 'b'],
            privateSubnetIds: ['subnet-0123456789abcdef1', 'subnet-0123456789abcdef2'],
          }),
          subnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
        },
      },
    }));
    const found = resourcesOf(other);
    expect(ofType(found, 'AWS::EC2::VPC')).toEqual([]);
    expect(JSON.stringify(definitionsOf(found)[0])).toContain(
      '"AssignPublicIp":"DISABLED","Subnets":["subnet-0123456789abcdef1","subnet-0123456789abcdef2"]',
    );
    expect(JSON.stringify(definitionsOf(found)[0])).toContain('"TimeoutSeconds":7200');
  });

  it('works alone', () => {
    const stack = new Stack(new App(), 'Alone');
    const network = new TaskNetwork(stack, 'Network');
    const image = ContainerImage.fromRegistry('example.com/worker');
    const route = new TaskRoute(stack, 'Route', {
      ...{ image, network, machineName: 'batches', logRetention: RetentionDays.ONE_DAY },
      ...{ cpu: 4096, memoryMb: 8192, storageGb: 50, architecture: 'x86_64' },
    });
    const operator = new Role(stack, 'Operator', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    route.grantRun(operator);
    const alone = Template.fromStack(stack);
    alone.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ...{ Cpu: '4096', Memory: '8192', EphemeralStorage: { SizeInGiB: 50 } },
      RuntimePlatform: { CpuArchitecture: 'X86_64' },
    });
    alone.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'ecs:RunTask' }),
          Match.objectLike({ Action: ['ecs:DescribeTasks', 'ecs:StopTask'] }),
        ]),
      },
      Roles: [{ Ref: Match.stringLikeRegexp('Operator') }],
    });
  });
});

describe('the coordinator', () => {
  it('may do what the functions of a batch do, send mail, sign links and fill the queue, and starts no execution', () => {
    const actions = new Set(
      allowed(resources)
        .filter(({ id }) => plain(id) === 'Coordinator')
        .flatMap((one) => one.actions),
    );
    expect([...actions].filter((action) => !action.startsWith('s3:')).sort()).toEqual([
      ...['dynamodb:BatchWriteItem', 'events:PutEvents', 'ses:SendEmail', 'sqs:SendMessage', 'sts:AssumeRole'],
    ]);
    const [, links] = ofType(resources, 'AWS::IAM::Role').find(([id]) => id.includes('LinksRole'))!;
    expect(JSON.stringify(links.properties.AssumeRolePolicyDocument)).toContain('CoordinatorRole');
  });
});

describe('measurements of container tasks', () => {
  it('go with the stack', () => {
    template.hasResource('AWS::Logs::LogGroup', {
      DeletionPolicy: 'Delete',
      Properties: {
        LogGroupName: {
          'Fn::Join': ['', ['/aws/ecs/containerinsights/', { Ref: Match.stringLikeRegexp('Cluster') }, '/performance']],
        },
        RetentionInDays: 30,
      },
    });
  });
});

describe('the queue of chunks', () => {
  it('brings back what failed alone, and ends in dead letters of its own', () => {
    const [[queue]] = ofType(resources, 'AWS::SQS::Queue').filter(([id]) => id.startsWith('PipelineChunksQueue')) as [
      [string, unknown],
    ];
    template.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 6 * 900,
      RedrivePolicy: {
        maxReceiveCount: 5,
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('ChunksDeadLetters'), 'Arn'] },
      },
    });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [queue, 'Arn'] },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BatchSize: 1,
      ScalingConfig: { MaximumConcurrency: 40 },
    });
    const alarm = ofType(resources, 'AWS::CloudWatch::Alarm').find(([id]) => id.includes('DeadLettersWait'))!;
    expect(JSON.stringify(alarm[1].properties)).toContain('ChunksDeadLetters');
  });

  it('works alone, and takes chunks from a topic', () => {
    const stack = new Stack(new App(), 'Alone');
    const deadLetters = new DeadLetters(stack, 'DeadLetters').queue;
    const code = noBundles({ queue: 'x' }).queue!;
    const logRetention = RetentionDays.ONE_DAY;
    const consumer = new PipelineFunction(stack, 'Queue', {
      ...{ code, description: 'x', deadLetters, logRetention, timeoutSeconds: 60 },
    });
    const chunks = new ChunkQueue(stack, 'Chunks', { consumer, consumerTimeoutSeconds: 60, batchSize: 5 });
    chunks.subscribe(new Topic(stack, 'Topic'));
    const sender = new Role(stack, 'Sender', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    chunks.grantSend(sender);
    chunks.deadLetters.grantRedrive(sender, chunks.queue);
    const alone = Template.fromStack(stack);
    alone.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('ChunksDeadLetters'), 'Arn'] } },
    });
    alone.hasResourceProperties('AWS::Lambda::EventSourceMapping', { BatchSize: 5 });
    alone.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'sqs:SendMessage' })]) },
      Roles: [{ Ref: Match.stringLikeRegexp('Sender') }],
    });
    expect([chunks.metricWaiting(), chunks.metricOldest()].map(({ metricName }) => metricName)).toEqual([
      ...['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage'],
    ]);
  });
});

describe('the gate', () => {
  it('lets the intake keep slots, ask executions and send uploads to their queue again', () => {
    const { functions: _, containers: __, ...gate } = allParts;
    const gated = resourcesOf(makePipeline(gate));
    const slots = allowed(gated).filter(({ on }) => on.some((one) => one.includes('batches/gate/')));
    expect(slots.map(({ id, actions }) => [plain(id), actions])).toEqual([
      ['Intake', ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject']],
    ]);
    expect(whoMay('sqs:SendMessage', gated)).toContain('Intake');
    const intake = ofType(gated, 'AWS::Lambda::Function').find(([id]) => id.includes('IntakeFunction'))![1];
    expect(intake.properties.Environment).toMatchObject({
      Variables: { MAX_BATCHES: '20', UPLOADS_QUEUE_URL: expect.stringContaining('UploadsQueue') },
    });
  });

  it('takes its number from a parameter, and refuses what is no number of batches', () => {
    const other = makePipeline((stack) => ({
      maxBatches: new CfnParameter(stack, 'Batches', { type: 'Number', default: 7 }).valueAsNumber,
    }));
    const intake = ofType(resourcesOf(other), 'AWS::Lambda::Function').find(([id]) => id.includes('IntakeFunction'))!;
    expect(intake[1].properties.Environment).toMatchObject({ Variables: { MAX_BATCHES: 7 } });
    for (const wrong of [0, 1001, 1.5]) expect(() => makePipeline({ maxBatches: wrong })).toThrow(/CONFIG_INVALID/);
  });
});

it('rows that must not repeat are read, written to the table and forgotten by the resolve function, where there are any', () => {
  const resolves = (unique: boolean) => {
    const found = resourcesOf(makePipeline({ unique }));
    const own = allowed(found).filter(({ id }) => plain(id) === 'Resolve');
    const place = (on: readonly string[]) => (on.some((one) => one.endsWith('/input/*')) ? 'input' : 'elsewhere');
    return own.flatMap(({ actions, on }) => actions.map((action) => `${action} ${place(on)}`));
  };
  const usual = resolves(false);
  expect(
    resolves(true)
      .filter((one) => !usual.includes(one))
      .sort(),
  ).toEqual([
    'dynamodb:BatchWriteItem elsewhere',
    's3:AbortMultipartUpload elsewhere',
    's3:DeleteObject elsewhere',
    's3:DeleteObjectVersion elsewhere',
    's3:GetObject input',
    's3:GetObjectVersion input',
  ]);
});

it('what is remembered across batches outlives their working files', () => {
  const [, bucket] = ofType(resources, 'AWS::S3::Bucket').find(([id]) => id.includes('DataBucket'))!;
  const { Rules } = bucket.properties.LifecycleConfiguration as {
    Rules: readonly { Prefix?: string; ExpirationInDays?: number }[];
  };
  const expires = (key: string): boolean =>
    Rules.some(({ Prefix, ExpirationInDays }) => ExpirationInDays !== undefined && key.startsWith(Prefix ?? ''));
  expect([expires('batches/durations.json'), expires('batches/gate/0000.json'), expires('results/x')]).toEqual([
    ...[false, false, false],
  ]);
  const work = { work: { bucket: 'x', prefix: 'batches/' } };
  for (const first of '0123456789abcdef') expect(expires(batchKeys(`${first}${first}`, work).manifest.key)).toBe(true);
});

it('the stage can be allowed and told things wherever it runs', () => {
  const other = makePipeline(allParts);
  other.pipeline.allowStage({ actions: ['dynamodb:BatchGetItem'], resources: ['arn:aws:dynamodb:::table/x'] });
  other.pipeline.addStageEnvironment('TABLE', 'x');
  const found = resourcesOf(other);
  const runners = ['Coordinator', 'Process', 'Queue', 'Replay', 'Worker'];
  expect(whoMay('dynamodb:BatchGetItem', found)).toEqual(runners);
  const told = Object.entries(found)
    .filter(([, { type }]) => type === 'AWS::Lambda::Function' || type === 'AWS::SSM::Parameter')
    .filter(([, { properties }]) => /TABLE(?:=|")/.test(JSON.stringify(properties)))
    .map(([id]) => plain(id).replace(/Function|Settings/, ''));
  expect(told.sort()).toEqual(runners);
});

it('followers of batches may look at them and do nothing to them', () => {
  const other = makePipeline({ functions: allFunctions });
  const person = new Role(other.stack, 'Person', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  other.pipeline.grantStatus(person);
  const actions = allowed(resourcesOf(other))
    .filter(({ id }) => id.startsWith('Person'))
    .flatMap((one) => one.actions);
  expect(actions.every((action) => /^states:(?:Describe|List|Get)/.test(action))).toBe(true);
  expect(actions).toContain('states:DescribeMapRun');
});
