import type { CallPlace } from './access-requests.ts';
import type { AccessRequest } from './policy.ts';

/** ARN of a queue by its address or name. */
export const queueOf = (urlOrName: string | undefined, { region, accountId }: CallPlace): string =>
  urlOrName === undefined ? '*' : `arn:aws:sqs:${region}:${accountId}:${urlOrName.split('/').at(-1)}`;

/** Family, with or without a revision, or the ARN of a task definition. */
const definitionArn = (given: string, { region, accountId }: CallPlace): string => {
  if (given.startsWith('arn:')) return given;
  return `arn:aws:ecs:${region}:${accountId}:task-definition/${given.includes(':') ? given : `${given}:1`}`;
};

const clusterArn = (given: string, { region, accountId }: CallPlace): string =>
  given.startsWith('arn:') ? given : `arn:aws:ecs:${region}:${accountId}:cluster/${given}`;

/**
 * Who runs a task passes its roles on, and needs leave for that, too.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_id-based-policy-examples.html
 */
export const taskAccessRequests = (
  operation: string,
  body: Readonly<Record<string, unknown>>,
  place: CallPlace,
): readonly AccessRequest[] => {
  const action = `ecs:${operation}`;
  const cluster = clusterArn(String(body.cluster ?? 'default'), place);
  const context = { 'ecs:cluster': cluster };
  if (operation === 'DescribeTasks')
    return ((body.tasks ?? []) as readonly string[]).map((task) => ({ action, resource: task, context }));
  if (operation === 'StopTask') return [{ action, resource: String(body.task), context }];
  if (operation !== 'RunTask') throw new Error(`the call ${action} is not known here`);
  const resource = definitionArn(String(body.taskDefinition), place);
  const family = resource.slice(resource.lastIndexOf('/') + 1).split(':')[0]!;
  const passed = (place.rolesOfTask?.(family) ?? []).map((role) => ({
    action: 'iam:PassRole',
    resource: role,
    context: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
  }));
  return [{ action, resource, context }, ...passed];
};
