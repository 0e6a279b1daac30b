import { ApiError } from '../api/api-error.ts';
import { StateError } from '../data/errors.ts';
import { isObject, type Json, type JsonObject } from '../data/json.ts';
import { printTimestamp } from '../data/timestamp.ts';
import type { Execution } from '../engine/execution.ts';
import { stopExecution } from '../engine/lifecycle.ts';
import { requestExecution } from '../engine/request-execution.ts';
import type { TaskCall } from './connectors.ts';
import type { Pattern } from './resource.ts';

/** `arn:aws:states:::states:startExecution`, alone, with `.sync`, `.sync:2` or `.waitForTaskToken`. */
export function startExecutionTask(pattern: Pattern): (call: TaskCall) => Promise<Json> {
  return async (call) => {
    const { engine } = call;
    const { StateMachineArn, Input = {}, Name } = call.parameters as JsonObject;
    let nested: Execution;
    try {
      nested = requestExecution(engine, {
        stateMachineArn: String(StateMachineArn),
        input: typeof Input === 'string' ? Input : JSON.stringify(Input),
        ...(typeof Name === 'string' && { name: Name }),
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new StateError(
        `StepFunctions.${error.code}Exception`,
        `${error.message} (Service: AWSStepFunctions; Status Code: 400; Error Code: ${error.code})`,
      );
    }
    const started: Json = { ExecutionArn: nested.arn, StartDate: printTimestamp(nested.startMs) };
    if (pattern !== 'sync' && pattern !== 'sync:2') return started;
    call.submitted(started);
    const stop = (): void => stopExecution(engine, nested, {});
    call.signal.addEventListener('abort', stop, { once: true });
    await nested.ended;
    call.signal.removeEventListener('abort', stop);
    const description = describe(nested, pattern === 'sync:2');
    if (nested.status !== 'SUCCEEDED') throw new StateError('States.TaskFailed', JSON.stringify(description));
    return description;
  };
}

/** DescribeExecution's members in alphabetical order, as the service prints them; `.sync:2` gives JSON, `.sync` text. */
function describe(execution: Execution, asJson: boolean): JsonObject {
  const text = (value: { text: string; json: Json }): Json => (asJson ? value.json : value.text);
  const failed = execution.status !== 'SUCCEEDED';
  const description: { [key: string]: Json | undefined } = {
    Cause: execution.cause,
    Error: execution.error ?? (execution.status === 'TIMED_OUT' ? 'States.Timeout' : undefined),
    ExecutionArn: execution.arn,
    Input: failed ? execution.input.text : text(execution.input),
    InputDetails: { Included: true },
    Name: execution.name,
    Output: execution.output && text(execution.output),
    OutputDetails: execution.output && { Included: true },
    StartDate: printTimestamp(execution.startMs),
    StateMachineArn: execution.machine.arn,
    Status: execution.status,
    StopDate: execution.stopMs === undefined ? undefined : printTimestamp(execution.stopMs),
  };
  const defined = Object.entries(description).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  const object: Json = Object.fromEntries(defined);
  return isObject(object) ? object : {};
}
