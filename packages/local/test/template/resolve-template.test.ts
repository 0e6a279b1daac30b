import { resolveTemplate, rolePolicies, type Template } from '@pipeline/local';
import { expect, test } from 'vitest';

const template: Template = {
  Parameters: { Folder: { Default: 'archive' }, Mail: { Default: '' } },
  Conditions: { HasMail: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Mail' }, ''] }] } },
  Resources: {
    Data: { Type: 'AWS::S3::Bucket' },
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } },
    Fn: { Type: 'AWS::Lambda::Function', Properties: { Role: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        Roles: [{ Ref: 'Role' }],
        PolicyDocument: {
          Statement: [
            {
              Effect: 'Allow',
              Action: 's3:PutObject',
              Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Data', 'Arn'] }, '/', { Ref: 'Folder' }, '/*']] },
              Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
            },
          ],
        },
      },
    },
    Alerts: { Type: 'AWS::SNS::Subscription', Condition: 'HasMail', Properties: { Endpoint: { Ref: 'Mail' } } },
    Odd: {
      Type: 'AWS::Odd::Thing',
      Properties: { Value: { 'Fn::GetAtt': ['Odd', 'Secret'] }, Other: { 'Fn::Cidr': [] } },
    },
  },
};

test('references, attributes, joins and parameters are filled in, with names of one’s own', () => {
  const resources = resolveTemplate(template, { names: { Data: 'orders' }, parameters: { Folder: 'done' } });
  expect(rolePolicies(resources, resources.Fn!)).toEqual([
    {
      Statement: [
        {
          Effect: 'Allow',
          Action: 's3:PutObject',
          Resource: 'arn:aws:s3:::orders/done/*',
          Condition: { StringEquals: { 'aws:SourceAccount': '000000000000' } },
        },
      ],
    },
  ]);
});

test('what has a condition is there when it holds', () => {
  expect(resolveTemplate(template).Alerts).toBeUndefined();
  expect(resolveTemplate(template, { parameters: { Mail: 'a@b.de' } }).Alerts!.properties).toEqual({
    Endpoint: 'a@b.de',
  });
});

test('what is not known is refused when it is asked for', () => {
  expect(() => resolveTemplate(template).Odd!.properties).toThrow(/not known/);
});
