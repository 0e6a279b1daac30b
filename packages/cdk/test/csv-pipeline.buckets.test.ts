import { CfnParameter } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { folderPattern } from '../src/index.ts';
import { expectLeastPrivilege, expectNoLoop } from './expectations.ts';
import { allParts, type Made, makePipeline, ofType, resourcesOf, synthMs, templateOf } from './helpers.ts';

let made: Made;
let resources: ReturnType<typeof resourcesOf>;
let template: Template;
beforeAll(() => {
  made = makePipeline();
  resources = resourcesOf(made);
  template = Template.fromStack(made.stack);
}, synthMs);

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
      [
        ...new Set(left.filter(([, one]) => /^Retain/.test(one.DeletionPolicy ?? '')).map(([, { Type }]) => Type)),
      ].sort(),
    ).toEqual(['AWS::DynamoDB::Table', 'AWS::S3::Bucket']);
  });

  it('have the tag by which they are emptied just as long as they are not retained', () => {
    const Tags = [{ Key: 'pipeline:empty-when-deleted', Value: 'true' }];
    template.allResourcesProperties('AWS::S3::Bucket', { Tags });
    for (const [id, { properties }] of ofType(resourcesOf(makePipeline({ retain: 'data' })), 'AWS::S3::Bucket'))
      expect([id, properties.Tags]).toEqual([id, undefined]);
  });

  it('are emptied when nothing starts a batch any more, and none runs', () => {
    const whole = templateOf(makePipeline(allParts)).Resources as Record<
      string,
      { readonly Type: string; readonly DependsOn?: readonly string[] }
    >;
    const empty = Object.keys(whole).find((id) => /EmptyBucketsData/.test(id) && whole[id]!.Type.startsWith('Custom'));
    const first = Object.entries(whole)
      .filter(([, { DependsOn = [] }]) => DependsOn.includes(empty!))
      .map(([, { Type }]) => Type.replace(/^AWS::/, ''));
    expect([...new Set(first)].sort()).toEqual(
      expect.arrayContaining(['Events::Rule', 'Lambda::EventSourceMapping', 'StepFunctions::StateMachine']),
    );
  });

  it('leave nothing behind in a stack that retains nothing', () => {
    const left = Object.entries(templateOf(made).Resources as Record<string, { DeletionPolicy?: string }>);
    expect(left.filter(([, { DeletionPolicy = '' }]) => DeletionPolicy.startsWith('Retain'))).toEqual([]);
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
