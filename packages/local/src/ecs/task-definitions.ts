import type { JsonAction } from '../aws-json/json-service.ts';
import { clientError, invalidParameter } from './errors.ts';

interface NameValue {
  readonly name: string;
  readonly value: string;
}

/** A container as a task definition has it. */
export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: readonly NameValue[];
  /** Seconds between SIGTERM and SIGKILL, up to 120. @default 30 */
  readonly stopTimeout?: number;
}

/** A registered task definition, in the members of the API. */
export interface TaskDefinition {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  status: 'ACTIVE' | 'INACTIVE';
  readonly taskRoleArn?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly networkMode?: string;
  readonly containerDefinitions: readonly ContainerDefinition[];
}

/** What a container may have that changes what it runs or sees, and that a process here would not have. */
const refused = ['secrets', 'environmentFiles', 'entryPoint', 'dependsOn', 'mountPoints', 'volumesFrom', 'links'];

const check = (family: string, containers: readonly ContainerDefinition[]): void => {
  if (!/^[\w-]{1,255}$/.test(family)) throw clientError('Family contains invalid characters.');
  if (containers.length !== 1) throw invalidParameter('The local ECS runs task definitions of one container');
  for (const container of containers) {
    if (!container.name || !container.image)
      throw clientError('Container.name and Container.image should not be null or empty.');
    const found = refused.find((member) => {
      const value = (container as unknown as Record<string, unknown>)[member];
      return Array.isArray(value) ? value.length > 0 : value !== undefined;
    });
    if (found !== undefined)
      throw invalidParameter(`The local ECS does not do '${found}' of container ${container.name}`);
  }
};

/** Task definitions by family; the last of a family is its newest. */
export interface TaskDefinitions {
  /** By family, `family:revision` or ARN. @throws ServiceError `ClientException` */
  at(name: unknown): TaskDefinition;
  readonly actions: Readonly<Record<string, JsonAction>>;
}

export const createTaskDefinitions = (region: string, accountId: string): TaskDefinitions => {
  const families = new Map<string, TaskDefinition[]>();

  const at = (name: unknown): TaskDefinition => {
    const [family = '', revision] = String(name)
      .replace(/^arn:.*:task-definition\//, '')
      .split(':');
    const known = families.get(family) ?? [];
    const found =
      revision === undefined
        ? known.findLast(({ status }) => status === 'ACTIVE')
        : known.find((one) => one.revision === Number(revision));
    if (found === undefined) throw clientError('Unable to describe task definition.');
    return found;
  };

  return {
    at,
    actions: {
      RegisterTaskDefinition({ body }) {
        const family = String(body.family ?? '');
        const containerDefinitions = (body.containerDefinitions ?? []) as readonly ContainerDefinition[];
        check(family, containerDefinitions);
        const known = families.get(family) ?? [];
        const revision = known.length + 1;
        const taskDefinition = {
          ...body,
          taskDefinitionArn: `arn:aws:ecs:${region}:${accountId}:task-definition/${family}:${revision}`,
          ...{ family, revision, status: 'ACTIVE', containerDefinitions },
        } as TaskDefinition;
        families.set(family, [...known, taskDefinition]);
        return { taskDefinition };
      },
      DescribeTaskDefinition: ({ body }) => ({ taskDefinition: at(body.taskDefinition) }),
      DeregisterTaskDefinition({ body }) {
        const taskDefinition = at(body.taskDefinition);
        taskDefinition.status = 'INACTIVE';
        return { taskDefinition };
      },
      ListTaskDefinitions({ body: { familyPrefix } }) {
        const found = [...families].filter(([family]) => familyPrefix === undefined || family === familyPrefix);
        const active = found.flatMap(([, all]) => all.filter(({ status }) => status === 'ACTIVE'));
        return { taskDefinitionArns: active.map(({ taskDefinitionArn }) => taskDefinitionArn) };
      },
    },
  };
};
