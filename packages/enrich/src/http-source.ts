import { PipelineLookupRefusedError, type RunContext } from '@pipeline/core';
import { type AddressOptions, createAddressGuard } from './address-guard.ts';
import { isCount, requireOption } from './check-options.ts';
import { LookupKeyError, LookupSourceError } from './lookup.ts';
import { createPinnedFetch, type OutgoingRequest, type Send } from './pinned-fetch.ts';
import { readBody, readJsonAnswer } from './read-json.ts';
import { parseRetryAfter } from './retry-after.ts';
import { createSecretHeaders, lowerCased, type SecretOptions } from './secret-headers.ts';
import { createRequestSigner, type Headers, type SignOptions } from './sign-request.ts';

/** Who asks a host, and how much it may answer. */
export interface HttpSourceOptions extends AddressOptions {
  /** Sent with every request. @default {} */
  readonly headers?: Headers;
  /** Secret headers, such as an API key, sent with every request; got again once when the source answers 401 or 403. @default none */
  readonly secretHeaders?: SecretOptions;
  /** Signs every request with Signature Version 4, for API Gateway methods with IAM authorisation. @default not signed */
  readonly sign?: SignOptions;
  /** Longest answer, in bytes after decompression. @default 1 MiB */
  readonly maxResponseBytes?: number;
}

/** The options of a source among those of a look-up; which are left out, and which are for others. */
export const splitSourceOptions = <Options extends HttpSourceOptions>(
  options: Options,
): { readonly source: HttpSourceOptions; readonly others: Omit<Options, keyof HttpSourceOptions> } => {
  const { headers, secretHeaders, sign, allowPrivateAddresses, resolve, maxResponseBytes, ...others } = options;
  const source = { headers, secretHeaders, sign, allowPrivateAddresses, resolve, maxResponseBytes };
  return { source: Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined)), others };
};

/** Asks for JSON; `undefined` where there is no entry, a `LookupKeyError` where what was asked for cannot be answered. */
export type HttpSource = (
  target: URL,
  run: RunContext,
  body?: string,
) => Promise<{ readonly body: unknown } | LookupKeyError | undefined>;

/** Statuses that every further key would get as well. */
const refusals = new Set([401, 403, 405, 407]);

/** Makes what asks one host. @throws PipelineConfigError `CONFIG_INVALID` */
export const createHttpSource = (
  name: string,
  origin: URL,
  {
    headers = {},
    secretHeaders,
    sign,
    allowPrivateAddresses = false,
    resolve,
    maxResponseBytes = 1024 * 1024,
  }: HttpSourceOptions,
): HttpSource => {
  requireOption(isCount(maxResponseBytes, 1), 'maxResponseBytes', 'a whole number from 1', maxResponseBytes);
  const signRequest = sign === undefined ? undefined : createRequestSigner(sign);
  const secret = secretHeaders === undefined ? undefined : createSecretHeaders(secretHeaders);
  const addresses = { allowPrivateAddresses, ...(resolve === undefined ? {} : { resolve }) };
  const guard = createAddressGuard(name, origin, addresses);
  const plain = { accept: 'application/json', ...lowerCased(headers) };
  const byFetch: Send = (url, request, run) => run.fetch(url, { ...request, redirect: 'manual', signal: run.signal });
  const pinned = createPinnedFetch(origin.protocol === 'https:', async (run) => (await guard(run)) ?? []);

  const send = async (target: URL, secrets: Headers | undefined, run: RunContext, body?: string): Promise<Response> => {
    const method = body === undefined ? 'GET' : 'POST';
    const open = { ...plain, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...secrets };
    const signed =
      signRequest === undefined ? open : await signRequest(target, open, run.clock.now(), { method, body: body ?? '' });
    const request: OutgoingRequest = { method, headers: signed, ...(body === undefined ? {} : { body }) };
    // A fetch of somebody's own is theirs to connect; an address in the URL leaves nothing to resolve.
    const named = (await guard(run)) !== undefined;
    return (named && run.fetch === globalThis.fetch ? pinned : byFetch)(target, request, run);
  };

  const request = async (target: URL, run: RunContext, body?: string): Promise<Response> => {
    if (secret === undefined) return send(target, undefined, run, body);
    await guard(run);
    const secrets = await secret.get(run);
    const response = await send(target, secrets, run, body);
    if (response.status !== 401 && response.status !== 403) return response;
    await readBody(response, maxResponseBytes);
    return send(target, await secret.renew(secrets, run), run, body);
  };

  return async (target, run, body) => {
    const response = await request(target, run, body);
    const { status } = response;
    if (response.ok && status !== 204) return readJsonAnswer(response, maxResponseBytes);
    await readBody(response, maxResponseBytes);
    if (status === 404 || status === 204) return undefined;
    if (status < 400 || refusals.has(status)) {
      const reason = `HTTP ${status}${status < 400 ? ' (redirects are not followed)' : ''}`;
      throw new PipelineLookupRefusedError('LOOKUP_REFUSED', { lookup: name, reason });
    }
    if (status < 500 && ![408, 425, 429].includes(status)) return new LookupKeyError(`HTTP ${status}`);
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), run.clock.now());
    throw new LookupSourceError(`HTTP ${status}`, {
      status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  };
};
