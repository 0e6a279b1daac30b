import { type ObjectRef, PipelineConfigError } from '@pipeline/core';

/** Environment variables through which a container task is told what to do. */
export const taskVariables = {
  /** The event, as JSON in base64. */
  event: 'PIPELINE_EVENT',
  /** `s3://bucket/key` of the event, where it is too large for the environment. */
  eventObject: 'PIPELINE_EVENT_OBJECT',
  /** `s3://bucket/key` that the answer goes to. */
  result: 'PIPELINE_RESULT_OBJECT',
  /** Names this try. */
  attempt: 'PIPELINE_ATTEMPT',
  /** Token of the state that waits for the answer. */
  token: 'PIPELINE_TASK_TOKEN',
  /** Seconds between two signs of life to the state that waits. */
  heartbeat: 'PIPELINE_HEARTBEAT_SECONDS',
} as const;

/** What a task leaves in S3. */
export type TaskOutcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: { readonly name: string; readonly message: string } };

/**
 * Bytes of base64 that an event may take in the environment. ECS takes 8 KiB for all overrides of a task; the rest is for
 * the other variables and the JSON around them, a task token having up to 2 KiB.
 */
export const mostEventBytes = 5 * 1024;

/**
 * How an event reaches a task: in its environment, or, above `mostEventBytes`, through an object.
 *
 * @param place - where the object would lie
 * @example
 * const { variables, object } = encodeEvent(event, { bucket: 'work', key: 'batches/b1/tasks/1.event.json' });
 * if (object !== undefined) await writeJson(store, object, event);
 */
export const encodeEvent = (
  event: unknown,
  place: ObjectRef,
): { readonly variables: Readonly<Record<string, string>>; readonly object?: ObjectRef } => {
  const text = Buffer.from(JSON.stringify(event)).toString('base64');
  if (text.length <= mostEventBytes) return { variables: { [taskVariables.event]: text } };
  return { variables: { [taskVariables.eventObject]: `s3://${place.bucket}/${place.key}` }, object: place };
};

/** What a task is told, read from its environment. */
export interface TaskOrder {
  /** The event itself, or where it lies. */
  readonly event: { readonly value: unknown } | { readonly object: ObjectRef };
  readonly result: ObjectRef | undefined;
  readonly token: string | undefined;
  /** @default none */
  readonly heartbeatSeconds: number | undefined;
  readonly attempt: string | undefined;
}

const refOf = (name: string, text: string): ObjectRef => {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(text) ?? [];
  if (bucket === undefined || key === undefined) throw wrong(name, 's3://bucket/key', text);
  return { bucket, key };
};

const wrong = (option: string, expected: string, got: string): PipelineConfigError =>
  new PipelineConfigError('CONFIG_INVALID', { option, expected, got });

const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

/**
 * Reads what a task is told.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` for a variable that is missing or not what it should be; an event is not quoted
 * @example
 * const { event, token } = readOrder(process.env);
 */
export const readOrder = (env: Readonly<Record<string, string | undefined>>): TaskOrder => {
  const [inline, object] = [given(env[taskVariables.event]), given(env[taskVariables.eventObject])];
  if ((inline === undefined) === (object === undefined))
    throw wrong(
      `${taskVariables.event} or ${taskVariables.eventObject}`,
      'given, one of them',
      inline ? 'both' : 'none',
    );
  const result = given(env[taskVariables.result]);
  const heartbeat = given(env[taskVariables.heartbeat]);
  if (heartbeat !== undefined && !/^[1-9]\d{0,5}$/.test(heartbeat))
    throw wrong(taskVariables.heartbeat, 'a whole number of seconds from 1', heartbeat);
  return {
    event: object === undefined ? { value: decode(inline!) } : { object: refOf(taskVariables.eventObject, object) },
    result: result === undefined ? undefined : refOf(taskVariables.result, result),
    token: given(env[taskVariables.token]),
    heartbeatSeconds: heartbeat === undefined ? undefined : Number(heartbeat),
    attempt: given(env[taskVariables.attempt]) ?? containerId(env.ECS_CONTAINER_METADATA_URI_V4),
  };
};

const decode = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, 'base64').toString());
  } catch {
    throw wrong(taskVariables.event, 'JSON in base64', `${text.length} characters of something else`);
  }
};

/**
 * The agent's address of a container ends in its id, which is unique and given by the platform:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
 */
const containerId = (uri: string | undefined): string | undefined => /\/([A-Za-z0-9-]+)\/?$/.exec(uri ?? '')?.[1];
