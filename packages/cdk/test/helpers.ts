import { type ResolvedResource, resolveTemplate, type Template as TemplateText } from '@pipeline/local';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { type Bundler, CsvPipeline, type CsvPipelineProps, type FunctionSettings } from '../src/index.ts';

/** The first template loads the CDK, which takes a while on a busy machine. */
export const synthMs = 60_000;

/** Bundles nothing: the templates are the same but for the code. */
export const noBundles: Bundler = (entries) =>
  Object.fromEntries(
    Object.keys(entries).map((name) => [name, Code.fromInline(`export const handler = async () => '${name}';`)]),
  );

const fn = (name: string): FunctionSettings => ({ entry: `/app/functions/${name}.ts` });

export const allFunctions = {
  intake: fn('intake'),
  split: fn('split'),
  scan: fn('scan'),
  process: fn('process'),
  resolve: fn('resolve'),
  merge: fn('merge'),
  archive: fn('archive'),
  notify: fn('notify'),
  failure: fn('failure'),
  replay: fn('replay'),
} satisfies CsvPipelineProps['functions'];

/** What a user has to say, and no more. */
export const leastProps: CsvPipelineProps = {
  retain: 'nothing',
  functions: allFunctions,
  mail: { identity: 'example.com', sender: 'pipeline@example.com' },
  bundler: noBundles,
};

/** All that a pipeline does only when it is asked to. */
export const allParts = {
  functions: { ...allFunctions, queue: fn('queue') },
  eventSource: 'orders',
  maxBatches: 20,
  containers: {
    worker: { image: ContainerImage.fromRegistry('example.com/worker') },
    coordinator: { image: ContainerImage.fromRegistry('example.com/coordinator') },
  },
} satisfies Partial<CsvPipelineProps>;

export interface Made {
  readonly app: App;
  readonly stack: Stack;
  readonly pipeline: CsvPipeline;
}

/** A stack with a pipeline; `before` may put something beside it. */
export const makePipeline = (
  props: Partial<CsvPipelineProps> | ((stack: Stack) => Partial<CsvPipelineProps>) = {},
): Made => {
  const app = new App({ context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
  const stack = new Stack(app, 'Test');
  const own = typeof props === 'function' ? props(stack) : props;
  return { app, stack, pipeline: new CsvPipeline(stack, 'Pipeline', { ...leastProps, ...own }) };
};

export const templateOf = ({ stack }: Made): TemplateText =>
  Template.fromStack(stack).toJSON() as unknown as TemplateText;

export const resourcesOf = (made: Made): Readonly<Record<string, ResolvedResource>> =>
  resolveTemplate(templateOf(made));

/** The resources of a type, with their logical ids. */
export const ofType = (resources: Readonly<Record<string, ResolvedResource>>, type: string) =>
  Object.entries(resources).filter(([, resource]) => resource.type === type);

/** The definition of a state machine as it is deployed. */
export const definitionsOf = (
  resources: Readonly<Record<string, ResolvedResource>>,
): readonly Record<string, unknown>[] =>
  ofType(resources, 'AWS::StepFunctions::StateMachine').map(
    ([, { properties }]) => JSON.parse(String(properties.DefinitionString)) as Record<string, unknown>,
  );

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

/** What the identity policies of a template allow, with the policy's logical id. */
export const allowed = (
  resources: Readonly<Record<string, ResolvedResource>>,
): readonly { readonly id: string; readonly actions: readonly string[]; readonly on: readonly string[] }[] =>
  ofType(resources, 'AWS::IAM::Policy').flatMap(([id, { properties }]) =>
    (properties.PolicyDocument as { Statement: readonly Statement[] }).Statement.filter(
      ({ Effect }) => Effect === 'Allow',
    ).map(({ Action, Resource }) => ({ id, actions: [Action].flat(), on: [Resource].flat() })),
  );

/** The logical id of the first resource of a type with `part` in its id. */
export const idOf = (resources: Readonly<Record<string, ResolvedResource>>, type: string, part: string): string => {
  const found = ofType(resources, type).find(([id]) => id.includes(part));
  if (found === undefined) throw new Error(`no ${type} with ${part}`);
  return found[0];
};
