import { PipelineLookupRefusedError, type RunContext } from '@pipeline/core';
import { type AddressOptions, createAddressGuard } from './address-guard.ts';
import { isCount, requireOption } from './check-options.ts';
import { createLookup } from './create-lookup.ts';
import { decodeAnswer } from './decode-answer.ts';
import { compilePointer } from './json-pointer.ts';
import { type Lookup, type LookupKey, LookupKeyError, LookupSourceError } from './lookup.ts';
import type { LookupTuning } from './lookup-options.ts';
import { readBody, readJsonAnswer } from './read-json.ts';
import { parseRetryAfter } from './retry-after.ts';
import { createSecretHeaders, lowerCased, type SecretOptions } from './secret-headers.ts';
import { createRequestSigner, type Headers, type SignOptions } from './sign-request.ts';
import { compileUrlTemplate } from './url-template.ts';

/** Where `httpLookup` asks, and how answers become values. */
export interface HttpLookupOptions<K extends LookupKey, V> extends LookupTuning, AddressOptions {
  /** Names the look-up in issues, errors and events. */
  readonly name: string;
  /** Where a key is looked up: `https://host/prices/{key}`, with `{key}` in a path segment or query value. */
  readonly url: string;
  /** Sent with every request. @default {} */
  readonly headers?: Headers;
  /** Secret headers, such as an API key, sent with every request; got again once when the source answers 401 or 403. @default none */
  readonly secretHeaders?: SecretOptions;
  /** Signs every request with Signature Version 4, for API Gateway methods with IAM authorisation. @default not signed */
  readonly sign?: SignOptions;
  /** JSON pointer (RFC 6901) to the part of the answer that `decode` gets; where there is nothing, there is no entry. @default the whole answer */
  readonly pointer?: string;
  /**
   * Makes a value of the parsed JSON answer; `undefined` means that there is no entry. What it throws fails the key only.
   * Check the shape here: the answer may be anything.
   */
  readonly decode: (body: unknown, key: K) => V | LookupKeyError | undefined;
  /** Longest answer, in bytes after decompression. @default 1 MiB */
  readonly maxResponseBytes?: number;
  /** Most requests under way at a time, in this process. @default 8 */
  readonly concurrency?: number;
  /** Time limit of one request with its answer, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number;
}

/** Statuses that every further key would get as well. */
const refusals = new Set([401, 403, 405, 407]);

/**
 * A look-up that sends one GET per distinct key and reads JSON. 404 and 204 mean that there is no entry; 408, 425, 429,
 * 5xx, resets and timeouts are tried again, after `Retry-After` where the source says so; 401, 403, 405, 407 and
 * redirects refuse the whole look-up, as does a host with an address that may not be asked; other 4xx and unreadable answers fail their key.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 *
 * @example
 * const financials = httpLookup({
 *   name: 'financials',
 *   url: 'https://abc123.execute-api.eu-west-1.amazonaws.com/prod/financials/{key}',
 *   sign: { region: 'eu-west-1', credentials: fromNodeProviderChain() },
 *   decode: (body) => financialsSchema.parse(body),
 *   ratePerSecond: 200,
 * });
 */
export const httpLookup = <V, K extends LookupKey = string>({
  url,
  headers = {},
  secretHeaders,
  sign,
  pointer = '',
  decode,
  allowPrivateAddresses = false,
  resolve,
  maxResponseBytes = 1024 * 1024,
  concurrency = 8,
  timeoutMs = 10_000,
  ...tuning
}: HttpLookupOptions<K, V>): Lookup<K, V> => {
  const template = compileUrlTemplate(url);
  requireOption(isCount(maxResponseBytes, 1), 'maxResponseBytes', 'a whole number from 1', maxResponseBytes);
  const signRequest = sign === undefined ? undefined : createRequestSigner(sign);
  const secret = secretHeaders === undefined ? undefined : createSecretHeaders(secretHeaders);
  const pointTo = compilePointer(pointer);
  const { name } = tuning;
  const addresses = { allowPrivateAddresses, ...(resolve === undefined ? {} : { resolve }) };
  const guard = createAddressGuard(name, template.origin, addresses);
  const plain = { accept: 'application/json', ...lowerCased(headers) };

  const send = async (target: URL, secrets: Headers | undefined, run: RunContext): Promise<Response> => {
    const open = { ...plain, ...secrets };
    const sent = signRequest === undefined ? open : await signRequest(target, open, run.clock.now());
    return run.fetch(target, { headers: sent, redirect: 'manual', signal: run.signal });
  };

  const request = async (target: URL, run: RunContext): Promise<Response> => {
    await guard(run);
    if (secret === undefined) return send(target, undefined, run);
    const secrets = await secret.get(run);
    const response = await send(target, secrets, run);
    if (response.status !== 401 && response.status !== 403) return response;
    await readBody(response, maxResponseBytes);
    return send(target, await secret.renew(secrets, run), run);
  };

  const ask = async (key: K, run: RunContext): Promise<V | LookupKeyError | undefined> => {
    const target = template.fill(String(key));
    if (target === undefined) return new LookupKeyError('the key cannot stand in a URL');
    const response = await request(target, run);
    const { status } = response;
    if (response.ok && status !== 204) {
      const answer = await readJsonAnswer(response, maxResponseBytes);
      if (LookupKeyError.is(answer)) return answer;
      const part = pointTo(answer.body);
      return part === undefined ? undefined : decodeAnswer(() => decode(part, key));
    }
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

  return createLookup<K, V>({
    ...tuning,
    concurrency,
    timeoutMs,
    batchSize: 1,
    load: async (keys, run) => {
      const answers = await Promise.all(keys.map((key) => ask(key, run)));
      return new Map(
        keys.flatMap((key, index) => (answers[index] === undefined ? [] : [[key, answers[index]] as const])),
      );
    },
  });
};
