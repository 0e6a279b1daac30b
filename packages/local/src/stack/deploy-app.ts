import { CreateStateMachineCommand } from '@aws-sdk/client-sfn';
import type { Closer } from './closer.ts';
import { deployEvents } from './deploy-events.ts';
import { deployTasks } from './deploy-tasks.ts';
import { endpointVariables } from './endpoints.ts';
import { ensureBucket, ensureTable } from './ensure.ts';
import type { AppPlace, LocalApp } from './local-app.ts';
import { accountId, region } from './place.ts';
import type { Services } from './services.ts';
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

const placeOf = (app: LocalApp, { endpoints, queues }: Services): AppPlace => {
  const machineArn = (name: string): string => `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
  return {
    bucket: app.bucket,
    stateMachineArn: machineArn(app.name),
    replayMachineArn: app.replayMachine === undefined ? undefined : machineArn(`${app.name}-replay`),
    apiEndpoint: endpoints.api,
    queueUrl: queues.queueUrl,
  };
};

/** Bundles functions of an app and makes them invocable; those of the same name are replaced. */
export const registerAppFunctions = async (
  app: LocalApp,
  services: Services,
  names: readonly string[],
): Promise<void> => {
  const environment = environmentOf(services);
  const functions = app.functions(placeOf(app, services));
  await allOrNone(
    names.map((name) => {
      const { timeoutSeconds = mostSeconds, environment: own = {}, ...fn } = functions[name]!;
      return services.lambda.register({
        ...{ name, timeoutMs: timeoutSeconds * 1000, ...fn },
        environment: { ...environment, ...own },
      });
    }),
  );
};

/** Puts an app onto the services: functions bundled, bucket, tables, queues and rules made, state machine created. */
export const deployApp = async (
  app: LocalApp,
  services: Services,
  triggers: Triggers,
  closer: Closer,
  signal: AbortSignal | undefined,
): Promise<Deployment> => {
  const { clients } = services;
  const replayName = `${app.name}-replay`;
  const replay = app.replayMachine?.();
  const place = placeOf(app, services);
  const { stateMachineArn, replayMachineArn } = place;
  const functions = app.functions(place);
  const deployed = allOrNone([
    registerAppFunctions(app, services, Object.keys(functions)),
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
  return { stateMachineArn, replayMachineArn, environment: environmentOf(services) };
};
