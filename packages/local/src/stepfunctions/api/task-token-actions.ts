import type { Json } from '../data/json.ts';
import { exceedsLimit } from '../data/limits.ts';
import type { Action } from './actions.ts';
import { apiError } from './api-error.ts';
import { optionalText, requireText } from './check-request.ts';

function assertAnswered(answered: boolean, token: string): void {
  if (answered) return;
  if (!Buffer.from(token, 'base64').toString().startsWith('local:'))
    throw apiError('InvalidToken', "Invalid Token: 'Invalid token'");
  throw apiError('TaskTimedOut', 'Task Timed Out: The task has ended, timed out or its execution has stopped');
}

/** SendTaskSuccess. */
export const sendTaskSuccess: Action = (engine, body) => {
  const token = requireText(body, 'taskToken');
  const output = requireText(body, 'output');
  if (exceedsLimit(output)) throw apiError('InvalidOutput', 'Invalid Output: the output exceeds 262144 bytes');
  let json: Json;
  try {
    json = JSON.parse(output) as Json;
  } catch {
    throw apiError('InvalidOutput', 'Invalid Output: the output is not valid JSON');
  }
  assertAnswered(engine.tokens.succeed(token, json), token);
  return {};
};

/** SendTaskFailure. */
export const sendTaskFailure: Action = (engine, body) => {
  const token = requireText(body, 'taskToken');
  assertAnswered(engine.tokens.fail(token, optionalText(body, 'error'), optionalText(body, 'cause')), token);
  return {};
};

/** SendTaskHeartbeat. */
export const sendTaskHeartbeat: Action = (engine, body) => {
  const token = requireText(body, 'taskToken');
  assertAnswered(engine.tokens.beat(token), token);
  return {};
};
