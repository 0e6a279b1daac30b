import { PipelineLookupRefusedError, type RunContext } from '@pipeline/core';
import { isCount, requireOption } from './check-options.ts';
import { createLookup } from './create-lookup.ts';
import { decodeAnswer } from './decode-answer.ts';
import { type Lookup, type LookupKey, LookupKeyError, LookupSourceError } from './lookup.ts';
import type { LookupTuning } from './lookup-options.ts';
import { readBody, readJsonAnswer } from './read-json.ts';
import { parseRetryAfter } from './retry-after.ts';
import { createRequestSigner, type Headers, type SignOptions } from './sign-request.ts';
import { compileUrlTemplate } from './url-template.ts';

/** Where `httpLookup` asks, and how answers become values. */
export interface HttpLookupOptions<K extends LookupKey, V> extends LookupTuning {
  /** Names the look-up in issues, errors and events. */
  readonly name: string;
  /** Where a key is looked up: `https://host/prices/{key}`, with `{key}` in a path segment or query value. */
  readonly url: string;
  /** Sent with every request. @default {} */
  readonly headers?: Headers;
  /** Signs every request with Signature Version 4, for API Gateway methods with IAM authorisation. @default not signed */
  readonly sign?: SignOptions;
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
 * redirects refuse the whole look-up; other 4xx and unreadable answers fail their key.
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
  sign,
  decode,
  maxResponseBytes = 1024 * 1024,
  concurrency = 8,
  timeoutMs = 10_000,
  ...tuning
}: HttpLookupOptions<K, V>): Lookup<K, V> => {
  const template = compileUrlTemplate(url);
  requireOption(isCount(maxResponseBytes, 1), 'maxResponseBytes', 'a whole number from 1', maxResponseBytes);
  const signRequest = sign === undefined ? undefined : createRequestSigner(sign);
  const { name } = tuning;

  const ask = async (key: K, run: RunContext): Promise<V | LookupKeyError | undefined> => {
    const target = template.fill(String(key));
    if (target === undefined) return new LookupKeyError('the key cannot stand in a URL');
    const plain = { accept: 'application/json', ...lowerCased(headers) };
    const sent = signRequest === undefined ? plain : await signRequest(target, plain, run.clock.now());
    const response = await run.fetch(target, { headers: sent, redirect: 'manual', signal: run.signal });
    const { status } = response;
    if (response.ok && status !== 204) {
      const answer = await readJsonAnswer(response, maxResponseBytes);
      return LookupKeyError.is(answer) ? answer : decodeAnswer(() => decode(answer.body, key));
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

const lowerCased = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
