import { Cancelled, StateError } from '../data/errors.ts';
import type { Json } from '../data/json.ts';
import type { Engine } from '../engine/engine.ts';
import type { TaskCall } from './connectors.ts';
import type { ParsedResource } from './resource.ts';

interface Sendable {
  send(command: unknown, options: { abortSignal: AbortSignal }): Promise<Record<string, unknown>>;
}

interface Service {
  /** As it stands before the dot in error names. */
  readonly errorPrefix: string;
  readonly load: () => Promise<Record<string, unknown>>;
  readonly client: (engine: Engine, roleArn: string) => Sendable | undefined;
}

const SERVICES: Readonly<Record<string, Service>> = {
  s3: {
    errorPrefix: 'S3',
    load: () => import('@aws-sdk/client-s3'),
    client: (engine, role) => engine.s3(role) as unknown as Sendable,
  },
  dynamodb: {
    errorPrefix: 'DynamoDb',
    load: () => import('@aws-sdk/client-dynamodb'),
    client: (engine, role) => engine.aws.dynamodb?.(role) as unknown as Sendable | undefined,
  },
  sesv2: {
    errorPrefix: 'SesV2',
    load: () => import('@aws-sdk/client-sesv2'),
    client: (engine, role) => engine.aws.sesv2?.(role) as unknown as Sendable | undefined,
  },
};

/** The actions that the optimised DynamoDB integration has. */
const OPTIMISED_DYNAMODB = new Set(['getItem', 'putItem', 'updateItem', 'deleteItem']);

type SdkResource = Extract<ParsedResource, { kind: 'integration' | 'aws-sdk' }>;

function commandName(action: string): string {
  return `${action[0]!.toUpperCase()}${action.slice(1)}Command`;
}

/** Says why an AWS SDK task cannot run here, or undefined when it can. */
export async function sdkTaskProblem(engine: Engine, resource: SdkResource): Promise<string | undefined> {
  const service = Object.hasOwn(SERVICES, resource.service) ? SERVICES[resource.service] : undefined;
  if (!service) return `the service '${resource.service}' is not supported`;
  if (resource.kind === 'integration' && !OPTIMISED_DYNAMODB.has(resource.action))
    return `the action '${resource.action}' is not supported`;
  if (!service.client(engine, '')) return `no client for '${resource.service}' was given`;
  const commands = await service.load();
  return typeof commands[commandName(resource.action)] === 'function'
    ? undefined
    : `'${resource.service}' has no action '${resource.action}'`;
}

/** `arn:aws:states:::aws-sdk:<service>:<action>` and the optimised DynamoDB actions: the SDK command of that name. */
export function awsSdkTask(resource: SdkResource): (call: TaskCall) => Promise<Json> {
  return async ({ engine, execution, parameters, signal }) => {
    const service = SERVICES[resource.service]!;
    const Command = (await service.load())[commandName(resource.action)] as new (input: unknown) => unknown;
    try {
      const { $metadata: _, ...answer } = await service
        .client(engine, execution.machine.roleArn)!
        .send(new Command(requestOf(parameters)), { abortSignal: signal });
      return await asJson(answer);
    } catch (error) {
      if (signal.aborted && signal.reason instanceof Cancelled) throw signal.reason;
      throw sdkError(error, resource.kind === 'integration' ? 'DynamoDB' : service.errorPrefix);
    }
  };
}

/** A body given as JSON is sent as JSON text, a text as it is. */
function requestOf(parameters: Json): unknown {
  const { Body, ...rest } = parameters as Record<string, Json>;
  if (Body === undefined) return parameters;
  return { ...rest, Body: typeof Body === 'string' ? Body : JSON.stringify(Body) };
}

async function asJson(value: unknown): Promise<Json> {
  if (value === null || typeof value !== 'object') return (value ?? null) as Json;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if ('transformToString' in value) return (value as { transformToString(): Promise<string> }).transformToString();
  if (Array.isArray(value)) return Promise.all(value.map(asJson));
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    await Promise.all(entries.map(async ([key, inner]) => [key, await asJson(inner)] as const)),
  );
}

/** An error of the SDK as a state sees it. */
export function sdkError(error: unknown, prefix: string): StateError {
  const {
    name = 'Unknown',
    message = String(error),
    $metadata,
  } = error as Error & { $metadata?: { httpStatusCode?: number; requestId?: string } };
  const code = $metadata?.httpStatusCode;
  // Without an answer from the service the SDK itself failed.
  if (code === undefined) return new StateError(`${prefix}.SdkClientException`, message);
  const exception = name.endsWith('Exception') ? name : `${name}Exception`;
  return new StateError(
    `${prefix}.${exception}`,
    `${message} (Service: ${prefix}, Status Code: ${code}, Request ID: ${$metadata?.requestId ?? ''})`,
  );
}
