/** A resource as a template has it. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}

/** Where a stack is. */
export interface Cloud {
  readonly region: string;
  readonly accountId: string;
}

/** ARNs by type: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html */
const arns: Readonly<Record<string, (name: string, cloud: Cloud) => string>> = {
  'AWS::S3::Bucket': (name) => `arn:aws:s3:::${name}`,
  'AWS::DynamoDB::Table': (name, at) => `arn:aws:dynamodb:${at.region}:${at.accountId}:table/${name}`,
  'AWS::Lambda::Function': (name, at) => `arn:aws:lambda:${at.region}:${at.accountId}:function:${name}`,
  'AWS::StepFunctions::StateMachine': (name, at) => `arn:aws:states:${at.region}:${at.accountId}:stateMachine:${name}`,
  'AWS::SQS::Queue': (name, at) => `arn:aws:sqs:${at.region}:${at.accountId}:${name}`,
  'AWS::SNS::Topic': (name, at) => `arn:aws:sns:${at.region}:${at.accountId}:${name}`,
  'AWS::IAM::Role': (name, at) => `arn:aws:iam::${at.accountId}:role/${name}`,
  'AWS::Logs::LogGroup': (name, at) => `arn:aws:logs:${at.region}:${at.accountId}:log-group:${name}:*`,
  'AWS::KMS::Key': (name, at) => `arn:aws:kms:${at.region}:${at.accountId}:key/${name}`,
  'AWS::Events::Rule': (name, at) => `arn:aws:events:${at.region}:${at.accountId}:rule/${name}`,
  'AWS::ECS::Cluster': (name, at) => `arn:aws:ecs:${at.region}:${at.accountId}:cluster/${name}`,
  'AWS::CloudWatch::Alarm': (name, at) => `arn:aws:cloudwatch:${at.region}:${at.accountId}:alarm:${name}`,
};

/** Types whose reference is the ARN; of all others it is the name. */
const refersByArn: ReadonlySet<string> = new Set(['AWS::StepFunctions::StateMachine', 'AWS::SNS::Topic']);

/** What `Ref` gives. */
export const refOf = ({ Type }: TemplateResource, name: string, cloud: Cloud): string => {
  if (Type === 'AWS::SQS::Queue') return `https://sqs.${cloud.region}.amazonaws.com/${cloud.accountId}/${name}`;
  return refersByArn.has(Type) ? arns[Type]!(name, cloud) : name;
};

/** @throws Error for what is not known */
export const attributeOf = ({ Type }: TemplateResource, name: string, attribute: string, cloud: Cloud): string => {
  const arn = arns[Type];
  if (attribute === 'Arn' && arn !== undefined) return arn(name, cloud);
  if (attribute === 'TopicArn' && arn !== undefined) return arn(name, cloud);
  if (Type === 'AWS::SQS::Queue' && attribute === 'QueueName') return name;
  if (Type === 'AWS::StepFunctions::StateMachine' && attribute === 'Name') return name;
  if (Type === 'AWS::EC2::SecurityGroup' && attribute === 'GroupId') return name;
  if (Type === 'AWS::ApiGatewayV2::Api' && attribute === 'ApiEndpoint')
    return `https://${name}.execute-api.${cloud.region}.amazonaws.com`;
  throw new Error(`the attribute ${attribute} of ${Type} is not known here`);
};
