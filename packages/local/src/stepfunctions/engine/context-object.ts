import type { Json, JsonObject } from '../data/json.ts';
import { printTimestamp } from '../data/timestamp.ts';
import type { State } from '../definition.ts';
import type { Thread } from './execution.ts';

/** What changes from attempt to attempt of a state. */
export interface StateContext {
  readonly name: string;
  readonly state: State;
  readonly enteredMs: number;
  retryCount: number;
  taskToken?: string;
  /** Parts of the state failed in this attempt: its history says so unless it is tried again. */
  partsFailed?: boolean;
  /** Overrides `$$.Map` while a Map state builds its items. */
  map?: Json;
}

/**
 * The context object (`$$`).
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
 */
export function contextObject(thread: Thread, current: StateContext): Json {
  const { execution } = thread;
  const state: JsonObject = { Name: current.name, EnteredTime: printTimestamp(current.enteredMs) };
  if (['Task', 'Parallel', 'Map'].includes(current.state.Type)) state.RetryCount = current.retryCount;
  const context: JsonObject = {
    Execution: {
      Id: execution.arn,
      Input: execution.input.json,
      StartTime: printTimestamp(execution.startMs),
      Name: execution.name,
      RoleArn: execution.machine.roleArn,
      RedriveCount: execution.redriveCount,
      ...(execution.redriveMs !== undefined && { RedriveTime: printTimestamp(execution.redriveMs) }),
    },
    StateMachine: { Id: execution.machine.arn, Name: execution.machine.name },
    State: state,
  };
  const map = current.map ?? thread.mapContext;
  if (map !== undefined) context.Map = map;
  if (current.taskToken !== undefined) context.Task = { Token: current.taskToken };
  return context;
}
