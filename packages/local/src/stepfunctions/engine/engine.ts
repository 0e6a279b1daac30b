import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Json } from '../data/json.ts';
import type { TaskTokens } from '../tasks/task-tokens.ts';
import type { Clock } from './clock.ts';
import type { Registry } from './registry.ts';
import type { ExecutionStatusEvent } from './status-event.ts';

/** A call of a Lambda function. */
export interface LambdaRequest {
  /** The function's name, with `:qualifier` when the definition gives one other than `$LATEST`. */
  readonly functionName: string;
  /** JSON text. */
  readonly payload: string;
  /** Role of the state machine that calls. */
  readonly roleArn: string;
  /** Aborts when the task timed out or its execution was stopped. */
  readonly signal: AbortSignal;
}

/** What a Lambda function answered. */
export interface LambdaResponse {
  /** JSON text: the result, or the error object when `functionError` is set. */
  readonly payload: string;
  readonly functionError?: 'Unhandled' | 'Handled';
}

/** A task that the caller runs itself. */
export interface CustomTaskRequest {
  readonly resource: string;
  readonly parameters: Json;
  readonly signal: AbortSignal;
}

/** A client that calls with the role of a state machine, where roles have keys of their own. */
export type ClientOf<Client> = (roleArn: string) => Client;

/** Clients for `aws-sdk:*` and `ecs:*` tasks beside S3. */
export interface AwsClients {
  readonly ecs?: ClientOf<ECSClient>;
  readonly dynamodb?: ClientOf<DynamoDBClient>;
  readonly sesv2?: ClientOf<SESv2Client>;
}

/** What all executions share. */
export interface Engine {
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly invokeLambda: (request: LambdaRequest) => Promise<LambdaResponse>;
  readonly s3: ClientOf<S3Client>;
  readonly aws: AwsClients;
  /** Says why a role may not do what the service itself does in its name; `undefined` when it may. */
  readonly refusalOf?: (roleArn: string, action: string, resource: string) => string | undefined;
  /** Resolves when a container task stops, as an event would tell; tasks are looked at from time to time all the same. */
  readonly taskStopped?: (taskArn: string) => Promise<void>;
  readonly customTasks: Readonly<Record<string, (request: CustomTaskRequest) => Promise<Json>>>;
  readonly onStatusChange: (event: ExecutionStatusEvent) => void;
  readonly registry: Registry;
  readonly tokens: TaskTokens;
}
