import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { ObjectRef } from '@pipeline/core';
import type { GatedCall } from '../iam/access-gate.ts';
import type { LocalLambda, LogLine } from '../lambda/index.ts';
import type { SentMail } from '../ses/index.ts';
import type { ServiceName } from './endpoints.ts';
import type { ExecutionBook } from './executions.ts';
import type { LocalApp } from './local-app.ts';
import type { StackRoles } from './stack-access.ts';
import type { UploadOptions } from './upload.ts';

/** Fixed ports, for people who type them; any free port for what is not named. */
export interface StackPorts {
  /** @default any free port */
  readonly s3?: number;
  /** @default any free port */
  readonly dynamodb?: number;
  /** @default any free port */
  readonly ses?: number;
  /** @default any free port */
  readonly stepFunctions?: number;
  /** @default any free port */
  readonly lambda?: number;
  /** @default any free port */
  readonly api?: number;
  /** @default any free port */
  readonly sqs?: number;
  /** @default any free port */
  readonly eventBridge?: number;
  /** @default any free port */
  readonly ecs?: number;
}

/** Where the stack listens, whom it tells, and how many processes it may have. */
export interface LocalStackOptions {
  /** Ports on 127.0.0.1. @default all free ports */
  readonly ports?: StackPorts;
  /** Looked through for endpoints and credentials to use instead of the stand-ins. @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
  /** Every line that a function writes. @default nobody */
  readonly onLog?: (line: LogLine) => void;
  /** Function processes alive at a time. @default 8, or 4 more than there are cores */
  readonly maxProcesses?: number;
  /**
   * Called when an upload became a dead letter, after the retries of the trigger's function: it starts no batch then.
   * @default nobody
   */
  readonly onTriggerFailed?: (reason: string) => void;
  /** Told of every call that a role of a template made, and of what its policies did not allow. @default nobody */
  readonly onAccess?: (call: GatedCall) => void;
  /** Ends the start; what was started until then is stopped again. @default none */
  readonly signal?: AbortSignal;
}

/** A running stack with an app deployed to it. */
export interface LocalStack {
  /** The app as it was given. */
  readonly app: LocalApp;
  /** ARN of the app's state machine. */
  readonly stateMachineArn: string;
  /** ARN of the state machine that replays mended rejects; `undefined` for an app without. */
  readonly replayMachineArn: string | undefined;
  /** Addresses of the services, `http://127.0.0.1:<port>` where they are stand-ins. */
  readonly endpoints: {
    readonly s3: string;
    readonly dynamodb: string;
    readonly ses: string;
    readonly stepFunctions: string;
    readonly lambda: string;
    readonly api: string | undefined;
    readonly sqs: string;
    readonly eventBridge: string;
    /** `undefined` for an app without container tasks. */
    readonly ecs: string | undefined;
  };
  /** Services that are not stand-ins but the environment's, with their endpoints. */
  readonly outside: Readonly<Partial<Record<ServiceName, string>>>;
  /** Page of the mails that were sent; `undefined` when the environment named another SES. */
  readonly inboxUrl: string | undefined;
  /** Environment variables that lead an SDK or a newer AWS CLI to the stack. */
  readonly environment: Readonly<Record<string, string>>;
  /** SDK clients that are set up for the stack; `close` ends them too. */
  readonly clients: {
    readonly s3: S3Client;
    readonly dynamodb: DynamoDBClient;
    readonly sfn: SFNClient;
    readonly sesv2: SESv2Client;
    readonly lambda: LambdaClient;
    readonly sqs: SQSClient;
    readonly eventBridge: EventBridgeClient;
    /** `undefined` for an app without container tasks. */
    readonly ecs: ECSClient | undefined;
  };
  /** What became of the app's batches. */
  readonly executions: ExecutionBook;
  /** The functions, to be invoked or measured. */
  readonly lambda: LocalLambda;
  /** What each role of a template may do; `undefined` for an app that is none. */
  readonly roles: StackRoles | undefined;
  /** Deploys functions again as another app has them, as a change of parameters does. */
  redeploy(app: LocalApp, functionNames: readonly string[]): Promise<void>;
  /** Address of a queue of the app. */
  queueUrl(name: string): string;
  /** The mails so far, oldest first. */
  mails(): Promise<readonly SentMail[]>;
  /** Uploads a file or bytes, which starts a batch when the key fits the trigger. */
  upload(key: string, body: string | Uint8Array, options?: UploadOptions): Promise<ObjectRef>;
  /** Stops everything that was started and removes what it kept. */
  close(): Promise<void>;
}
