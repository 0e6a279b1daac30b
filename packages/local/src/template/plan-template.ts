import { checkParameters } from './check-parameters.ts';
import { notRunLines } from './not-run.ts';
import { planApi } from './plan-api.ts';
import { planTasks } from './plan-tasks.ts';
import type { SynthesisedStack } from './read-assembly.ts';
import { type ResolvedResource, type ResolveOptions, resolveTemplate, type Template } from './resolve-template.ts';
import { rolesOf } from './role-policies.ts';
import type { KeyAttribute, PlannedFunction, PlannedMachine, PlannedTable, TemplatePlan } from './template-plan.ts';

/** How a template is filled in. */
export interface PlanOptions extends Pick<ResolveOptions, 'parameters' | 'names'> {
  /** Variables that every function and task gets beside its own. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
}

type Properties = ResolvedResource['properties'];

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The end of an ARN that has a name there. */
const nameIn = (arn: unknown): string => String(arn).split(':').at(-1)!;

/** With or without the hash that the CDK ends logical ids with. */
const namesById = (
  { Resources }: Template,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(Resources).flatMap(([id, { Type, Properties = {} }]) => {
      const name = given[id] ?? given[id.replace(/[0-9A-F]{8}$/, '')];
      if (name !== undefined) return [[id, name]];
      // Names of buckets have no capital letters; those of functions and rules have 64 characters at most.
      if (Type === 'AWS::S3::Bucket' && Properties.BucketName === undefined)
        return [[id, id.toLowerCase().slice(0, 63)]];
      return id.length > 64 && (Type === 'AWS::Lambda::Function' || Type === 'AWS::Events::Rule')
        ? [[id, id.slice(-64)]]
        : [];
    }),
  );

const table = (tableName: string, properties: Properties): PlannedTable => {
  const types = new Map(
    (properties.AttributeDefinitions as { AttributeName: string; AttributeType: KeyAttribute['type'] }[]).map(
      ({ AttributeName, AttributeType }) => [AttributeName, AttributeType],
    ),
  );
  const key = (kind: string): KeyAttribute | undefined => {
    const found = (properties.KeySchema as { AttributeName: string; KeyType: string }[]).find(
      ({ KeyType }) => KeyType === kind,
    );
    return found === undefined ? undefined : { name: found.AttributeName, type: types.get(found.AttributeName)! };
  };
  const sortKey = key('RANGE');
  return { tableName, partitionKey: key('HASH')!, ...(sortKey === undefined ? {} : { sortKey }) };
};

const queueAttributes = (properties: Properties): Readonly<Record<string, string>> => {
  const names = [
    ...['DelaySeconds', 'MaximumMessageSize', 'MessageRetentionPeriod', 'ReceiveMessageWaitTimeSeconds'],
    ...['VisibilityTimeout', 'RedrivePolicy', 'FifoQueue'],
  ];
  return Object.fromEntries(
    names.filter((name) => properties[name] !== undefined).map((name) => [name, text(properties[name])]),
  );
};

const planFunction = (
  id: string,
  { name, properties }: ResolvedResource,
  files: SynthesisedStack['files'],
  environment: Readonly<Record<string, string>>,
): PlannedFunction => {
  const { S3Key } = (properties.Code ?? {}) as { readonly S3Key?: string };
  const folder = S3Key === undefined ? undefined : files.get(S3Key);
  if (folder === undefined)
    throw new Error(`the function ${id} has no bundle in the folder: its code is not a file asset`);
  const [module, handler] = String(properties.Handler).split('.');
  if (module !== 'index' || handler === undefined)
    throw new Error(`the handler of ${id} must be index.<export>, got ${String(properties.Handler)}`);
  const { Variables = {} } = (properties.Environment ?? {}) as {
    readonly Variables?: Readonly<Record<string, unknown>>;
  };
  const { TargetArn } = (properties.DeadLetterConfig ?? {}) as { readonly TargetArn?: string };
  const { ReservedConcurrentExecutions: reserved } = properties;
  return {
    name,
    file: `${folder}/index.mjs`,
    handler,
    environment: {
      ...Object.fromEntries(Object.entries(Variables).map(([key, value]) => [key, String(value)])),
      ...environment,
    },
    timeoutSeconds: Number(properties.Timeout ?? 3),
    memoryMb: Number(properties.MemorySize ?? 128),
    ...(reserved === undefined ? {} : { reservedConcurrency: Number(reserved) }),
    roleArn: String(properties.Role),
    ...(TargetArn === undefined ? {} : { deadLetters: nameIn(TargetArn) }),
  };
};

const machine = ({ name, ref, properties }: ResolvedResource): PlannedMachine => {
  const { DefinitionString, Definition, DefinitionSubstitutions = {}, RoleArn } = properties;
  const given = DefinitionString === undefined ? JSON.stringify(Definition) : String(DefinitionString);
  const filled = Object.entries(DefinitionSubstitutions as Readonly<Record<string, unknown>>).reduce(
    (all, [key, value]) => all.replaceAll(`\${${key}}`, String(value)),
    given,
  );
  return { name, arn: ref, definition: JSON.parse(filled), roleArn: String(RoleArn) };
};

/**
 * Reads out of a synthesised stack what the local stack runs, with everything filled in.
 *
 * @throws Error for what the template has and cannot be run as it says: a function without a bundle in the folder, a role
 * with managed policies, an attribute that is not known
 * @example
 * const plan = planTemplate(await readAssembly('cdk.out'), { region: 'us-east-1', accountId: '000000000000' });
 */
export const planTemplate = (
  { name: stackName, template, files, images }: SynthesisedStack,
  place: { readonly region: string; readonly accountId: string },
  { parameters = {}, names = {}, environment = {} }: PlanOptions = {},
): TemplatePlan => {
  checkParameters(stackName, template.Parameters ?? {}, parameters);
  const resources = resolveTemplate(template, {
    ...place,
    ...{ parameters, stackName, names: namesById(template, names) },
  });
  const ofType = (type: string): readonly (readonly [string, ResolvedResource])[] =>
    Object.entries(resources).filter(([, resource]) => resource.type === type);
  return {
    stackName,
    buckets: ofType('AWS::S3::Bucket').map(([, { name, properties }]) => ({
      name,
      versioned: (properties.VersioningConfiguration as { Status?: string } | undefined)?.Status === 'Enabled',
      tags: Object.fromEntries(
        ((properties.Tags ?? []) as readonly { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]),
      ),
    })),
    tables: ofType('AWS::DynamoDB::Table').map(([, { name, properties }]) => table(name, properties)),
    functions: ofType('AWS::Lambda::Function').map(([id, fn]) => planFunction(id, fn, files, environment)),
    queues: ofType('AWS::SQS::Queue').map(([, { name, properties }]) => ({
      name,
      attributes: queueAttributes(properties),
    })),
    rules: ofType('AWS::Events::Rule').map(([, { name, properties }]) => ({
      name,
      enabled: properties.State !== 'DISABLED',
      pattern: properties.EventPattern,
      targets: (properties.Targets ?? []) as TemplatePlan['rules'][number]['targets'],
    })),
    sources: ofType('AWS::Lambda::EventSourceMapping').map(([, { properties }]) => {
      const { ScalingConfig = {}, FunctionResponseTypes = [] } = properties;
      const { MaximumConcurrency } = ScalingConfig as { readonly MaximumConcurrency?: number };
      return {
        queue: nameIn(properties.EventSourceArn),
        functionName: nameIn(properties.FunctionName),
        batchSize: Number(properties.BatchSize ?? 10),
        windowSeconds: Number(properties.MaximumBatchingWindowInSeconds ?? 0),
        ...(MaximumConcurrency === undefined ? {} : { maximumConcurrency: Number(MaximumConcurrency) }),
        reportBatchItemFailures: (FunctionResponseTypes as readonly string[]).includes('ReportBatchItemFailures'),
      };
    }),
    machines: ofType('AWS::StepFunctions::StateMachine').map(([, resource]) => machine(resource)),
    api: planApi(resources),
    clusters: ofType('AWS::ECS::Cluster').map(([, { name }]) => name),
    tasks: planTasks(resources, images, environment),
    roles: rolesOf(resources, place),
    notRun: notRunLines(resources),
  };
};
