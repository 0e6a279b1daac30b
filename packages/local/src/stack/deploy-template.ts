import { pathToFileURL } from 'node:url';
import { CreateClusterCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateStateMachineCommand } from '@aws-sdk/client-sfn';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { startEventSource } from '../sqs/index.ts';
import type { PlannedFunction, PlannedSource, TemplatePlan } from '../template/template-plan.ts';
import type { Closer } from './closer.ts';
import { type Deployment, environmentOf } from './deploy-app.ts';
import { ensureBucket, ensureTable } from './ensure.ts';
import type { LocalApp } from './local-app.ts';
import { region } from './place.ts';
import type { Services } from './services.ts';
import type { StackAccess } from './stack-access.ts';
import type { Triggers } from './triggers.ts';
import { allOrNone, orAborted } from './waiting.ts';

/** Addresses that a template has of AWS become those of this machine. */
const localiser = ({ api }: TemplatePlan, services: Services, access: StackAccess): ((text: string) => string) => {
  const places: (readonly [string, string])[] = [
    [`https://sqs.${region}.amazonaws.com`, access.endpointOf('sqs')],
    ...(api === undefined || services.endpoints.api === undefined
      ? []
      : [[`https://${api.id}.execute-api.${region}.amazonaws.com`, new URL(services.endpoints.api).origin] as const]),
  ];
  return (text) => places.reduce((all, [from, to]) => all.replaceAll(from, to), text);
};

const localised = (
  environment: Readonly<Record<string, string>>,
  local: (text: string) => string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, local(value)]));

/** Registers functions of a template: their bundles as they are, their variables, limits and the key of their role. */
export const registerFunctions = async (
  plan: TemplatePlan,
  functions: readonly PlannedFunction[],
  services: Services,
  access: StackAccess,
): Promise<void> => {
  const local = localiser(plan, services, access);
  await allOrNone(
    functions.map(({ name, file, handler, environment, timeoutSeconds, memoryMb, roleArn, reservedConcurrency }) =>
      services.lambda.register({
        ...{ name, entry: file, bundled: true, handler, memoryMb, timeoutMs: timeoutSeconds * 1000 },
        environment: { ...access.environmentOf(roleArn), ...localised(environment, local) },
        ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
      }),
    ),
  );
};

/** Makes what a template has on the services. */
export const deployTemplate = async (
  app: LocalApp,
  services: Services,
  access: StackAccess,
  triggers: Triggers,
  closer: Closer,
  signal: AbortSignal | undefined,
): Promise<Deployment> => {
  const plan = app.template!;
  const { clients, lambda, queues } = services;

  const makeTask = async ({ family, container, taskRoleArn, environment, stopTimeoutSeconds }: Task): Promise<void> => {
    const { entry } = app.tasks!({
      ...{ bucket: app.bucket, stateMachineArn: plan.stateMachineArn, replayMachineArn: plan.replayMachineArn },
      ...{ apiEndpoint: services.endpoints.api, queueUrl: queues.queueUrl },
    })[family]!;
    await clients.ecs!.send(
      new RegisterTaskDefinitionCommand({
        ...{ family, taskRoleArn, networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'] },
        ...{ cpu: '1024', memory: '2048' },
        containerDefinitions: [
          {
            ...{ name: container, image: pathToFileURL(entry).href },
            ...(stopTimeoutSeconds === undefined ? {} : { stopTimeout: stopTimeoutSeconds }),
            environment: Object.entries(localised(environment, localiser(plan, services, access))).map(
              ([name, value]) => ({ name, value }),
            ),
          },
        ],
      }),
    );
  };
  const makeRule = async ({ name: Name, enabled, pattern, targets }: TemplatePlan['rules'][number]): Promise<void> => {
    const State = enabled ? 'ENABLED' : 'DISABLED';
    await clients.eventBridge.send(new PutRuleCommand({ Name, State, EventPattern: JSON.stringify(pattern) }));
    await clients.eventBridge.send(new PutTargetsCommand({ Rule: Name, Targets: [...targets] }));
  };
  const feed = async (source: PlannedSource): Promise<void> => {
    const fn = plan.functions.find(({ name }) => name === source.functionName);
    if (fn === undefined) throw new Error(`the queue ${source.queue} feeds ${source.functionName}, which is not there`);
    closer.add(
      await startEventSource({
        ...source,
        // Reads and deletes with the function's role, as Lambda does.
        client: access.sqsOf(fn.roleArn),
        queueUrl: `${access.endpointOf('sqs')}/local/${source.queue}`,
        invoke: lambda.invoke,
        functionTimeoutSeconds: fn.timeoutSeconds,
        onFailed: (failed, reason, logs) => triggers.onFailed(source.queue, failed, reason, logs),
        onPollFailed: ({ message }) => triggers.onLine({ functionName: source.functionName, line: `${message}\n` }),
      }),
    );
  };

  const made = allOrNone([
    registerFunctions(plan, plan.functions, services, access),
    ...plan.buckets.map(({ name, ...bucket }) => ensureBucket(clients.s3, name, bucket)),
    ...plan.tables.map((table) => ensureTable(clients.dynamodb, table)),
    ...plan.queues.map(({ name, attributes }) =>
      clients.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { ...attributes } })),
    ),
    ...plan.clusters.map((clusterName) => clients.ecs?.send(new CreateClusterCommand({ clusterName }))),
    ...plan.tasks.map(makeTask),
  ]);
  await orAborted(made, signal);
  for (const { name, definition, roleArn } of plan.machines)
    await clients.sfn.send(new CreateStateMachineCommand({ name, roleArn, definition: JSON.stringify(definition) }));
  await allOrNone(plan.rules.map(makeRule));
  for (const source of plan.sources) await feed(source);
  return {
    stateMachineArn: plan.stateMachineArn,
    replayMachineArn: plan.replayMachineArn,
    environment: environmentOf(services),
  };
};

type Task = TemplatePlan['tasks'][number];
