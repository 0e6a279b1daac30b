import type { IncomingMessage } from 'node:http';
import { verifySignature } from '../http-api/verify-signature.ts';
import type { ServiceName } from './access-requests.ts';
import type { IssuedKey } from './key-ring.ts';
import type { Refused } from './refusals.ts';

/** The key that a request names, by header or, presigned, in its query; empty where it names none. */
export interface ClaimedKey {
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
}

const idOf = (credential: string | null | undefined): string => credential?.split('/')[0] ?? '';

/** Reads which key a request was signed with. Nothing of it is proven yet. */
export const claimedKey = ({ headers, url = '' }: IncomingMessage): ClaimedKey => {
  const { searchParams } = new URL(url, 'http://local');
  const header = /\bCredential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1];
  const token = headers['x-amz-security-token'] ?? searchParams.get('X-Amz-Security-Token') ?? undefined;
  return {
    accessKeyId: idOf(header ?? searchParams.get('X-Amz-Credential')),
    sessionToken: typeof token === 'string' ? token : undefined,
  };
};

/** Says what is wrong with the key of a request, if anything is. S3 verifies its signatures itself. */
export const checkKey = async ({
  request,
  claimed,
  issued,
  service,
  region,
  body,
}: {
  readonly request: IncomingMessage;
  readonly claimed: ClaimedKey;
  readonly issued: IssuedKey | undefined;
  readonly service: ServiceName;
  readonly region: string;
  readonly body: Uint8Array | undefined;
}): Promise<Refused | undefined> => {
  if (claimed.accessKeyId === '') return { code: 'MissingAuthenticationToken', message: 'the request is not signed' };
  if (issued === undefined || issued.key.sessionToken !== claimed.sessionToken)
    return { code: 'UnknownKey', message: 'The security token included in the request is invalid.' };
  if (issued.endsAtMs !== undefined && Date.now() > issued.endsAtMs)
    return { code: 'ExpiredToken', message: 'The security token included in the request is expired' };
  if (service === 's3' || body === undefined) return undefined;
  const [path = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s);
  const refusal = await verifySignature(
    {
      method: request.method ?? 'POST',
      path,
      query: new URLSearchParams(search),
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      body,
    },
    { credentials: issued.key, region, now: new Date(), service },
  );
  return refusal === undefined ? undefined : { code: 'WrongSignature', message: refusal.message };
};
