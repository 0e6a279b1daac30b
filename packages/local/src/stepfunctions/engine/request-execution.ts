import { randomUUID } from 'node:crypto';
import { apiError } from '../api/api-error.ts';
import { checkName } from '../api/check-request.ts';
import type { Json } from '../data/json.ts';
import { exceedsLimit, MAX_PAYLOAD_BYTES } from '../data/limits.ts';
import { executionArn } from './arns.ts';
import type { Engine } from './engine.ts';
import type { Execution } from './execution.ts';
import { launch } from './lifecycle.ts';
import type { StateMachine } from './registry.ts';

/** What StartExecution takes. */
export interface ExecutionRequest {
  readonly stateMachineArn: string;
  readonly name?: string;
  readonly input?: string;
}

/**
 * Starts an execution. The same name with the same input while the first one runs answers that one; any other use of a
 * taken name is refused.
 *
 * @throws ApiError
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export function requestExecution(engine: Engine, request: ExecutionRequest): Execution {
  const machine = findMachine(engine, request.stateMachineArn);
  const { name = randomUUID(), input: text = '{}' } = request;
  checkName(name);
  if (exceedsLimit(text)) {
    throw apiError(
      'ValidationException',
      `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${MAX_PAYLOAD_BYTES}`,
    );
  }
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    throw apiError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${(error as Error).message}'`);
  }
  const arn = executionArn(engine, machine.name, name);
  const taken = engine.registry.executions.get(arn);
  if (taken) {
    if (taken.status === 'RUNNING' && taken.input.text === text) return taken;
    throw apiError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
  }
  return launch(engine, { arn, name, machine, type: 'STANDARD', input: { json, text } });
}

/**
 * The state machine with an ARN.
 *
 * @throws ApiError
 */
export function findMachine(engine: Engine, arn: string): StateMachine {
  if (!arn.startsWith('arn:')) throw apiError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
  const machine = engine.registry.machines.get(arn);
  if (!machine) throw apiError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return machine;
}
