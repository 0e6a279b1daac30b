import type { ResolvedResource } from './resolve-template.ts';

/** What is run, or enforced, or part of what is run. */
const run = new Set([
  ...['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::Lambda::Function', 'AWS::Lambda::EventSourceMapping'],
  ...['AWS::SQS::Queue', 'AWS::Events::Rule', 'AWS::StepFunctions::StateMachine', 'AWS::IAM::Role', 'AWS::IAM::Policy'],
  ...['AWS::ApiGatewayV2::Api', 'AWS::ApiGatewayV2::Integration', 'AWS::ApiGatewayV2::Route'],
  ...['AWS::ApiGatewayV2::Stage', 'AWS::ECS::Cluster', 'AWS::ECS::TaskDefinition', 'AWS::SSM::Parameter'],
  ...['AWS::SQS::QueuePolicy', 'AWS::Lambda::Permission', 'AWS::CDK::Metadata'],
]);

/** Why not, by the beginning of a type. */
const reasons: readonly (readonly [prefix: string, reason: string])[] = [
  ['AWS::CloudWatch::', 'nothing is measured here'],
  ['AWS::Logs::', 'logs are printed, with --verbose'],
  ['AWS::SNS::', 'what rules tell a topic is printed as a line of the log; nobody is mailed'],
  ['AWS::S3::BucketPolicy', 'all callers are of this account and none comes by TLS'],
  ['AWS::EC2::', 'all is on one machine'],
  ['AWS::SES::', 'every sender is taken as confirmed'],
  ['AWS::KMS::', 'nothing is encrypted here'],
  ['Custom::', 'its function runs when a stack is made or deleted on AWS'],
  ['AWS::CloudFormation::CustomResource', 'its function runs when a stack is made or deleted on AWS'],
];

const plain = (id: string): string => id.replace(/[0-9A-F]{8}$/, '');

/** One line for each type of a template that is not run here: which resources, and why. */
export const notRunLines = (resources: Readonly<Record<string, ResolvedResource>>): readonly string[] => {
  const left = Object.entries(resources).filter(([, { type }]) => !run.has(type));
  return [...Map.groupBy(left, ([, { type }]) => type)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, list]) => {
      const reason = reasons.find(([prefix]) => type.startsWith(prefix))?.[1] ?? 'not known here';
      const names = list.map(([id]) => plain(id)).slice(0, 3);
      const rest = list.length > names.length ? ` and ${list.length - names.length} more` : '';
      return `${type} is not run: ${reason} (${names.join(', ')}${rest})`;
    });
};
