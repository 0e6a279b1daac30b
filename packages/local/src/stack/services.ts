import { availableParallelism } from 'node:os';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startDynamoDb } from '../dynamodb/index.ts';
import { startEcs, type TaskDefinition } from '../ecs/index.ts';
import { type LocalEventBridge, startEventBridge } from '../eventbridge/index.ts';
import { startHttpApi } from '../http-api/index.ts';
import { type LocalLambda, startLambda } from '../lambda/index.ts';
import { startS3 } from '../s3/index.ts';
import { type LocalSes, startSes } from '../ses/index.ts';
import { type LocalSqs, startSqs } from '../sqs/index.ts';
import { startStepFunctions } from '../stepfunctions/index.ts';
import type { Closer } from './closer.ts';
import { endpointFromEnvironment, type ServiceName } from './endpoints.ts';
import type { LocalApp } from './local-app.ts';
import type { LocalStack, LocalStackOptions } from './local-stack.ts';
import { accountId, region } from './place.ts';
import type { StackAccess } from './stack-access.ts';
import type { Triggers } from './triggers.ts';
import { allOrNone } from './waiting.ts';

/** Stand-ins, or what the environment names instead, with clients that are set up for them. */
export interface Services {
  readonly endpoints: LocalStack['endpoints'];
  readonly clients: LocalStack['clients'];
  readonly outside: LocalStack['outside'];
  readonly access: { readonly region: string; readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly lambda: LocalLambda;
  /** `undefined` when the environment names another SES. */
  readonly ses: LocalSes | undefined;
  readonly queues: LocalSqs;
  readonly bridge: LocalEventBridge;
  /** The state machine whose task waits for a token. */
  machineOfToken(taskToken: string): string | undefined;
}

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

/** Callers of the API, by the keys of roles. */
const apiAccess = ({ keys, refusalOf }: StackAccess, apiId: string) => ({
  keyOf: (id: string) => keys.find(id)?.key,
  refusalOf(id: string, call: string): string | undefined {
    const caller = keys.find(id)?.caller;
    if (caller === undefined) return undefined; // the stack's own key may do all
    const resource = `arn:aws:execute-api:${region}:${accountId}:${apiId}/${call}`;
    return refusalOf(caller.arn, 'execute-api:Invoke', resource);
  },
});

/** Starts every service that the environment does not name, and makes the clients; all of it is handed to the closer. */
export const startServices = async (
  app: LocalApp,
  { ports = {}, environment = process.env, maxProcesses = Math.max(8, availableParallelism() + 4) }: LocalStackOptions,
  triggers: Triggers,
  /** What the containers of tasks see; asked for with each of them. */
  environmentOfTasks: (definition: TaskDefinition) => Readonly<Record<string, string>>,
  closer: Closer,
  /** Where roles have keys of their own. */
  roles: StackAccess | undefined,
): Promise<Services> => {
  const { onObjectEvent, onStatusChange, onTaskEvent, onLine, onGivenUp, onDeadLetter } = triggers;
  const portOf = (port: number | undefined) => (port === undefined ? {} : { port });
  const outside = outsideOf(environment);
  const access = accessOf(environment, outside);
  const credentials = { accessKeyId: access.accessKeyId, secretAccessKey: access.secretAccessKey };

  const [s3Server, dynamoServer, ses, lambda, queues, bridge, ecsServer] = await allOrNone([
    outside.s3 === undefined
      ? startS3({
          ...portOf(ports.s3),
          credentials,
          onObjectEvent,
          secretOf: (id) => roles?.keys.find(id)?.key.secretAccessKey,
        }).then(closer.add)
      : undefined,
    outside.dynamodb === undefined ? startDynamoDb(portOf(ports.dynamodb)).then(closer.add) : undefined,
    outside.sesv2 === undefined ? startSes(portOf(ports.ses)).then(closer.add) : undefined,
    startLambda({ ...portOf(ports.lambda), maxProcesses, onLog: onLine, onGivenUp }).then(closer.add),
    startSqs({ ...portOf(ports.sqs), onDeadLetter }).then(closer.add),
    startEventBridge({
      ...portOf(ports.eventBridge),
      targets: { sns: async (arn, input) => onLine({ functionName: arn.split(':').at(-1)!, line: `${input}\n` }) },
      clients: { sqs: () => clients.sqs, lambda: () => clients.lambda, sfn: () => clients.sfn },
      onDropped: ({ rule, reason }) => onLine({ functionName: rule, line: `an event was dropped: ${reason}\n` }),
    }).then(closer.add),
    app.tasks === undefined
      ? undefined
      : startEcs({
          ...portOf(ports.ecs),
          environment: environmentOfTasks,
          onLine: (functionName, line) => onLine({ functionName, line: `${line}\n` }),
          onTaskEvent,
        }).then(closer.add),
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

  const ecs = ecsServer === undefined ? undefined : new ECSClient({ ...common, endpoint: ecsServer.endpoint });
  const stepFunctions = closer.add(
    await startStepFunctions({
      ...portOf(ports.stepFunctions),
      async invokeLambda({ functionName, payload, roleArn, signal }) {
        const refusal = roles?.refusalOf(roleArn, 'lambda:InvokeFunction', lambda.functionArn(functionName));
        if (refusal !== undefined) throw Object.assign(new Error(refusal), { name: 'Lambda.AWSLambdaException' });
        return lambda.invoke({ functionName, payload, signal });
      },
      ...(roles === undefined ? {} : { refusalOf: roles.refusalOf }),
      s3: (roleArn) => roles?.s3Of(roleArn) ?? s3,
      aws: {
        dynamodb: () => dynamodb,
        sesv2: () => sesv2,
        ...(ecs === undefined ? {} : { ecs: (roleArn: string) => roles?.ecsOf(roleArn) ?? ecs }),
      },
      ...(ecsServer === undefined ? {} : { taskStopped: ecsServer.stopped }),
      onStatusChange,
    }),
  );
  const api =
    app.api === undefined
      ? undefined
      : closer.add(
          await startHttpApi({
            ...portOf(ports.api),
            routes: app.api,
            invoke: lambda.invoke,
            credentials,
            ...(app.template?.api === undefined ? {} : { stage: app.template.api.stage }),
            ...(roles === undefined ? {} : apiAccess(roles, app.template?.api?.id ?? '')),
          }),
        );

  const clients: Services['clients'] = {
    s3,
    dynamodb,
    sesv2,
    sfn: new SFNClient({ ...common, endpoint: stepFunctions.endpoint }),
    lambda: new LambdaClient({ ...common, endpoint: lambda.endpoint }),
    sqs: new SQSClient({ ...common, endpoint: queues.endpoint }),
    eventBridge: new EventBridgeClient({ ...common, endpoint: bridge.endpoint }),
    ecs,
  };
  closer.add({
    async close() {
      for (const client of Object.values(clients)) client?.destroy();
    },
  });
  const endpoints = {
    ...addresses,
    stepFunctions: stepFunctions.endpoint,
    lambda: lambda.endpoint,
    api: api?.endpoint,
    sqs: queues.endpoint,
    eventBridge: bridge.endpoint,
    ecs: ecsServer?.endpoint,
  };
  return {
    endpoints,
    clients,
    outside,
    access,
    lambda,
    ses,
    queues,
    bridge,
    machineOfToken: stepFunctions.machineOfToken,
  };
};
