/** One call of a unit of work. */
export interface TargetCall {
  /** Names this try; it becomes part of the keys that an in-process worker or a task writes. */
  readonly attempt: string;
  readonly batchId: string;
  /** Ends the call. */
  readonly signal: AbortSignal;
}

/** Where work is done: in this process, by a Lambda function, by a container task. */
export interface Target<Event = unknown, Result = unknown> {
  /** For logs: `in-process`, or the function's or task's name. */
  readonly name: string;
  /** Calls at once, from 1. */
  readonly concurrency: number;
  /** Does the work; fails with an error whose `name` says what to do, as the state machine would see it. */
  run(event: Event, call: TargetCall): Promise<Result>;
}

/**
 * An error that happened elsewhere, of which only name and message came back.
 *
 * @example
 * throw remoteError('PipelineLookupError', 'LOOKUP_THROTTLED: look-up customers was throttled for 5 tries');
 */
export const remoteError = (name: string, message: string): Error => Object.assign(new Error(message), { name });
