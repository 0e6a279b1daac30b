import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectLeastPrivilege, expectNoLoop } from './expectations.ts';
import { allowed, idOf, type Made, makePipeline, ofType, resourcesOf, synthMs } from './helpers.ts';

let made: Made;
let resources: ReturnType<typeof resourcesOf>;
let template: Template;
beforeAll(() => {
  made = makePipeline();
  resources = resourcesOf(made);
  template = Template.fromStack(made.stack);
}, synthMs);

describe('permissions', () => {
  it('have no wildcard in an action and none for a resource without a reason', () => expectLeastPrivilege(resources));

  it('never allow to write where uploads arrive', () =>
    expectNoLoop(resources, idOf(resources, 'AWS::S3::Bucket', 'DataBucket'), 'input/'));

  it('let the archive alone take an upload away', () => {
    const bucket = `arn:aws:s3:::${idOf(resources, 'AWS::S3::Bucket', 'DataBucket')}/input/*`;
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
    const notify = idOf(resources, 'AWS::IAM::Role', 'NotifyRole');
    expect(properties.AssumeRolePolicyDocument).toMatchObject({
      Statement: [{ Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::000000000000:role/${notify}` } }],
    });
    const [, policy] = ofType(resources, 'AWS::IAM::Policy').find(([name]) => name.includes('LinksRole'))!;
    expect(policy.properties.Roles).toEqual([id]);
    expect((policy.properties.PolicyDocument as { Statement: unknown }).Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:GetObjectVersion'],
        Resource: `arn:aws:s3:::${idOf(resources, 'AWS::S3::Bucket', 'DataBucket')}/results/*`,
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
