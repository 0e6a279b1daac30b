import { timingSafeEqual } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

/** The keys of a caller. */
export interface HttpApiCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A request as it arrived, header names in lower case, path still encoded. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Why a request is not let in, as API Gateway says it; always status 403. */
export interface Refusal {
  readonly errorType: string;
  readonly message: string;
}

/** API Gateway's window is five minutes to either side. */
const WINDOW_MS = 5 * 60_000;
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. ' +
  'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

const refuse = (errorType: string, message: string): Refusal => ({ errorType, message });

const parseAmzDate = (text: string): Date | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
};

const formatAmzDate = (date: Date): string => date.toISOString().replace(/[-:]|\.\d{3}/g, '');

const sha256Hex = async (bytes: Uint8Array): Promise<string> => {
  const hash = new Sha256();
  hash.update(bytes);
  return Buffer.from(await hash.digest()).toString('hex');
};

const parseAuthorization = (
  header: string,
): Refusal | { credential: string; signedHeaders: string; signature: string } => {
  const [algorithm, ...rest] = header.split(' ');
  if (algorithm !== 'AWS4-HMAC-SHA256') {
    return refuse(
      'IncompleteSignatureException',
      `'${header}' not a valid key=value pair (missing equal-sign) in Authorization header: '${header}'.`,
    );
  }
  const fields = new Map(
    rest
      .join(' ')
      .split(',')
      .map((pair) => [pair.trim().split('=')[0], pair.trim().split('=').slice(1).join('=')] as const),
  );
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !fields.get(name));
  if (missing.length > 0) {
    const message = missing.map((name) => `Authorization header requires '${name}' parameter. `).join('');
    return refuse('IncompleteSignatureException', `${message}Authorization=${header}`);
  }
  return {
    credential: fields.get('Credential')!,
    signedHeaders: fields.get('SignedHeaders')!,
    signature: fields.get('Signature')!,
  };
};

const checkScope = (
  scope: readonly string[],
  region: string,
  wanted: string,
  signingDate: Date,
): Refusal | undefined => {
  const [date, scopeRegion, service, terminator] = scope;
  const problems: string[] = [];
  if (scopeRegion !== region) problems.push('Credential should be scoped to a valid region. ');
  if (service !== wanted) problems.push(`Credential should be scoped to correct service: '${wanted}'. `);
  if (terminator !== 'aws4_request')
    problems.push(`Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator}'. `);
  const day = formatAmzDate(signingDate).slice(0, 8);
  if (date !== day) {
    problems.push(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${day}', from '${formatAmzDate(signingDate)}'.`,
    );
  }
  return problems.length === 0 ? undefined : refuse('InvalidSignatureException', problems.join(''));
};

const checkTime = (signingDate: Date, now: Date): Refusal | undefined => {
  const signed = formatAmzDate(signingDate);
  const edge = (offsetMs: number, sign: string) =>
    `${formatAmzDate(new Date(now.getTime() + offsetMs))} (${formatAmzDate(now)} ${sign} 5 min.)`;
  if (signingDate.getTime() < now.getTime() - WINDOW_MS) {
    return refuse(
      'InvalidSignatureException',
      `Signature expired: ${signed} is now earlier than ${edge(-WINDOW_MS, '-')}`,
    );
  }
  if (signingDate.getTime() > now.getTime() + WINDOW_MS) {
    return refuse(
      'InvalidSignatureException',
      `Signature not yet current: ${signed} is still later than ${edge(WINDOW_MS, '+')}`,
    );
  }
  return undefined;
};

const toQueryBag = (query: URLSearchParams): Record<string, string | string[]> => {
  const bag: Record<string, string | string[]> = {};
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    bag[name] = values.length === 1 ? values[0]! : values;
  }
  return bag;
};

/**
 * Signs the request again with the known secret and compares; returns why it is refused, or nothing.
 * Signatures in headers only: presigned query strings are refused as unsigned.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
export const verifySignature = async (
  request: SignedRequest,
  {
    credentials,
    region,
    now,
    service = 'execute-api',
  }: { credentials: HttpApiCredentials; region: string; now: Date; service?: string },
): Promise<Refusal | undefined> => {
  const { headers } = request;
  if (headers.authorization === undefined)
    return refuse('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const parsed = parseAuthorization(headers.authorization);
  if ('errorType' in parsed) return parsed;

  const signingDate = parseAmzDate(headers['x-amz-date'] ?? '');
  if (signingDate === undefined) {
    return refuse(
      'IncompleteSignatureException',
      `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=${headers.authorization}`,
    );
  }
  const [accessKeyId, ...scope] = parsed.credential.split('/');
  const refused = checkScope(scope, region, service, signingDate) ?? checkTime(signingDate, now);
  if (refused !== undefined) return refused;
  if (accessKeyId !== credentials.accessKeyId || headers['x-amz-security-token'] !== credentials.sessionToken) {
    return refuse('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }

  const names = parsed.signedHeaders.split(';');
  if (!names.includes('host')) {
    return refuse(
      'InvalidSignatureException',
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
  }
  const stated = headers['x-amz-content-sha256'];
  if (stated !== undefined && stated !== (await sha256Hex(request.body)))
    return refuse('InvalidSignatureException', MISMATCH);

  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, applyChecksum: false });
  const again = await signer.sign(
    new HttpRequest({
      method: request.method,
      protocol: 'http:',
      hostname: headers.host ?? '',
      path: request.path,
      query: toQueryBag(request.query),
      headers: Object.fromEntries(
        names.filter((name) => headers[name] !== undefined).map((name) => [name, headers[name]!]),
      ),
      body: request.body,
    }),
    { signingDate, signableHeaders: new Set(names) },
  );
  const expected = Buffer.from(/Signature=([0-9a-f]+)/.exec(again.headers.authorization ?? '')?.[1] ?? '');
  const given = Buffer.from(parsed.signature);
  const same = expected.length === given.length && timingSafeEqual(expected, given);
  return same ? undefined : refuse('InvalidSignatureException', MISMATCH);
};
