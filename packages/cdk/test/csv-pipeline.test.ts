import { stateMachineDefinition } from '@pipeline/handlers';
import aslValidator from 'asl-validator';
import { CfnParameter, Duration, type Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { folderPattern } from '../src/index.ts';
import { expectDeadLetters, expectLeastPrivilege, expectNoLoop, expectTimeouts } from './expectations.ts';
import {
  allFunctions,
  allowed,
  definitionsOf,
  type Made,
  makePipeline,
  ofType,
  resourcesOf,
  synthMs,
  templateOf,
} from './helpers.ts';

let made: Made;
let resources: ReturnType<typeof resourcesOf>;
let template: Template;
beforeAll(() => {
  made = makePipeline();
  resources = resourcesOf(made);
  template = Template.fromStack(made.stack);
}, synthMs);

/** The ARN of a state machine, by the end of its name. */
const arnOf = (name: string) => ({
  'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp(`:stateMachine:.*-${name}$`)])],
});

const nameOf = (type: string, part: string): string => {
  const found = ofType(resources, type).find(([id]) => id.includes(part));
  if (found === undefined) throw new Error(`no ${type} with ${part}`);
  return found[0];
};

describe('the state machines', () => {
  it('run the one definition, with the ARNs of the functions', () => {
    const arn = (part: string) =>
      `arn:aws:lambda:us-east-1:000000000000:function:${nameOf('AWS::Lambda::Function', `Pipeline${part}Function`)}`;
    const [batches] = definitionsOf(resources);
    expect(batches).toEqual(
      JSON.parse(
        JSON.stringify(
          stateMachineDefinition({
            SplitFunction: arn('Split'),
            ScanFunction: arn('Scan'),
            ProcessFunction: arn('Process'),
            ResolveFunction: arn('Resolve'),
            MergeFunction: arn('Merge'),
            ArchiveFunction: arn('Archive'),
            NotifyFunction: arn('Notify'),
          }),
        ),
      ),
    );
  });

  it('have definitions that the language allows', () => {
    for (const definition of definitionsOf(resources)) {
      const { isValid, errors } = aslValidator(definition);
      expect(errors).toEqual([]);
      expect(isValid).toBe(true);
    }
  });

  it('end, every state of them', () => expectTimeouts(resources));

  it('are Standard, traced, and logged without data', () => {
    for (const [, { properties }] of ofType(resources, 'AWS::StepFunctions::StateMachine'))
      expect(properties).toMatchObject({
        StateMachineType: 'STANDARD',
        TracingConfiguration: { Enabled: true },
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      });
  });

  it('take the concurrency of a parameter', () => {
    const other = makePipeline((stack) => ({
      maxConcurrency: new CfnParameter(stack, 'Most', { type: 'Number', default: 7 }).valueAsNumber,
    }));
    const [definition] = definitionsOf(resourcesOf(other));
    expect((definition as { States: { ProcessChunks: object } }).States.ProcessChunks).toMatchObject({
      MaxConcurrency: 7,
    });
  });

  it('do without scans and replays where there are no functions for them', () => {
    const { scan: _, replay: __, ...functions } = allFunctions;
    const least = resourcesOf(makePipeline({ functions }));
    const [definition, ...others] = definitionsOf(least);
    expect(others).toEqual([]);
    expect(Object.keys(definition!.States as object)).not.toContain('ScanRanges');
    expect(ofType(least, 'AWS::Lambda::Function').filter(([id]) => /Scan|Replay/.test(id))).toEqual([]);
  });
});

describe('failures', () => {
  it('have dead letters on every asynchronous edge', () => expectDeadLetters(resources));

  it('call the failure function and tell the topic, for batches and replays, not for the children of maps', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: ['batches', 'replays'].map(arnOf) },
      },
      Targets: Match.arrayWith([
        Match.objectLike({ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Failure'), 'Arn'] } }),
        Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('Topic') } }),
      ]),
    });
  });

  it('raise alarms that tell the topic', () => {
    const alarms = ofType(resources, 'AWS::CloudWatch::Alarm');
    expect(alarms.map(([id]) => id.replace(/^PipelineWatch|[0-9A-F]{8}$/g, '')).sort()).toEqual([
      'DeadLettersWait',
      'FailedBatches',
      'MailsFailed',
      'MailsUnknown',
      'RejectRate',
      'Throttles',
      'WaitingUploads',
    ]);
    for (const [, { properties }] of alarms)
      expect(properties.AlarmActions).toEqual([expect.stringContaining('Topic')]);
  });
});

describe('permissions', () => {
  it('have no wildcard in an action and none for a resource without a reason', () => expectLeastPrivilege(resources));

  it('never allow to write where uploads arrive', () =>
    expectNoLoop(resources, nameOf('AWS::S3::Bucket', 'DataBucket'), 'input/'));

  it('let the archive alone take an upload away', () => {
    const bucket = `arn:aws:s3:::${nameOf('AWS::S3::Bucket', 'DataBucket')}/input/*`;
    const { stack } = made;
    const removers = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy')).filter(([id]) => {
      const { properties } = resources[id]!;
      return (
        JSON.stringify(properties.PolicyDocument).includes(`s3:DeleteObject`) &&
        JSON.stringify(properties.PolicyDocument).includes(bucket) &&
        (properties.PolicyDocument as { Statement: { Action: unknown; Resource: unknown }[] }).Statement.some(
          ({ Action, Resource }) => [Action].flat().includes('s3:DeleteObject') && [Resource].flat().includes(bucket),
        )
      );
    });
    expect(removers.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(['PipelineArchiveRoleDefaultPolicy']);
  });

  it('let events be published under one source, where there is one', () => {
    const policies = (one: Made) =>
      ofType(resourcesOf(one), 'AWS::IAM::Policy')
        .filter(([, { properties }]) => JSON.stringify(properties).includes('events:PutEvents'))
        .map(([id]) => id.replace(/^Pipeline|RoleDefaultPolicy[0-9A-F]{8}$/g, ''));
    expect(policies(made)).toEqual([]);
    const other = makePipeline({ eventSource: 'orders' });
    expect(policies(other).sort()).toEqual(['Failure', 'Notify', 'Process', 'Resolve', 'Split']);
    expectLeastPrivilege(resourcesOf(other));
    Template.fromStack(other.stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'events:PutEvents', Condition: { StringEquals: { 'events:source': 'orders' } } }),
        ]),
      },
    });
  });

  it('let mails come from the sender alone', () => {
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'ses:SendEmail',
            Condition: { StringEquals: { 'ses:FromAddress': 'pipeline@example.com' } },
          }),
        ]),
      },
    });
  });

  it('let links be signed by a role that reads results and is assumed by notify alone', () => {
    const [id, { properties }] = ofType(resources, 'AWS::IAM::Role').find(([name]) => name.includes('LinksRole'))!;
    const notify = nameOf('AWS::IAM::Role', 'NotifyRole');
    expect(properties.AssumeRolePolicyDocument).toMatchObject({
      Statement: [{ Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::000000000000:role/${notify}` } }],
    });
    const [, policy] = ofType(resources, 'AWS::IAM::Policy').find(([name]) => name.includes('LinksRole'))!;
    expect(policy.properties.Roles).toEqual([id]);
    expect((policy.properties.PolicyDocument as { Statement: unknown }).Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:GetObjectVersion'],
        Resource: `arn:aws:s3:::${nameOf('AWS::S3::Bucket', 'DataBucket')}/results/*`,
      },
    ]);
  });

  it('can be given to others for what they do', () => {
    const other = makePipeline();
    const person = new Role(other.stack, 'Person', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    other.pipeline.grantUpload(person);
    other.pipeline.grantReadResults(person);
    other.pipeline.grantRedrive(person);
    expectLeastPrivilege(resourcesOf(other));
    Template.fromStack(other.stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({ Action: ['s3:PutObject', 's3:AbortMultipartUpload'] })]),
      },
      Roles: [{ Ref: Match.stringLikeRegexp('Person') }],
    });
  });
});

it('the key goes along with what is granted to others', () => {
  const other = makePipeline((stack) => ({ key: new Key(stack, 'Key', { enableKeyRotation: true }) }));
  const person = (id: string) => new Role(other.stack, id, { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  other.pipeline.grantUpload(person('Uploader'));
  other.pipeline.grantReadResults(person('Reader'));
  other.pipeline.rejects!.grantRead(person('Mender'));
  other.pipeline.batches.grantStart(person('Starter'));
  const found = resourcesOf(other);
  expectLeastPrivilege(found);
  const actionsOf = (part: string) =>
    allowed(found)
      .filter(({ id }) => id.startsWith(part))
      .flatMap(({ actions }) => actions)
      .sort();
  expect(actionsOf('Uploader')).toEqual([
    ...['kms:Decrypt', 'kms:GenerateDataKey', 's3:AbortMultipartUpload', 's3:PutObject'],
  ]);
  expect(actionsOf('Reader')).toEqual(['kms:Decrypt', 's3:GetObject', 's3:GetObjectVersion']);
  expect(actionsOf('Mender')).toEqual([
    ...['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query', 'kms:Decrypt'],
  ]);
  expect(actionsOf('Starter')).toEqual(['states:StartExecution']);
});

it('has the alarms and metrics that docs/cost.md counts', () => {
  const alarms = ofType(resources, 'AWS::CloudWatch::Alarm');
  const metrics = alarms.flatMap(([, { properties }]) => {
    const many = (properties.Metrics ?? []) as readonly { readonly MetricStat?: object }[];
    return many.length === 0 ? [properties] : many.filter(({ MetricStat }) => MetricStat !== undefined);
  });
  expect([alarms.length, metrics.length]).toEqual([7, 22]);
});

describe('buckets', () => {
  it('are private, versioned, encrypted, logged, and take TLS alone', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      LoggingConfiguration: Match.anyValue(),
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      VersioningConfiguration: { Status: 'Enabled' },
    });
    template.allResourcesProperties('AWS::S3::Bucket', {
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    template.allResourcesProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
    expect(
      Object.values(templateOf(made).Resources).filter(({ Properties }) => Properties?.AccessControl !== undefined),
    ).toEqual([]);
  });

  it('lose working files, old versions and unfinished uploads, and keep results and originals', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: [
          Match.objectLike({
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
            NoncurrentVersionExpiration: { NoncurrentDays: 30 },
          }),
          ...Array.from({ length: 31 }, () =>
            Match.objectLike({ Prefix: Match.stringLikeRegexp('^batches/[0-9a-f]+$'), ExpirationInDays: 30 }),
          ),
        ],
      },
    });
    expect(() => makePipeline({ workDays: 14 })).toThrow(/CONFIG_INVALID.*workDays/);
  });

  it('are emptied and removed with the stack, or kept with what is in them', () => {
    expect(ofType(resources, 'Custom::EmptyBucket')).toHaveLength(2);
    template.allResources('AWS::S3::Bucket', { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    const kept = makePipeline({ retain: 'data' });
    expect(ofType(resourcesOf(kept), 'Custom::EmptyBucket')).toEqual([]);
    const left = Object.entries(
      Template.fromStack(kept.stack).toJSON().Resources as Record<string, { DeletionPolicy?: string; Type: string }>,
    );
    expect(
      [...new Set(left.filter(([, one]) => one.DeletionPolicy === 'Retain').map(([, { Type }]) => Type))].sort(),
    ).toEqual(['AWS::DynamoDB::Table', 'AWS::S3::Bucket']);
  });

  it('leave nothing behind in a stack that retains nothing', () => {
    const left = Object.entries(templateOf(made).Resources as Record<string, { DeletionPolicy?: string }>);
    expect(left.filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain')).toEqual([]);
  });

  it('may be taken instead of made', () => {
    const other = makePipeline((stack) => {
      const inbox = { bucket: Bucket.fromBucketName(stack, 'Inbox', 'inbox'), prefix: '' };
      const bucket = Bucket.fromBucketName(stack, 'Store', 'store');
      return {
        places: { input: inbox, work: { bucket }, output: { bucket }, archive: { bucket }, failed: { bucket } },
      };
    });
    const taken = resourcesOf(other);
    expect(ofType(taken, 'AWS::S3::Bucket')).toEqual([]);
    expectNoLoop(taken, 'inbox', '');
    Template.fromStack(other.stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        detail: { bucket: { name: ['inbox'] }, object: { key: [{ wildcard: '*.csv' }, { wildcard: '*.CSV' }] } },
      },
    });
  });

  it('are encrypted with a key of the user’s own where there is one', () => {
    const other = makePipeline((stack) => ({ key: new Key(stack, 'Key', { enableKeyRotation: true }) }));
    const keyed = resourcesOf(other);
    expectLeastPrivilege(keyed);
    Template.fromStack(other.stack).hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
        ],
      },
    });
    const withKey = ofType(keyed, 'AWS::IAM::Policy').filter(([, { properties }]) =>
      JSON.stringify(properties).includes('kms:Decrypt'),
    );
    expect(withKey.map(([id]) => id.replace(/^Pipeline|(?:Role)?DefaultPolicy[0-9A-F]{8}$/g, '')).sort()).toEqual([
      'Archive',
      'Batches',
      'Failure',
      'Intake',
      'Links',
      'Merge',
      'Notify',
      'Process',
      'Replay',
      'Resolve',
      'Scan',
      'Split',
    ]);
  });
});

describe('the loop guard', () => {
  const withPlaces = (places: object) => () => makePipeline({ places });

  it('refuses places that overlap the trigger', () => {
    expect(withPlaces({ archive: { prefix: 'input/done/' } })).toThrow(/CONFIG_INVALID/);
    expect(withPlaces({ input: { prefix: 'batches/in/' } })).toThrow(/CONFIG_INVALID/);
    expect(withPlaces({ input: { prefix: '' } })).toThrow(/CONFIG_INVALID/);
  });

  it('refuses prefixes that are no folders', () => {
    expect(withPlaces({ archive: { prefix: 'done' } })).toThrow(/CONFIG_INVALID.*archive/);
    expect(withPlaces({ archive: { prefix: '/done/' } })).toThrow(/CONFIG_INVALID.*archive/);
  });

  const withParameter = (allowedPattern: string | undefined) => () =>
    makePipeline((stack) => {
      const folder = new CfnParameter(stack, 'Folder', {
        default: 'done',
        ...(allowedPattern === undefined ? {} : { allowedPattern }),
      });
      return { places: { archive: { prefix: `${folder.valueAsString}/` } } };
    });

  it('takes a parameter whose pattern refuses the other places, and no other', () => {
    const others = ['input/', 'batches/', 'results/', 'failed/'];
    expect(withParameter(folderPattern(others))).not.toThrow();
    expect(withParameter(folderPattern(others.slice(1)))).toThrow(/CONFIG_INVALID.*input/);
    expect(withParameter('.*')).toThrow(/CONFIG_INVALID/);
    expect(withParameter(undefined)).toThrow(/CONFIG_INVALID.*pattern/);
  });

  it('wants to know the trigger when the stack is made', () => {
    expect(() =>
      makePipeline((stack) => ({ places: { input: { prefix: `${new CfnParameter(stack, 'In').valueAsString}/` } } })),
    ).toThrow(/CONFIG_INVALID.*input/);
  });
});

describe('the functions', () => {
  it('run on Node 24 and arm64, traced, with a log that ends', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogGroup: Match.anyValue() },
      Timeout: Match.anyValue(),
      MemorySize: Match.anyValue(),
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  it('are told where they are', () => {
    const told = makePipeline({
      environment: ({ places, stateMachineArn, replayMachineArn, rejectTable, account }) => ({
        BUCKET: places.output.bucket,
        PREFIX: places.output.prefix,
        MACHINES: `${stateMachineArn} ${replayMachineArn}`,
        REJECTS: rejectTable ?? '',
        OWNER: account,
      }),
    });
    const functions = ofType(resourcesOf(told), 'AWS::Lambda::Function');
    const environmentOf = (part: string) =>
      (functions.find(([id]) => id.includes(part))![1].properties.Environment as { Variables: Record<string, string> })
        .Variables;
    expect(environmentOf('SplitFunction')).toEqual({
      BUCKET: expect.stringContaining('DataBucket'),
      PREFIX: 'results/',
      MACHINES: expect.stringMatching(/-batches arn:aws:states.*-replays$/),
      REJECTS: expect.stringContaining('Rejects'),
      OWNER: '000000000000',
      PIPELINE_METRICS_NAMESPACE: expect.stringMatching(/^Pipeline\/.*-batches$/),
    });
    expect(environmentOf('NotifyFunction').LINK_ROLE_ARN).toContain('LinksRole');
  });

  it('can be changed down to the resource', () => {
    const { pipeline, stack } = makePipeline();
    pipeline.functions.process.function.configureAsyncInvoke({ maxEventAge: Duration.minutes(5) });
    pipeline.functions.process.function.addEnvironment('MODE', 'strict');
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ MODE: 'strict' }) },
    });
  });
});

it('draws no warning', () => {
  expect(Annotations.fromStack(made.stack as Stack).findWarning('*', Match.anyValue())).toEqual([]);
});
