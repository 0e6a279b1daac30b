import { ServiceError } from '../aws-json/service-error.ts';
import type { Clusters } from './clusters.ts';
import { clientError, invalidParameter } from './errors.ts';
import type { TaskDefinitions } from './task-definitions.ts';
import type { ContainerOverride, NewTask } from './tasks.ts';

type Body = Readonly<Record<string, unknown>>;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html */
const mostOverrideBytes = 8192;

/** What a caller may change; other overrides would be lost on a process. */
const known = new Set(['name', 'environment', 'command', 'cpu', 'memory', 'memoryReservation']);

/**
 * Reads what RunTask asks for, and how many.
 *
 * @throws ServiceError for what ECS does not take
 */
export const readRunTask = (
  body: Body,
  clusters: Clusters,
  definitions: TaskDefinitions,
): { readonly task: NewTask; readonly count: number } => {
  const { launchType = 'EC2', count = 1, networkConfiguration, startedBy, clientToken, tags = [] } = body;
  const clusterArn = clusters.arnOf(body.cluster);
  const definition = definitions.at(body.taskDefinition);
  if (definition.status !== 'ACTIVE') throw clientError('TaskDefinition is inactive');
  if (!(Number.isInteger(count) && (count as number) >= 1 && (count as number) <= 10))
    throw invalidParameter('Count should be between 1 and 10.');
  const network = (networkConfiguration as { awsvpcConfiguration?: { subnets?: unknown[] } } | undefined)
    ?.awsvpcConfiguration;
  if (launchType === 'FARGATE' || definition.networkMode === 'awsvpc') {
    if (network === undefined)
      throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
    if ((network.subnets ?? []).length === 0) throw invalidParameter('subnets can not be empty.');
  }
  if (String(startedBy ?? '').length > 128) throw invalidParameter('startedBy must be at most 128 characters');
  if (String(clientToken ?? '').length > 64) throw invalidParameter('clientToken must be at most 64 characters');
  return {
    count: count as number,
    task: {
      ...{ clusterArn, definition, overrides: readOverrides(body.overrides, definition.containerDefinitions[0]!.name) },
      launchType: String(launchType),
      startedBy: startedBy as string | undefined,
      group: String(body.group ?? `family:${definition.family}`),
      tags: tags as readonly object[],
    },
  };
};

const readOverrides = (given: unknown, container: string): readonly ContainerOverride[] => {
  const { containerOverrides: overrides = [] } = (given ?? {}) as {
    readonly containerOverrides?: readonly ContainerOverride[];
  };
  if (Buffer.byteLength(JSON.stringify(given ?? {})) > mostOverrideBytes)
    throw invalidParameter(`Container Overrides length must be at most ${mostOverrideBytes}`);
  for (const override of overrides) {
    if (override.name !== container)
      throw invalidParameter(`Override for container named ${override.name} is not a container in the TaskDefinition.`);
    const other = Object.keys(override).find((member) => !known.has(member));
    if (other !== undefined) throw invalidParameter(`The local ECS does not do '${other}' of container overrides`);
  }
  return overrides;
};

/** Answers of RunTask by client token: a request that is sent again starts nothing. */
export const createTokens = <Answer>() => {
  const answers = new Map<string, { readonly request: string; readonly answer: Answer }>();
  return {
    once(token: unknown, request: string, start: () => Answer): Answer {
      if (token === undefined) return start();
      const before = answers.get(String(token));
      if (before !== undefined && before.request !== request)
        throw new ServiceError('ConflictException', 'The clientToken was used with other parameters');
      const answer = before?.answer ?? start();
      answers.set(String(token), { request, answer });
      return answer;
    },
  };
};
