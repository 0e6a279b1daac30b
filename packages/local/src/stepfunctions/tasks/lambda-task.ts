import { randomUUID } from 'node:crypto';
import { Cancelled, StateError } from '../data/errors.ts';
import { isObject, type Json, type JsonObject } from '../data/json.ts';
import type { LambdaResponse } from '../engine/engine.ts';
import type { TaskCall } from './connectors.ts';
import { bareFunctionName } from './resource.ts';

/** `arn:aws:states:::lambda:invoke`: the answer wrapped as the Invoke API gives it. */
export async function lambdaInvokeTask(call: TaskCall): Promise<Json> {
  const { FunctionName, Payload = {}, Qualifier } = call.parameters as JsonObject;
  if (typeof FunctionName !== 'string') {
    throw new StateError(
      'States.Runtime',
      `The parameter FunctionName must be a string but was ${JSON.stringify(FunctionName)}`,
    );
  }
  const name =
    typeof Qualifier === 'string' && Qualifier !== '$LATEST'
      ? `${bareFunctionName(FunctionName)}:${Qualifier}`
      : bareFunctionName(FunctionName);
  const payload = await invokeFunction(call, name, JSON.stringify(Payload));
  return {
    ExecutedVersion: '$LATEST',
    Payload: payload,
    ...responseMetadata(call, JSON.stringify(payload)),
    StatusCode: 200,
  };
}

/**
 * Calls a function and reads its answer.
 *
 * @throws StateError named after the function's `errorType`, with its error object as the cause, or after the exception
 * of the Lambda service
 */
export async function invokeFunction(call: TaskCall, functionName: string, payload: string): Promise<Json> {
  let response: LambdaResponse;
  try {
    const { roleArn } = call.execution.machine;
    response = await call.engine.invokeLambda({ functionName, payload, roleArn, signal: call.signal });
  } catch (error) {
    throw serviceError(error, call.signal);
  }
  if (response.functionError) throw functionError(response.payload);
  return parse(response.payload);
}

function parse(text: string): Json {
  if (text === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function functionError(text: string): StateError {
  const value = parse(text);
  if (isObject(value) && typeof value.errorType === 'string' && value.errorType !== '')
    return new StateError(value.errorType, text);
  return new StateError(
    'Lambda.Unknown',
    `The cause could not be determined because Lambda did not return an error type. Returned payload: ${text}`,
  );
}

function serviceError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted && signal.reason instanceof Cancelled) return signal.reason;
  const { name = '', message = String(error) } = error instanceof Error ? error : {};
  return new StateError(name.startsWith('Lambda.') ? name : 'Lambda.Unknown', message);
}

/** The metadata that AWS adds; kept because it counts towards the 256 KiB of the state's output. */
function responseMetadata({ engine }: TaskCall, body: string): JsonObject {
  const requestId = randomUUID();
  const length = String(Buffer.byteLength(body));
  const headers: Record<string, string> = {
    Connection: 'keep-alive',
    'Content-Length': length,
    'Content-Type': 'application/json',
    Date: new Date(engine.clock.now()).toUTCString(),
    'X-Amz-Executed-Version': '$LATEST',
    'x-amzn-Remapped-Content-Length': '0',
    'x-amzn-RequestId': requestId,
  };
  const all = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return {
    SdkHttpMetadata: { AllHttpHeaders: all, HttpHeaders: headers, HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId: requestId },
  };
}
