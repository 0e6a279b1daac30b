import { CreateStateMachineCommand } from '@aws-sdk/client-sfn';
import { endpointVariables } from './endpoints.ts';
import { ensureBucket, ensureTable } from './ensure.ts';
import type { LocalApp } from './local-app.ts';
import { accountId, region, type Services } from './services.ts';
import { allOrNone, orAborted } from './waiting.ts';

/** What a deployment leaves to be known. */
export interface Deployment {
  readonly stateMachineArn: string;
  /** `undefined` for an app without replays. */
  readonly replayMachineArn: string | undefined;
  /** Environment variables that lead an SDK to the services. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Puts an app onto the services: functions bundled, bucket and tables made, state machine created. */
export const deployApp = async (
  app: LocalApp,
  services: Services,
  signal: AbortSignal | undefined,
): Promise<Deployment> => {
  const { endpoints, clients, access, lambda } = services;
  const environment = {
    ...endpointVariables({ ...endpoints, sesv2: endpoints.ses }),
    AWS_ACCESS_KEY_ID: access.accessKeyId,
    AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
    AWS_REGION: access.region,
  };
  const machineArn = (name: string): string => `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
  const stateMachineArn = machineArn(app.name);
  const replayName = `${app.name}-replay`;
  const replay = app.replayMachine?.();
  const replayMachineArn = replay === undefined ? undefined : machineArn(replayName);
  const place = { bucket: app.bucket, stateMachineArn, replayMachineArn, apiEndpoint: endpoints.api };
  const functions = app.functions(place);
  services.tasks?.connect(app.tasks?.(place) ?? {}, environment);
  const deployed = allOrNone([
    ...Object.entries(functions).map(([name, { timeoutSeconds = 900, environment: own = {}, ...fn }]) =>
      lambda.register({ name, timeoutMs: timeoutSeconds * 1000, ...fn, environment: { ...environment, ...own } }),
    ),
    ensureBucket(clients.s3, app.bucket),
    ...(app.tables ?? []).map((table) => ensureTable(clients.dynamodb, table)),
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
  return { stateMachineArn, replayMachineArn, environment };
};
