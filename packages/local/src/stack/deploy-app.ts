import { CreateStateMachineCommand } from '@aws-sdk/client-sfn';
import type { Closer } from './closer.ts';
import { deployEvents } from './deploy-events.ts';
import { deployTasks } from './deploy-tasks.ts';
import { endpointVariables } from './endpoints.ts';
import { ensureBucket, ensureTable } from './ensure.ts';
import type { LocalApp } from './local-app.ts';
import { accountId, region, type Services } from './services.ts';
import type { Triggers } from './triggers.ts';
import { allOrNone, orAborted } from './waiting.ts';

/** What a deployment leaves to be known. */
export interface Deployment {
  readonly stateMachineArn: string;
  /** `undefined` for an app without replays. */
  readonly replayMachineArn: string | undefined;
  /** Environment variables that lead an SDK to the services. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Limit of a function that does not say it, which is the most that Lambda gives. */
const mostSeconds = 900;

/** Environment variables that lead an SDK to the services. */
export const environmentOf = ({ endpoints, access }: Services): Readonly<Record<string, string>> => ({
  ...endpointVariables({ ...endpoints, sesv2: endpoints.ses }),
  AWS_ACCESS_KEY_ID: access.accessKeyId,
  AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
  AWS_REGION: access.region,
});

/** Puts an app onto the services: functions bundled, bucket, tables, queues and rules made, state machine created. */
export const deployApp = async (
  app: LocalApp,
  services: Services,
  triggers: Triggers,
  closer: Closer,
  signal: AbortSignal | undefined,
): Promise<Deployment> => {
  const { endpoints, clients, lambda, queues } = services;
  const environment = environmentOf(services);
  const machineArn = (name: string): string => `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
  const stateMachineArn = machineArn(app.name);
  const replayName = `${app.name}-replay`;
  const replay = app.replayMachine?.();
  const replayMachineArn = replay === undefined ? undefined : machineArn(replayName);
  const { queueUrl } = queues;
  const place = { bucket: app.bucket, stateMachineArn, replayMachineArn, apiEndpoint: endpoints.api, queueUrl };
  const functions = app.functions(place);
  const deployed = allOrNone([
    ...Object.entries(functions).map(([name, { timeoutSeconds = mostSeconds, environment: own = {}, ...fn }]) =>
      lambda.register({ name, timeoutMs: timeoutSeconds * 1000, ...fn, environment: { ...environment, ...own } }),
    ),
    ensureBucket(clients.s3, app.bucket),
    ...(app.tables ?? []).map((table) => ensureTable(clients.dynamodb, table)),
    clients.ecs === undefined ? undefined : deployTasks(clients.ecs, app.tasks?.(place) ?? {}),
  ]);
  await orAborted(deployed, signal); // bundling takes most of the start
  const create = (name: string, definition: Record<string, unknown>): Promise<unknown> =>
    clients.sfn.send(
      new CreateStateMachineCommand({
        name,
        definition: JSON.stringify(definition),
        roleArn: `arn:aws:iam::${accountId}:role/local`,
      }),
    );
  await create(app.name, app.stateMachine());
  if (replay !== undefined) await create(replayName, replay);
  const timeoutSecondsOf = (name: string): number => functions[name]?.timeoutSeconds ?? mostSeconds;
  await deployEvents(app, services, triggers, closer, { stateMachineArn, timeoutSecondsOf });
  return { stateMachineArn, replayMachineArn, environment };
};
