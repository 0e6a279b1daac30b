import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

/** Keys of an AWS identity. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Only of temporary credentials. */
  readonly sessionToken?: string;
  /** When temporary credentials end. */
  readonly expiration?: Date;
}

/** As whom, and for which service and region, requests are signed. */
export interface SignOptions {
  /** Signing name of the service. @default 'execute-api' */
  readonly service?: string;
  /** Region of the service. */
  readonly region: string;
  /** Keys, or what gives them: a provider of the SDK, which renews them. */
  readonly credentials: AwsCredentials | (() => Promise<AwsCredentials>);
}

export type Headers = Readonly<Record<string, string>>;

/** Adds to the headers of a request what proves who sends it, at a time in milliseconds since the epoch. */
export type SignRequest = (
  url: URL,
  headers: Headers,
  nowMs: number,
  request?: { readonly method: string; readonly body: string },
) => Promise<Headers>;

/**
 * Signs requests, GET by default, with Signature Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html),
 * as API Gateway wants it of IAM-authorised methods.
 */
export const createRequestSigner = ({ service = 'execute-api', region, credentials }: SignOptions): SignRequest => {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  return async (url, headers, nowMs, { method, body } = { method: 'GET', body: '' }) => {
    const query: Record<string, string[]> = {};
    for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
    const signed = await signer.sign(
      {
        method,
        ...(body === '' ? {} : { body }),
        protocol: url.protocol,
        hostname: url.hostname,
        path: url.pathname,
        query,
        headers: { ...headers, host: url.host },
      },
      { signingDate: new Date(nowMs) },
    );
    const { host: _, ...rest } = signed.headers; // fetch writes the host itself, from the URL
    return rest;
  };
};
