import { availableParallelism } from 'node:os';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { ObjectRef } from '@pipeline/core';
import { startDynamoDb } from '../dynamodb/index.ts';
import { startHttpApi } from '../http-api/index.ts';
import { type LocalLambda, type LogLine, startLambda } from '../lambda/index.ts';
import { type ObjectEvent, startS3, toEventBridgeEvent } from '../s3/index.ts';
import { type SentMail, startSes } from '../ses/index.ts';
import { type ExecutionStatusEvent, startStepFunctions } from '../stepfunctions/index.ts';
import { createCloser } from './closer.ts';
import { endpointFromEnvironment, endpointVariables, type ServiceName } from './endpoints.ts';
import { ensureBucket, ensureTable } from './ensure.ts';
import { createExecutionBook, type ExecutionBook } from './executions.ts';
import type { LocalApp } from './local-app.ts';
import { type UploadOptions, uploadObject } from './upload.ts';
import { allOrNone, orAborted } from './waiting.ts';

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
   * Called when the function of the trigger was given up on, after its retries: the upload starts no batch then.
   * @default nobody
   */
  readonly onTriggerFailed?: (reason: string) => void;
  /** Ends the start; what was started until then is stopped again. @default none */
  readonly signal?: AbortSignal;
}

/** A running stack with an app deployed to it. */
export interface LocalStack {
  /** The app as it was given. */
  readonly app: LocalApp;
  /** ARN of the app's state machine. */
  readonly stateMachineArn: string;
  /** Addresses of the services, `http://127.0.0.1:<port>` where they are stand-ins. */
  readonly endpoints: {
    readonly s3: string;
    readonly dynamodb: string;
    readonly ses: string;
    readonly stepFunctions: string;
    readonly lambda: string;
    readonly api: string | undefined;
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
  };
  /** What became of the app's batches. */
  readonly executions: ExecutionBook;
  /** The functions, to be invoked or measured. */
  readonly lambda: LocalLambda;
  /** The mails so far, oldest first. */
  mails(): Promise<readonly SentMail[]>;
  /** Uploads a file or bytes, which starts a batch when the key fits the trigger. */
  upload(key: string, body: string | Uint8Array, options?: UploadOptions): Promise<ObjectRef>;
  /** Stops everything that was started and removes what it kept. */
  close(): Promise<void>;
}

const region = 'us-east-1';
const accountId = '000000000000';

/**
 * Starts the whole stack on loopback with an app deployed to it: S3, DynamoDB, SES, Step Functions, Lambda and the API as
 * real servers that real SDK clients and the AWS CLI talk to; functions bundled as they would be deployed, in processes of
 * their own. Where the environment names an endpoint (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, …), that is used instead.
 *
 * @example
 * const stack = await startLocalStack(app);
 * await stack.upload('input/orders.csv', 'sample/orders.csv');
 * const { status } = await stack.executions.waitFor((e) => e.status !== 'RUNNING', AbortSignal.timeout(60_000));
 * await stack.close();
 */
export const startLocalStack = async (app: LocalApp, options: LocalStackOptions = {}): Promise<LocalStack> => {
  const {
    ports = {},
    environment = process.env,
    onLog,
    maxProcesses = Math.max(8, availableParallelism() + 4),
    onTriggerFailed,
    signal,
  } = options;
  const closer = createCloser();
  const executions = createExecutionBook();
  const portOf = (port: number | undefined) => (port === undefined ? {} : { port });
  try {
    const pending = new Set<Promise<unknown>>();
    let invokeLater: (functionName: string, event: unknown) => void = () => {};

    const outside = {
      s3: endpointFromEnvironment('s3', environment),
      dynamodb: endpointFromEnvironment('dynamodb', environment),
      sesv2: endpointFromEnvironment('sesv2', environment),
    };
    const credentials =
      environment.AWS_ACCESS_KEY_ID !== undefined && Object.values(outside).some((endpoint) => endpoint !== undefined)
        ? { accessKeyId: environment.AWS_ACCESS_KEY_ID, secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '' }
        : { accessKeyId: 'test', secretAccessKey: 'test' };

    const onObjectEvent = (event: ObjectEvent): void => {
      const { trigger } = app;
      const fits =
        event.bucket === app.bucket && event.key.startsWith(trigger.prefix) && event.key.endsWith(trigger.suffix);
      if (fits && event.eventName.startsWith('ObjectCreated:'))
        invokeLater(trigger.functionName, toEventBridgeEvent(event));
    };
    const onStatusChange = (event: ExecutionStatusEvent): void => {
      executions.note(event);
      if (['FAILED', 'TIMED_OUT', 'ABORTED'].includes(event.detail.status)) invokeLater(app.failureFunction, event);
    };

    const onLine = (line: LogLine): void => {
      if (line.functionName === app.trigger.functionName && line.line.startsWith(givenUp))
        onTriggerFailed?.(reasonOf(line.line.slice(givenUp.length)));
      onLog?.(line);
    };
    signal?.throwIfAborted();
    const [s3Server, dynamoServer, sesServer, lambda] = await allOrNone([
      outside.s3 === undefined
        ? startS3({ ...portOf(ports.s3), credentials, onObjectEvent }).then(closer.add)
        : undefined,
      outside.dynamodb === undefined ? startDynamoDb(portOf(ports.dynamodb)).then(closer.add) : undefined,
      outside.sesv2 === undefined ? startSes(portOf(ports.ses)).then(closer.add) : undefined,
      startLambda({ ...portOf(ports.lambda), maxProcesses, onLog: onLine }).then(closer.add),
    ]);
    const s3Endpoint = outside.s3 ?? s3Server!.endpoint;
    const dynamoEndpoint = outside.dynamodb ?? dynamoServer!.endpoint;
    const sesEndpoint = outside.sesv2 ?? sesServer!.endpoint;
    const common = { region: environment.AWS_REGION ?? region, credentials };
    // A stand-in that is not AWS may answer on one host name only.
    const s3 = new S3Client({ ...common, endpoint: s3Endpoint, forcePathStyle: true });
    const dynamodb = new DynamoDBClient({ ...common, endpoint: dynamoEndpoint });
    const sesv2 = new SESv2Client({ ...common, endpoint: sesEndpoint });

    const stepFunctions = closer.add(
      await startStepFunctions({
        ...portOf(ports.stepFunctions),
        invokeLambda: ({ functionName, payload, signal }) => lambda.invoke({ functionName, payload, signal }),
        s3: () => s3,
        aws: { dynamodb: () => dynamodb, sesv2: () => sesv2 },
        onStatusChange,
      }),
    );
    const sfn = new SFNClient({ ...common, endpoint: stepFunctions.endpoint });
    const lambdaClient = new LambdaClient({ ...common, endpoint: lambda.endpoint });
    const api =
      app.api === undefined
        ? undefined
        : closer.add(await startHttpApi({ ...portOf(ports.api), routes: app.api, invoke: lambda.invoke, credentials }));

    const addresses = endpointVariables({
      s3: s3Endpoint,
      dynamodb: dynamoEndpoint,
      sesv2: sesEndpoint,
      stepFunctions: stepFunctions.endpoint,
      lambda: lambda.endpoint,
    });
    const access = {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: common.region,
    };
    const stateMachineArn = `arn:aws:states:${region}:${accountId}:stateMachine:${app.name}`;
    const functions = app.functions({ bucket: app.bucket, stateMachineArn, apiEndpoint: api?.endpoint });

    signal?.throwIfAborted();
    const deployed = allOrNone([
      ...Object.entries(functions).map(([name, { timeoutSeconds = 900, environment: own = {}, ...fn }]) =>
        lambda.register({
          name,
          timeoutMs: timeoutSeconds * 1000,
          ...fn,
          environment: { ...addresses, ...access, ...own },
        }),
      ),
      ensureBucket(s3, app.bucket),
      ...(app.tables ?? []).map((table) => ensureTable(dynamodb, table)),
    ]);
    await orAborted(deployed, signal); // bundling takes most of the start
    await sfn.send(
      new CreateStateMachineCommand({
        name: app.name,
        definition: JSON.stringify(app.stateMachine()),
        roleArn: `arn:aws:iam::${accountId}:role/local`,
      }),
    );
    // Asynchronous, as S3 and EventBridge call it: the service itself tries a failed call again.
    invokeLater = (FunctionName, event) => {
      const call = lambdaClient
        .send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(event)) }))
        .catch((error: unknown) => {
          onLog?.({ functionName: FunctionName, line: `not invoked: ${(error as Error).message}\n` });
        });
      pending.add(call);
      void call.finally(() => pending.delete(call));
    };
    closer.add({
      async close() {
        await Promise.allSettled(pending);
        for (const client of [s3, dynamodb, sesv2, sfn, lambdaClient]) client.destroy();
      },
    });

    const stack: LocalStack = {
      app,
      stateMachineArn,
      endpoints: {
        s3: s3Endpoint,
        dynamodb: dynamoEndpoint,
        ses: sesEndpoint,
        stepFunctions: stepFunctions.endpoint,
        lambda: lambda.endpoint,
        api: api?.endpoint,
      },
      outside: Object.fromEntries(Object.entries(outside).filter(([, endpoint]) => endpoint !== undefined)),
      inboxUrl: sesServer?.inboxUrl,
      environment: { ...addresses, ...access },
      clients: { s3, dynamodb, sfn, sesv2, lambda: lambdaClient },
      executions,
      lambda,
      mails: async () => (await sesServer?.messages()) ?? [],
      upload: async (key, body, uploading) => {
        const object = await uploadObject(s3, { bucket: app.bucket, key }, body, uploading);
        // An S3 of somebody else does not tell us of uploads.
        if (s3Server === undefined && key.startsWith(app.trigger.prefix) && key.endsWith(app.trigger.suffix))
          invokeLater(app.trigger.functionName, object);
        return object;
      },
      close: () => closer.close(),
    };
    signal?.throwIfAborted();
    await app.seed?.(stack);
    signal?.throwIfAborted();
    return stack;
  } catch (error) {
    await closer.close().catch(() => {}); // the first failure is the one to tell
    throw error;
  }
};

const givenUp = 'asynchronous invocation given up: ';

/** What a function's error document says, or the text itself. */
const reasonOf = (text: string): string => {
  try {
    return (JSON.parse(text) as { errorMessage?: string }).errorMessage ?? text;
  } catch {
    return text;
  }
};
