import { StateError } from '../data/errors.ts';
import type { Json } from '../data/json.ts';
import type { Engine } from '../engine/engine.ts';
import type { Execution } from '../engine/execution.ts';
import { awsSdkTask } from './aws-sdk-task.ts';
import { runTaskTask } from './ecs-task.ts';
import { invokeFunction, lambdaInvokeTask } from './lambda-task.ts';
import { type Pattern, parseResource } from './resource.ts';
import { startExecutionTask } from './start-execution-task.ts';

/** One call of a task. */
export interface TaskCall {
  readonly engine: Engine;
  readonly execution: Execution;
  readonly parameters: Json;
  readonly signal: AbortSignal;
  /** Records that the service took the request, for tasks that go on after that. */
  readonly submitted: (output: Json) => void;
}

/** What runs the tasks of one Resource. */
export interface Connector {
  readonly resourceType: string;
  readonly resource: string;
  readonly pattern: Pattern;
  /** Set when the Resource is a function's ARN. */
  readonly lambdaArn?: string;
  run(call: TaskCall): Promise<Json>;
}

/** The connector of a Resource; unsupported ones were refused when the state machine was created. */
export function connectorFor(engine: Engine, resource: string): Connector {
  const parsed = parseResource(resource);
  const custom = engine.customTasks[resource];
  if (parsed.kind === 'lambda-arn' && !custom) {
    const { functionName } = parsed;
    return {
      resourceType: 'lambda',
      resource: 'function',
      pattern: '',
      lambdaArn: resource,
      run: async (call) => invokeFunction(call, functionName, JSON.stringify(call.parameters)),
    };
  }
  if (parsed.kind !== 'integration' && parsed.kind !== 'aws-sdk')
    throw new StateError('States.Runtime', `${resource} is not supported`);
  const { service, action, pattern } = parsed;
  const suffix = pattern === '' ? '' : `.${pattern}`;
  return {
    resourceType: parsed.kind === 'aws-sdk' ? `aws-sdk:${service}` : service,
    resource: `${action}${suffix}`,
    pattern,
    run: custom
      ? ({ parameters, signal }) => custom({ resource, parameters, signal })
      : parsed.kind === 'aws-sdk' || service === 'dynamodb'
        ? awsSdkTask(parsed)
        : service === 'lambda'
          ? lambdaInvokeTask
          : service === 'ecs'
            ? runTaskTask(pattern)
            : startExecutionTask(pattern),
  };
}
