import { timingSafeEqual } from 'node:crypto';
import { type Claim, oldMechanism, readHeaderClaim, readQueryClaim } from './auth-claims.ts';
import { accessDenied, invalidRequest, S3Error } from './errors.ts';
import type { S3Request } from './request.ts';
import { canonicalRequest, hmacHex, signingKey, stringToSign } from './sigv4.ts';
import type { SecretOf } from './types.ts';

/** What a verified signature leaves for the body: the hash it promises, or the seed of its chunk signatures. */
export interface Signed {
  readonly payloadHash: string;
  readonly signature: string;
  readonly key: Buffer;
  readonly amzDate: string;
  readonly scope: string;
}

/**
 * Verifies Signature Version 4 of the header or of the query.
 * AWS docs: "Authenticating Requests (AWS Signature Version 4)".
 * Throws `AccessDenied`, `InvalidAccessKeyId`, `SignatureDoesNotMatch`, `RequestTimeTooSkewed` and the errors of malformed claims.
 */
export function authenticate(request: S3Request, secretOf: SecretOf, nowMs: number): Signed {
  const authorization = request.message.headers.authorization;
  const { query } = request;
  if (authorization !== undefined && query.has('X-Amz-Algorithm')) {
    throw invalidRequest(
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    );
  }
  let claim: Claim;
  if (authorization !== undefined) claim = readHeaderClaim(request, authorization, nowMs);
  else if (query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature')) claim = readQueryClaim(request, nowMs);
  else if (query.has('AWSAccessKeyId') || query.has('Signature')) throw oldMechanism();
  else throw accessDenied();

  const secret = secretOf(claim.accessKeyId);
  if (secret === undefined) {
    throw new S3Error(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', {
      fields: { AWSAccessKeyId: claim.accessKeyId },
    });
  }
  const unsigned = unsignedHeaders(request, claim);
  if (unsigned.length > 0) {
    throw accessDenied('There were headers present in the request which were not signed', {
      HeadersNotSigned: unsigned.join(', '),
    });
  }
  const canonical = canonicalRequest({
    method: request.method,
    path: request.path,
    query: claim.presigned ? request.queryPairs.filter(([name]) => name !== 'X-Amz-Signature') : request.queryPairs,
    signedHeaders: claim.signedHeaders,
    header: (name) => {
      const value = request.message.headers[name];
      return (typeof value === 'string' ? value : value?.join(',')) ?? '';
    },
    payloadHash: claim.payloadHash,
  });
  const toSign = stringToSign(claim.amzDate, claim.scope, canonical);
  const key = signingKey(secret, claim.date, claim.region, claim.service);
  const expected = Buffer.from(hmacHex(key, toSign));
  const given = Buffer.from(claim.signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) {
    throw signatureMismatch({
      AWSAccessKeyId: claim.accessKeyId,
      StringToSign: toSign,
      SignatureProvided: claim.signature,
      CanonicalRequest: canonical,
    });
  }
  return {
    payloadHash: claim.payloadHash,
    signature: claim.signature,
    key,
    amzDate: claim.amzDate,
    scope: claim.scope,
  };
}

/** `SignatureDoesNotMatch` with what the server signed. */
export function signatureMismatch(fields: Record<string, string> = {}): S3Error {
  return new S3Error(
    403,
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    { fields },
  );
}

/** Signed requests must sign `host` and every `x-amz-` header that they carry. */
function unsignedHeaders(request: S3Request, claim: Claim): string[] {
  const missing: string[] = [];
  if (!claim.signedHeaders.includes('host')) missing.push('host');
  for (const name in request.message.headers) {
    if (!name.startsWith('x-amz-') || claim.signedHeaders.includes(name)) continue;
    // A presigned request may say in plain what its signature takes for granted.
    if (claim.presigned && name === 'x-amz-content-sha256') continue;
    missing.push(name);
  }
  return missing;
}
