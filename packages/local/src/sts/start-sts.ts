import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Caller, KeyRing } from '../iam/key-ring.ts';
import { claimedKey } from '../iam/request-key.ts';

/** A role that may be taken on. */
export interface AssumableRole {
  readonly caller: Caller;
  /** Whether its trust policy names somebody, by ARN. */
  trusts(arn: string): boolean;
}

export interface StartStsOptions {
  /** Where keys come from and go to. */
  readonly keys: KeyRing;
  /** The role of an ARN. */
  readonly roleAt: (arn: string) => AssumableRole | undefined;
  /** @default 0, any free port */
  readonly port?: number;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/** A running STS stand-in. */
export interface LocalSts {
  readonly endpoint: string;
  readonly port: number;
  close(): Promise<void>;
}

/** What a caller with temporary keys may ask for at most: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining */
const mostSeconds = 3600;

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const failure = (status: number, code: string, message: string) => ({
  status,
  text: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${xml(message)}</Message></Error></ErrorResponse>`,
});

/**
 * Starts STS for callers with keys of a ring: `AssumeRole`, where the role's trust policy names the caller. Whether the caller's
 * own policies allow the call is for the gate before it.
 *
 * Refused: every other action, session policies, tags.
 *
 * @throws Error `EADDRINUSE` when the port is taken
 * @example
 * const sts = await startSts({ keys, roleAt: (arn) => roles.get(arn) });
 */
export const startSts = async ({ keys, roleAt, port = 0, now = Date.now }: StartStsOptions): Promise<LocalSts> => {
  const assumeRole = (request: IncomingMessage, form: URLSearchParams): { status: number; text: string } => {
    const arn = form.get('RoleArn') ?? '';
    const session = form.get('RoleSessionName') ?? '';
    const seconds = Number(form.get('DurationSeconds') ?? mostSeconds);
    const other = ['Policy', 'PolicyArns.member.1.arn', 'Tags.member.1.Key'].find((name) => form.has(name));
    if (other !== undefined)
      return failure(400, 'ValidationError', `The local STS does not do '${other}' of AssumeRole`);
    if (!(seconds >= 900 && seconds <= mostSeconds))
      return failure(400, 'ValidationError', `DurationSeconds must be from 900 to ${mostSeconds}, got ${seconds}`);
    const by = keys.find(claimedKey(request).accessKeyId)?.caller.arn ?? 'nobody';
    const role = roleAt(arn);
    if (role === undefined || !role.trusts(by))
      return failure(
        403,
        'AccessDenied',
        `User: ${by} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
      );
    const endsAtMs = now() + seconds * 1000;
    const { accessKeyId, secretAccessKey, sessionToken } = keys.issue(role.caller, endsAtMs);
    const assumed = arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/');
    return {
      status: 200,
      text: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser><Arn>${xml(`${assumed}/${session}`)}</Arn><AssumedRoleId>AROALOCAL:${xml(session)}</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken><Expiration>${new Date(endsAtMs).toISOString()}</Expiration></Credentials></AssumeRoleResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></AssumeRoleResponse>`,
    };
  };

  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const form = new URLSearchParams(Buffer.concat(pieces).toString('utf8'));
    const { status, text } =
      form.get('Action') === 'AssumeRole'
        ? assumeRole(request, form)
        : failure(400, 'InvalidAction', `The local STS does not do '${form.get('Action')}'`);
    response.writeHead(status, { 'content-type': 'text/xml' });
    response.end(text);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  return {
    endpoint: `http://127.0.0.1:${bound}`,
    port: bound,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
