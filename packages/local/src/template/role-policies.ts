import type { PolicyDocument, PolicyStatement } from '../iam/policy.ts';
import type { ResolvedResource } from './resolve-template.ts';
import type { PlannedRole } from './template-plan.ts';

type Resources = Readonly<Record<string, ResolvedResource>>;

/** Managed policies that grant logs and traces alone, which is nothing that is asked for here. */
const forLogsAlone = /:policy\/(?:service-role\/AWSLambdaBasicExecutionRole|AWSXRayDaemonWriteAccess)$/;

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
    ([, { type, name }]) => type === 'AWS::IAM::Role' && arn.endsWith(`:role/${name}`),
  );
  if (found === undefined) throw new Error(`the template has no role ${arn}`);
  return policiesOf(resources, ...found);
};

const policiesOf = (resources: Resources, id: string, role: ResolvedResource): readonly PolicyDocument[] => {
  const managed = ([role.properties.ManagedPolicyArns].flat() as unknown[]).filter((one) => one !== undefined);
  if (managed.some((arn) => !forLogsAlone.test(String(arn))))
    throw new Error(`the role ${id} has managed policies, whose content is not in the template`);
  const inline = (role.properties.Policies ?? []) as readonly { readonly PolicyDocument: PolicyDocument }[];
  const attached = Object.values(resources)
    .filter(({ type }) => type === 'AWS::IAM::Policy')
    .filter((policy) => (policy.properties.Roles as readonly string[] | undefined)?.includes(role.name))
    .map((policy) => policy.properties.PolicyDocument as PolicyDocument);
  return [...inline.map(({ PolicyDocument: document }) => document), ...attached];
};

interface TrustStatement extends Omit<PolicyStatement, 'Resource'> {
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
}

/** Every role of a template, with its policies and those who may take it on. @throws Error for managed policies */
export const rolesOf = (resources: Resources, { accountId }: { readonly accountId: string }): readonly PlannedRole[] =>
  Object.entries(resources)
    .filter(([, { type }]) => type === 'AWS::IAM::Role')
    .map(([id, role]) => {
      const { Statement = [] } = (role.properties.AssumeRolePolicyDocument ?? {}) as {
        readonly Statement?: readonly TrustStatement[];
      };
      const trusts = [Statement]
        .flat()
        .filter(({ Effect, Action }) => Effect === 'Allow' && [Action].flat().includes('sts:AssumeRole'))
        .flatMap(({ Principal = {} }) =>
          typeof Principal === 'string' ? [Principal] : Object.values(Principal).flat().map(String),
        );
      const arn = `arn:aws:iam::${accountId}:role/${role.name}`;
      return { name: role.name, arn, policies: policiesOf(resources, id, role), trusts };
    });
