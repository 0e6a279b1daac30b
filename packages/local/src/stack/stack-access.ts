import { ECSClient } from '@aws-sdk/client-ecs';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type AccessGate, type GatedCall, startAccessGate } from '../iam/access-gate.ts';
import type { CallPlace, ServiceName } from '../iam/access-requests.ts';
import { evaluate } from '../iam/evaluate.ts';
import { type AccessKey, type Caller, createKeyRing, type KeyRing } from '../iam/key-ring.ts';
import type { PolicyDocument } from '../iam/policy.ts';
import { startSts } from '../sts/start-sts.ts';
import type { PlannedRole, TemplatePlan } from '../template/template-plan.ts';
import type { Closer } from './closer.ts';
import { allOrNone } from './waiting.ts';

/** The roles of a stack and what they may do; a change holds from the next call on. */
export interface StackRoles {
  /** Names of all roles. */
  readonly names: readonly string[];
  /** @throws Error for a role that is not there */
  policiesOf(roleName: string): readonly PolicyDocument[];
  /** Gives a role other policies, until they are given back. @throws Error for a role that is not there */
  setPolicies(roleName: string, policies: readonly PolicyDocument[]): void;
}

/** Who may call what in a stack: keys of roles, and gates before the services that know them. */
export interface StackAccess {
  readonly roles: StackRoles;
  readonly keys: KeyRing;
  /** The key of a role. @throws Error for a role that is not there */
  keyOf(roleArn: string): AccessKey;
  /** Variables that lead an SDK through the gates with the key of a role. */
  environmentOf(roleArn: string): Readonly<Record<string, string>>;
  /** Says why a role may not do something that is done in its name; `undefined` when it may. */
  refusalOf(roleArn: string, action: string, resource: string): string | undefined;
  /** Clients that call as a role does. */
  s3Of(roleArn: string): S3Client;
  sqsOf(roleArn: string): SQSClient;
  ecsOf(roleArn: string): ECSClient;
  /** Starts the gates, once the services are known. */
  open(targets: Readonly<Partial<Record<ServiceName, string>>>, closer: Closer): Promise<void>;
  /** Address of the gate before a service. */
  endpointOf(service: ServiceName): string;
}

const variables: Readonly<Record<ServiceName, string>> = {
  s3: 'AWS_ENDPOINT_URL_S3',
  dynamodb: 'AWS_ENDPOINT_URL_DYNAMODB',
  ses: 'AWS_ENDPOINT_URL_SESV2',
  states: 'AWS_ENDPOINT_URL_SFN',
  sqs: 'AWS_ENDPOINT_URL_SQS',
  events: 'AWS_ENDPOINT_URL_EVENTBRIDGE',
  lambda: 'AWS_ENDPOINT_URL_LAMBDA',
  ecs: 'AWS_ENDPOINT_URL_ECS',
  sts: 'AWS_ENDPOINT_URL_STS',
};

interface Role {
  readonly caller: Caller;
  readonly trusts: readonly string[];
  readonly key: AccessKey;
}

/** A client of each role, made when it is first asked for. */
const perRole = <Client extends { destroy(): void }>(make: (roleArn: string) => Client) => {
  const made = new Map<string, Client>();
  return {
    of(roleArn: string): Client {
      const client = made.get(roleArn) ?? make(roleArn);
      made.set(roleArn, client);
      return client;
    },
    close: () => made.forEach((client) => void client.destroy()),
  };
};

/**
 * Gives each role of a template a key of its own, and checks every call by it.
 *
 * @param onAccess told of each call that comes through a gate or is done in the name of a role
 */
export const createStackAccess = (
  plan: Pick<TemplatePlan, 'roles'>,
  place: CallPlace,
  onAccess: (call: GatedCall) => void,
): StackAccess => {
  const keys = createKeyRing();
  const granted = new Map<string, readonly PolicyDocument[]>();
  const roles = new Map<string, Role>();
  for (const { arn, name, policies, trusts } of plan.roles as readonly PlannedRole[]) {
    granted.set(name, policies);
    const caller: Caller = { arn, policies: () => granted.get(name)! };
    roles.set(arn, { caller, trusts, key: keys.issue(caller) });
  }
  const roleAt = (arn: string): Role => {
    const role = roles.get(arn);
    if (role === undefined) throw new Error(`the template has no role ${arn}`);
    return role;
  };
  const named = (name: string): readonly PolicyDocument[] => {
    const policies = granted.get(name);
    if (policies === undefined)
      throw new Error(`there is no role ${name}; there are ${[...granted.keys()].join(', ')}`);
    return policies;
  };
  const gates = new Map<ServiceName, AccessGate>();
  const endpointOf = (service: ServiceName): string => {
    const gate = gates.get(service);
    if (gate === undefined) throw new Error(`there is no gate before ${service}`);
    return gate.endpoint;
  };
  const common = (service: ServiceName) => (roleArn: string) => ({
    region: place.region,
    endpoint: endpointOf(service),
    credentials: roleAt(roleArn).key,
  });
  const s3 = perRole((role) => new S3Client({ ...common('s3')(role), forcePathStyle: true }));
  const sqs = perRole((role) => new SQSClient(common('sqs')(role)));
  const ecs = perRole((role) => new ECSClient(common('ecs')(role)));

  return {
    keys,
    endpointOf,
    roles: {
      names: [...granted.keys()],
      policiesOf: named,
      setPolicies(name, policies) {
        named(name);
        granted.set(name, policies);
      },
    },
    keyOf: (arn) => roleAt(arn).key,
    environmentOf: (arn) => {
      const { accessKeyId, secretAccessKey, sessionToken } = roleAt(arn).key;
      return {
        ...Object.fromEntries([...gates].map(([service, { endpoint }]) => [variables[service], endpoint])),
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
        AWS_REGION: place.region,
      };
    },
    refusalOf(arn, action, resource) {
      const { caller } = roleAt(arn);
      const asked = [{ action, resource }];
      const refused = asked.filter((one) => evaluate(caller.policies(), one) !== 'allowed');
      onAccess({ caller, asked, refused });
      return refused.length === 0
        ? undefined
        : `User: ${arn} is not authorized to perform: ${action} on resource: ${resource}`;
    },
    s3Of: s3.of,
    sqsOf: sqs.of,
    ecsOf: ecs.of,
    async open(targets, closer) {
      const assumable = (arn: string) => {
        const role = roles.get(arn);
        return role === undefined
          ? undefined
          : { caller: role.caller, trusts: (by: string) => role.trusts.includes(by) };
      };
      const sts = closer.add(await startSts({ keys, roleAt: assumable }));
      const all = Object.entries({ ...targets, sts: sts.endpoint }) as [ServiceName, string][];
      const opened = await allOrNone(
        all.map(([service, endpoint]) =>
          startAccessGate({ service, target: () => endpoint, keys, place, onCall: onAccess }).then(closer.add),
        ),
      );
      all.forEach(([service], index) => void gates.set(service, opened[index]!));
      closer.add({
        async close() {
          for (const clients of [s3, sqs, ecs]) clients.close();
        },
      });
    },
  };
};
