import type { AccessRequest } from './policy.ts';
import { queueOf, taskAccessRequests } from './resource-arns.ts';
import { s3AccessRequests } from './s3-access-requests.ts';

/** Services whose calls are known, by the names that they sign with. */
export type ServiceName = 's3' | 'dynamodb' | 'ses' | 'states' | 'sqs' | 'events' | 'lambda' | 'ecs' | 'sts';

/** A call of a function, as it goes over the wire. */
export interface ServiceCall {
  readonly service: ServiceName;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Of calls that carry what they act on in it; `''` for others. */
  readonly body: string;
  /** Status of the answer. */
  readonly status: number;
  /** Of a copy in S3: whether what is copied has tags. @default false */
  readonly sourceIsTagged?: boolean;
}

/** Where the called services are, and what the calls themselves do not say. */
export interface CallPlace {
  readonly region: string;
  readonly accountId: string;
  /** The state machine whose task waits for a token. @default not known: such calls are of `unknown` */
  readonly machineOfToken?: (taskToken: string) => string | undefined;
  /** Roles of a task definition, which who runs it passes on. @default none */
  readonly rolesOfTask?: (family: string) => readonly string[];
  /** Whether an object has tags, which a copy takes along. @default none has */
  readonly isTagged?: (bucket: string, key: string, versionId: string | undefined) => Promise<boolean>;
}

type Body = Readonly<Record<string, unknown>>;
type Reader = (call: ServiceCall, place: CallPlace) => readonly AccessRequest[];

const operationOf = (headers: ServiceCall['headers']): string => String(headers['x-amz-target']).split('.')[1] ?? '';

const dynamodb: Reader = ({ headers, body }, { region, accountId }) => {
  const action = `dynamodb:${operationOf(headers)}`;
  const { TableName, RequestItems = {} } = JSON.parse(body) as { TableName?: string; RequestItems?: object };
  const tables = TableName === undefined ? Object.keys(RequestItems) : [TableName];
  return tables.map((table) => ({ action, resource: `arn:aws:dynamodb:${region}:${accountId}:table/${table}` }));
};

const states: Reader = ({ headers, body }, { machineOfToken }) => {
  const { mapRunArn, executionArn, stateMachineArn, taskToken } = JSON.parse(body) as Readonly<Record<string, string>>;
  const ofToken = taskToken === undefined ? undefined : machineOfToken?.(taskToken);
  const resource = mapRunArn ?? executionArn ?? stateMachineArn ?? ofToken ?? 'unknown';
  return [{ action: `states:${operationOf(headers)}`, resource }];
};

const ses: Reader = ({ method, url, body }, { region, accountId }) => {
  if (method !== 'POST' || url !== '/v2/email/outbound-emails')
    throw new Error(`the call ${method} ${url} of SES is not known here`);
  const { FromEmailAddress, FromEmailAddressIdentityArn } = JSON.parse(body) as Body;
  const from = String(FromEmailAddress);
  const identity = FromEmailAddressIdentityArn ?? `arn:aws:ses:${region}:${accountId}:identity/${from}`;
  return [{ action: 'ses:SendEmail', resource: String(identity), context: { 'ses:FromAddress': from } }];
};

/** A batch of calls is allowed as the single call is. */
const sqs: Reader = ({ headers, body }, place) => {
  const { QueueUrl, QueueName } = JSON.parse(body) as Readonly<Record<string, string>>;
  return [
    { action: `sqs:${operationOf(headers).replace(/Batch$/, '')}`, resource: queueOf(QueueUrl ?? QueueName, place) },
  ];
};

/** Each event of its own, with its source and type: they may be conditions. */
const events: Reader = ({ headers, body }, { region, accountId }) => {
  const action = `events:${operationOf(headers)}`;
  if (action !== 'events:PutEvents') throw new Error(`the call ${action} is not known here`);
  const { Entries } = JSON.parse(body) as { readonly Entries: readonly Readonly<Record<string, string>>[] };
  return Entries.map(({ EventBusName: bus = 'default', Source = '', DetailType = '' }) => ({
    action,
    resource: bus.startsWith('arn:') ? bus : `arn:aws:events:${region}:${accountId}:event-bus/${bus}`,
    context: { 'events:source': Source, 'events:detail-type': DetailType },
  }));
};

const lambda: Reader = ({ method, url }, { region, accountId }) => {
  const [, named] = /^\/2015-03-31\/functions\/([^/]+)\/invocations(?:\?|$)/.exec(url) ?? [];
  if (method !== 'POST' || named === undefined)
    throw new Error(`the call ${method} ${url} of Lambda is not known here`);
  const name = decodeURIComponent(named);
  const resource = name.startsWith('arn:') ? name : `arn:aws:lambda:${region}:${accountId}:function:${name}`;
  return [{ action: 'lambda:InvokeFunction', resource }];
};

const ecs: Reader = ({ headers, body }, place) =>
  taskAccessRequests(operationOf(headers), JSON.parse(body) as Body, place);

const sts: Reader = ({ body }) => {
  const form = new URLSearchParams(body);
  if (form.get('Action') !== 'AssumeRole') throw new Error(`the call ${form.get('Action')} of STS is not known here`);
  return [{ action: 'sts:AssumeRole', resource: form.get('RoleArn') ?? '' }];
};

/**
 * What a call asks IAM for: every action and what it is done to. One call may ask for several, as a copy does.
 *
 * @throws Error for a call that is not known here
 * @example
 * accessRequestsOf(call, { region: 'us-east-1', accountId: '000000000000' });
 */
export const accessRequestsOf = (call: ServiceCall, place: CallPlace): readonly AccessRequest[] =>
  ({ s3: s3AccessRequests, dynamodb, states, ses, sqs, events, lambda, ecs, sts })[call.service](call, place);
