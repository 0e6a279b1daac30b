import type { PolicyDocument } from '../iam/policy.ts';
import type { ResolvedResource } from './resolve-template.ts';

type Resources = Readonly<Record<string, ResolvedResource>>;

/**
 * The policies of the role of a function or state machine, inline ones and those attached in the template.
 *
 * @throws Error when it has no role in the template, or the role has managed policies, which are not in it
 * @example
 * const policies = rolePolicies(resources, resources.OrdersSplitFunction!);
 */
export const rolePolicies = (resources: Resources, { properties }: ResolvedResource): readonly PolicyDocument[] => {
  const arn = String(properties.Role ?? properties.RoleArn);
  const found = Object.entries(resources).find(
    ([id, { type }]) => type === 'AWS::IAM::Role' && arn.endsWith(`:role/${roleName(resources, id)}`),
  );
  if (found === undefined) throw new Error(`the template has no role ${arn}`);
  const [id, role] = found;
  if (([role.properties.ManagedPolicyArns].flat() as unknown[]).some((one) => one !== undefined))
    throw new Error(`the role ${id} has managed policies, whose content is not in the template`);
  const inline = (role.properties.Policies ?? []) as readonly { readonly PolicyDocument: PolicyDocument }[];
  const attached = Object.values(resources)
    .filter(({ type }) => type === 'AWS::IAM::Policy')
    .filter((policy) => (policy.properties.Roles as readonly string[] | undefined)?.includes(roleName(resources, id)))
    .map((policy) => policy.properties.PolicyDocument as PolicyDocument);
  return [...inline.map(({ PolicyDocument: document }) => document), ...attached];
};

const roleName = (resources: Resources, id: string): string => String(resources[id]!.properties.RoleName ?? id);
