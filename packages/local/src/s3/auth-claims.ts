import type { Signed } from './auth.ts';
import { accessDenied, invalidRequest, S3Error } from './errors.ts';
import type { S3Request } from './request.ts';

/** A signature as it is claimed, not yet verified. */
export interface Claim extends Omit<Signed, 'key'> {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly presigned: boolean;
}

const SKEW_MS = 15 * 60 * 1000;
const WEEK_SECONDS = 604_800;
const ALGORITHM = 'AWS4-HMAC-SHA256';

/** Milliseconds of `20260131T235959Z`, NaN where it is something else. */
export function parseAmzDate(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return Number.NaN;
  const [, y, mo, d, h, mi, s] = match;
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
}

const isoSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The answer to every scheme but Signature Version 4. */
export const oldMechanism = (): S3Error =>
  invalidRequest(`The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`);

/** The claim of an Authorization header, whose time is checked. Throws `AuthorizationHeaderMalformed`, `RequestTimeTooSkewed`. */
export function readHeaderClaim(request: S3Request, authorization: string, nowMs: number): Claim {
  if (!authorization.startsWith(`${ALGORITHM} `)) throw oldMechanism();
  const fields = new Map<string, string>();
  for (const part of authorization.slice(ALGORITHM.length + 1).split(',')) {
    const at = part.indexOf('=');
    fields.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
  }
  const malformed = (why: string): S3Error =>
    new S3Error(400, 'AuthorizationHeaderMalformed', `The authorization header is malformed; ${why}`);
  const credential = fields.get('Credential')?.split('/');
  const signature = fields.get('Signature');
  const signedHeaders = fields.get('SignedHeaders')?.split(';');
  if (credential?.length !== 5 || credential[4] !== 'aws4_request') {
    throw malformed('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  }
  if (signature === undefined || signedHeaders === undefined) throw malformed('it lacks Signature or SignedHeaders.');
  const [accessKeyId, date, region, service] = credential as [string, string, string, string];
  if (service !== 's3') throw malformed(`incorrect service "${service}". This endpoint belongs to "s3".`);

  const { headers } = request.message;
  const dateHeader = headers['x-amz-date'] ?? headers.date;
  const text = typeof dateHeader === 'string' ? dateHeader : '';
  const sentMs = Number.isNaN(parseAmzDate(text)) ? Date.parse(text) : parseAmzDate(text);
  if (Number.isNaN(sentMs)) {
    throw accessDenied('AWS authentication requires a valid Date or x-amz-date header');
  }
  if (Math.abs(nowMs - sentMs) > SKEW_MS) {
    throw new S3Error(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      { fields: { RequestTime: text, ServerTime: isoSeconds(nowMs), MaxAllowedSkewMilliseconds: SKEW_MS } },
    );
  }
  const payloadHash = headers['x-amz-content-sha256'];
  if (typeof payloadHash !== 'string') {
    throw invalidRequest('Missing required header for this request: x-amz-content-sha256');
  }
  const amzDate = isoSeconds(sentMs).replace(/[-:]/g, '');
  return {
    accessKeyId,
    date,
    region,
    service,
    signature,
    signedHeaders,
    payloadHash,
    amzDate,
    scope: `${date}/${region}/${service}/aws4_request`,
    presigned: false,
  };
}

/** The claim of a presigned request, whose time is checked. Throws `AuthorizationQueryParametersError`, `AccessDenied`. */
export function readQueryClaim(request: S3Request, nowMs: number): Claim {
  const { query } = request;
  const malformed = (message: string): S3Error => new S3Error(400, 'AuthorizationQueryParametersError', message);
  const [algorithm, credentialText, amzDate, expiresText, signedText, signature] = [
    'X-Amz-Algorithm',
    'X-Amz-Credential',
    'X-Amz-Date',
    'X-Amz-Expires',
    'X-Amz-SignedHeaders',
    'X-Amz-Signature',
  ].map((name) => query.get(name));
  if (
    algorithm === undefined ||
    credentialText === undefined ||
    amzDate === undefined ||
    expiresText === undefined ||
    signedText === undefined ||
    signature === undefined
  ) {
    throw malformed(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  if (algorithm !== ALGORITHM) throw malformed(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  const credential = credentialText.split('/');
  if (credential.length !== 5 || credential[4] !== 'aws4_request') {
    throw malformed(
      'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  }
  const [accessKeyId, date, region, service] = credential as [string, string, string, string];
  if (service !== 's3') {
    throw malformed(
      `Error parsing the X-Amz-Credential parameter; incorrect service "${service}". This endpoint belongs to "s3".`,
    );
  }
  const sentMs = parseAmzDate(amzDate);
  if (Number.isNaN(sentMs)) throw malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  const expires = Number(expiresText);
  if (!Number.isInteger(expires)) throw malformed('X-Amz-Expires should be a number');
  if (expires < 0) throw malformed('X-Amz-Expires must be non-negative');
  if (expires > WEEK_SECONDS) {
    throw malformed(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${WEEK_SECONDS} seconds`,
    );
  }
  if (sentMs - nowMs > SKEW_MS) throw accessDenied('Request is not valid yet');
  const endMs = sentMs + expires * 1000;
  if (nowMs > endMs) {
    throw accessDenied('Request has expired', {
      'X-Amz-Expires': expires,
      Expires: isoSeconds(endMs),
      ServerTime: isoSeconds(nowMs),
    });
  }
  return {
    accessKeyId,
    date,
    region,
    service,
    signature,
    signedHeaders: signedText.split(';'),
    payloadHash: request.header('x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD',
    amzDate,
    scope: `${date}/${region}/${service}/aws4_request`,
    presigned: true,
  };
}
