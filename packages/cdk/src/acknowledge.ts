import { Stack, Validations } from 'aws-cdk-lib';
import { CfnPolicy } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { ChunkQueue } from './chunk-queue.ts';
import { DeadLetters } from './dead-letters.ts';
import { UploadTrigger } from './upload-trigger.ts';

/** What is accepted, and why. */
export interface Acknowledgement {
  readonly reason: string;
  /** Ids of the findings, each for one resource or kind, and the construct below which they are meant. */
  readonly findings: readonly { readonly id: string; readonly at: IConstruct }[];
}

/** A value of a template as cdk-nag writes it in the ids of its findings: `<Logical.Arn>/input/*`. */
const flat = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const [[name, of]] = Object.entries(value as object) as [[string, unknown]];
  if (name === 'Fn::Join') return (of as [string, unknown[]])[1].map(flat).join((of as [string])[0]);
  if (name === 'Fn::GetAtt') return `<${(of as string[]).join('.')}>`;
  return name === 'Ref' ? `<${of as string}>` : JSON.stringify(value);
};

/** Resources with a `*` in them that the policies below a construct allow. */
const wildcards = (scope: IConstruct): ReadonlySet<string> => {
  const found = new Set<string>();
  for (const policy of scope.node.findAll().filter((node) => node instanceof CfnPolicy)) {
    const document = Stack.of(policy).resolve(policy.policyDocument) as {
      Statement: readonly { Resource: unknown }[];
    };
    for (const { Resource } of document.Statement)
      for (const resource of [Resource].flat().map(flat)) if (resource.includes('*')) found.add(resource);
  }
  return found;
};

/** `*` alone, and below the prefix of a place or the executions of one state machine: what of these a policy may not be without. */
const isBelow = (resource: string): boolean =>
  /^(?:<[A-Za-z0-9]+\.Arn>|arn:[^*]*)[/:][^*]*(?:\*\/[a-z]+\/)?\*$/.test(resource);

/**
 * What cdk-nag's packs AwsSolutions and Serverless find in a pipeline and cannot be otherwise, finding by finding: four
 * reasons. Anything else that they find stays a finding.
 *
 * @example
 * acknowledgements(pipeline).map(({ reason }) => reason);
 */
export const acknowledgements = (scope: IConstruct): readonly Acknowledgement[] => {
  const resources = [...wildcards(scope)];
  const iam5 = (wanted: (resource: string) => boolean) =>
    resources.filter(wanted).map((resource) => ({ id: `AwsSolutions-IAM5[Resource::${resource}]`, at: scope }));
  const all = scope.node.findAll();
  return [
    {
      reason:
        'Objects and executions get their names while a batch runs, revisions of a task when it is deployed. Each grant ends at the prefix of one place, the executions of one state machine, or one task.',
      findings: iam5((resource) => resource !== '*' && isBelow(resource)),
    },
    {
      reason:
        'X-Ray, the delivery of logs and the token for image registries know no resources: AWS allows these actions on * alone.',
      findings: iam5((resource) => resource === '*'),
    },
    {
      reason: 'It is the dead-letter queue itself; what arrives there raises an alarm.',
      findings: all
        .filter((node) => node instanceof DeadLetters)
        .map((at) => ({ id: 'Serverless-SQSRedrivePolicy', at })),
    },
    {
      reason:
        'Lambda takes failure destinations for streams alone; the queue behind this mapping has its dead letters.',
      findings: all
        .filter((node) => node instanceof UploadTrigger || node instanceof ChunkQueue)
        .map((at) => ({ id: 'Serverless-LambdaEventSourceMappingDestination', at })),
    },
  ].filter(({ findings }) => findings.length > 0);
};

/**
 * Acknowledges the findings of `acknowledgements`. Call it when the pipeline has all its permissions.
 *
 * @example
 * acknowledgeFindings(pipeline);
 * Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
 */
export const acknowledgeFindings = (scope: IConstruct): void => {
  for (const { reason, findings } of acknowledgements(scope))
    for (const { id, at } of findings) Validations.of(at).acknowledge({ id, reason });
};
