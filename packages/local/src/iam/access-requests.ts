import type { AccessRequest } from './policy.ts';
import { s3AccessRequests } from './s3-access-requests.ts';

/** A call of a function, as it goes over the wire. */
export interface ServiceCall {
  readonly service: 's3' | 'dynamodb' | 'ses' | 'states';
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Of calls that carry what they act on in it; `''` for others. */
  readonly body: string;
  /** Status of the answer. */
  readonly status: number;
}

/** Where the called services are. */
export interface CallPlace {
  readonly region: string;
  readonly accountId: string;
}

type Body = Readonly<Record<string, unknown>>;

const dynamodb = ({ headers, body }: ServiceCall, { region, accountId }: CallPlace): readonly AccessRequest[] => {
  const action = `dynamodb:${operationOf(headers)}`;
  const { TableName, RequestItems = {} } = JSON.parse(body) as { TableName?: string; RequestItems?: object };
  const tables = TableName === undefined ? Object.keys(RequestItems) : [TableName];
  return tables.map((table) => ({ action, resource: `arn:aws:dynamodb:${region}:${accountId}:table/${table}` }));
};

const states = ({ headers, body }: ServiceCall): readonly AccessRequest[] => {
  const { mapRunArn, executionArn, stateMachineArn } = JSON.parse(body) as Readonly<Record<string, string>>;
  return [
    { action: `states:${operationOf(headers)}`, resource: mapRunArn ?? executionArn ?? stateMachineArn ?? 'unknown' },
  ];
};

const ses = ({ method, url, body }: ServiceCall, { region, accountId }: CallPlace): readonly AccessRequest[] => {
  if (method !== 'POST' || url !== '/v2/email/outbound-emails')
    throw new Error(`the call ${method} ${url} of SES is not known here`);
  const { FromEmailAddress, FromEmailAddressIdentityArn } = JSON.parse(body) as Body;
  const from = String(FromEmailAddress);
  const identity = FromEmailAddressIdentityArn ?? `arn:aws:ses:${region}:${accountId}:identity/${from}`;
  return [{ action: 'ses:SendEmail', resource: String(identity), context: { 'ses:FromAddress': from } }];
};

const operationOf = (headers: ServiceCall['headers']): string => String(headers['x-amz-target']).split('.')[1] ?? '';

/**
 * What a call asks IAM for: every action and what it is done to. One call may ask for several, as a copy does.
 *
 * @throws Error for a call that is not known here
 * @example
 * accessRequestsOf(call, { region: 'us-east-1', accountId: '000000000000' });
 */
export const accessRequestsOf = (call: ServiceCall, place: CallPlace): readonly AccessRequest[] =>
  ({ s3: s3AccessRequests, dynamodb, states, ses })[call.service](call, place);
