import { isObject } from '../data/json.ts';
import type { State } from '../definition.ts';
import { sdkTaskProblem } from '../tasks/aws-sdk-task.ts';
import { parseResource } from '../tasks/resource.ts';
import type { CheckScope } from './check-flow.ts';
import { UNSUPPORTED } from './problem.ts';

const LAMBDA_PARAMETERS = new Set(['FunctionName', 'Payload', 'Qualifier', 'InvocationType']);
const START_PARAMETERS = new Set(['StateMachineArn', 'Input', 'Name']);
const START_PATTERNS = new Set(['', 'sync', 'sync:2', 'waitForTaskToken']);
/** https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html */
const RUN_TASK_PARAMETERS = new Set([
  ...['Cluster', 'Group', 'LaunchType', 'NetworkConfiguration', 'Overrides', 'PlacementConstraints'],
  ...['PlacementStrategy', 'PlatformVersion', 'PropagateTags', 'TaskDefinition', 'EnableExecuteCommand'],
]);
const RUN_TASK_PATTERNS = new Set(['', 'sync', 'waitForTaskToken']);

/** Checks that a Task's Resource and Parameters are ones this stand-in runs. */
export async function checkTask(name: string, state: State, at: string, scope: CheckScope): Promise<void> {
  const { engine, report, express } = scope;
  if (typeof state.Resource !== 'string') return report(`The state '${name}' has no Resource`, at);
  const refuse = (why: string): void =>
    report(`The state '${name}' cannot run here: ${why} (Resource ${state.Resource})`, `${at}/Resource`, UNSUPPORTED);
  const resource = parseResource(state.Resource);
  const pattern = 'pattern' in resource ? resource.pattern : '';
  if (express && pattern !== '') {
    report(`Express workflows do not support '.${pattern}' (state '${name}')`, `${at}/Resource`);
  }
  if (Object.hasOwn(engine.customTasks, state.Resource)) return;
  if (resource.kind === 'lambda-arn') return;
  if (resource.kind === 'activity') return refuse('activities are not supported');
  if (resource.kind === 'unknown') return refuse('the Resource is not known');
  if (resource.kind === 'aws-sdk') {
    if (pattern !== '' && pattern !== 'waitForTaskToken') return refuse(`'.${pattern}' is not supported`);
    const problem = await sdkTaskProblem(engine, resource);
    return problem === undefined ? undefined : refuse(problem);
  }
  const { service, action } = resource;
  if (service === 'lambda' && action === 'invoke' && (pattern === '' || pattern === 'waitForTaskToken')) {
    return checkLambdaParameters(name, state, at, scope);
  }
  if (service === 'states' && action === 'startExecution' && START_PATTERNS.has(pattern)) {
    return checkParameterNames(name, state, START_PARAMETERS, at, scope);
  }
  if (service === 'ecs' && action === 'runTask' && RUN_TASK_PATTERNS.has(pattern)) {
    if (engine.aws.ecs === undefined) return refuse("no client for 'ecs' was given");
    return checkParameterNames(name, state, RUN_TASK_PARAMETERS, at, scope);
  }
  if (service === 'dynamodb' && pattern === '') {
    const problem = await sdkTaskProblem(engine, resource);
    return problem === undefined ? undefined : refuse(problem);
  }
  refuse(`the integration '${service}:${action}${pattern && `.${pattern}`}' is not supported`);
}

function checkLambdaParameters(name: string, state: State, at: string, scope: CheckScope): void {
  checkParameterNames(name, state, LAMBDA_PARAMETERS, at, scope);
  const parameters = isObject(state.Parameters) ? state.Parameters : {};
  if (!('FunctionName' in parameters) && !('FunctionName.$' in parameters)) {
    scope.report(`The field 'FunctionName' is required by the state '${name}'`, `${at}/Parameters`);
  }
  const { InvocationType = 'RequestResponse' } = parameters;
  if (InvocationType !== 'RequestResponse' || 'InvocationType.$' in parameters) {
    scope.report(
      `The state '${name}' has an InvocationType other than RequestResponse`,
      `${at}/Parameters/InvocationType`,
      UNSUPPORTED,
    );
  }
}

function checkParameterNames(
  name: string,
  state: State,
  allowed: ReadonlySet<string>,
  at: string,
  { report }: CheckScope,
): void {
  if (!isObject(state.Parameters)) return;
  for (const key of Object.keys(state.Parameters)) {
    if (!allowed.has(key.replace(/\.\$$/, ''))) {
      report(
        `The state '${name}' has the parameter '${key}', which is not supported`,
        `${at}/Parameters/${key}`,
        UNSUPPORTED,
      );
    }
  }
}
