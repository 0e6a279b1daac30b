import { availableParallelism } from 'node:os';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { startDynamoDb } from '../dynamodb/index.ts';
import { startHttpApi } from '../http-api/index.ts';
import { type LocalLambda, startLambda } from '../lambda/index.ts';
import { startS3 } from '../s3/index.ts';
import { type LocalSes, startSes } from '../ses/index.ts';
import { startStepFunctions } from '../stepfunctions/index.ts';
import type { Closer } from './closer.ts';
import { endpointFromEnvironment, type ServiceName } from './endpoints.ts';
import type { LocalApp } from './local-app.ts';
import type { LocalStack, LocalStackOptions } from './local-stack.ts';
import { createTaskRunner, type TaskRunner } from './task-runner.ts';
import type { Triggers } from './triggers.ts';
import { allOrNone } from './waiting.ts';

export const region = 'us-east-1';
export const accountId = '000000000000';

/** Stand-ins, or what the environment names instead, with clients that are set up for them. */
export interface Services {
  readonly endpoints: LocalStack['endpoints'];
  readonly clients: LocalStack['clients'];
  readonly outside: LocalStack['outside'];
  readonly access: { readonly region: string; readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly lambda: LocalLambda;
  /** `undefined` when the environment names another SES. */
  readonly ses: LocalSes | undefined;
  /** `undefined` for an app without container tasks. */
  readonly tasks: TaskRunner | undefined;
}

const runTask = 'arn:aws:states:::ecs:runTask.waitForTaskToken';

const outsideOf = (environment: NodeJS.ProcessEnv): Partial<Record<ServiceName, string>> => {
  const names: readonly ServiceName[] = ['s3', 'dynamodb', 'sesv2'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const endpoint = endpointFromEnvironment(name, environment);
      return endpoint === undefined ? [] : [[name, endpoint]];
    }),
  );
};

/** Keys of one's own are for services of one's own; the stand-ins know `test`. */
const accessOf = (environment: NodeJS.ProcessEnv, outside: object): Services['access'] => {
  const own = environment.AWS_ACCESS_KEY_ID !== undefined && Object.keys(outside).length > 0;
  return {
    region: environment.AWS_REGION ?? region,
    accessKeyId: own ? (environment.AWS_ACCESS_KEY_ID ?? '') : 'test',
    secretAccessKey: own ? (environment.AWS_SECRET_ACCESS_KEY ?? '') : 'test',
  };
};

/** Starts every service that the environment does not name, and makes the clients; all of it is handed to the closer. */
export const startServices = async (
  app: LocalApp,
  { ports = {}, environment = process.env, maxProcesses = Math.max(8, availableParallelism() + 4) }: LocalStackOptions,
  { onObjectEvent, onStatusChange, onLine }: Triggers,
  closer: Closer,
): Promise<Services> => {
  const portOf = (port: number | undefined) => (port === undefined ? {} : { port });
  const outside = outsideOf(environment);
  const access = accessOf(environment, outside);
  const credentials = { accessKeyId: access.accessKeyId, secretAccessKey: access.secretAccessKey };

  const [s3Server, dynamoServer, ses, lambda] = await allOrNone([
    outside.s3 === undefined
      ? startS3({ ...portOf(ports.s3), credentials, onObjectEvent }).then(closer.add)
      : undefined,
    outside.dynamodb === undefined ? startDynamoDb(portOf(ports.dynamodb)).then(closer.add) : undefined,
    outside.sesv2 === undefined ? startSes(portOf(ports.ses)).then(closer.add) : undefined,
    startLambda({ ...portOf(ports.lambda), maxProcesses, onLog: onLine }).then(closer.add),
  ]);
  const common = { region: access.region, credentials };
  const addresses = {
    s3: outside.s3 ?? s3Server!.endpoint,
    dynamodb: outside.dynamodb ?? dynamoServer!.endpoint,
    ses: outside.sesv2 ?? ses!.endpoint,
  };
  // An S3 that is not AWS may answer on one host name only.
  const s3 = new S3Client({ ...common, endpoint: addresses.s3, forcePathStyle: true });
  const dynamodb = new DynamoDBClient({ ...common, endpoint: addresses.dynamodb });
  const sesv2 = new SESv2Client({ ...common, endpoint: addresses.ses });

  const tasks = app.tasks === undefined ? undefined : closer.add(createTaskRunner(onLine));
  const stepFunctions = closer.add(
    await startStepFunctions({
      ...portOf(ports.stepFunctions),
      invokeLambda: ({ functionName, payload, signal }) => lambda.invoke({ functionName, payload, signal }),
      s3: () => s3,
      aws: { dynamodb: () => dynamodb, sesv2: () => sesv2 },
      ...(tasks === undefined ? {} : { customTasks: { [runTask]: async (call) => ({ ...(await tasks.run(call)) }) } }),
      onStatusChange,
    }),
  );
  const api =
    app.api === undefined
      ? undefined
      : closer.add(await startHttpApi({ ...portOf(ports.api), routes: app.api, invoke: lambda.invoke, credentials }));

  const clients = {
    s3,
    dynamodb,
    sesv2,
    sfn: new SFNClient({ ...common, endpoint: stepFunctions.endpoint }),
    lambda: new LambdaClient({ ...common, endpoint: lambda.endpoint }),
  };
  closer.add({
    async close() {
      for (const client of Object.values(clients)) client.destroy();
    },
  });
  const endpoints = {
    ...addresses,
    stepFunctions: stepFunctions.endpoint,
    lambda: lambda.endpoint,
    api: api?.endpoint,
  };
  return { endpoints, clients, outside, access, lambda, ses, tasks };
};
