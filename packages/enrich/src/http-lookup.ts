import type { RunContext } from '@pipeline/core';
import { createLookup } from './create-lookup.ts';
import { decodeAnswer } from './decode-answer.ts';
import { createHttpSource, type HttpSourceOptions, splitSourceOptions } from './http-source.ts';
import { compilePointer } from './json-pointer.ts';
import { type Lookup, type LookupKey, LookupKeyError } from './lookup.ts';
import type { LookupTuning } from './lookup-options.ts';
import { compileUrlTemplate } from './url-template.ts';

/** Where `httpLookup` asks, and how answers become values. */
export interface HttpLookupOptions<K extends LookupKey, V> extends LookupTuning, HttpSourceOptions {
  /** Names the look-up in issues, errors and events. */
  readonly name: string;
  /** Where a key is looked up: `https://host/prices/{key}`, with `{key}` in a path segment or query value. */
  readonly url: string;
  /** JSON pointer (RFC 6901) to the part of the answer that `decode` gets; where there is nothing, there is no entry. @default the whole answer */
  readonly pointer?: string;
  /**
   * Makes a value of the parsed JSON answer; `undefined` means that there is no entry. What it throws fails the key only.
   * Check the shape here: the answer may be anything.
   */
  readonly decode: (body: unknown, key: K) => V | LookupKeyError | undefined;
  /** Most requests under way at a time, in this process. @default 8 */
  readonly concurrency?: number;
  /** Time limit of one request with its answer, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number;
}

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
export const httpLookup = <V, K extends LookupKey = string>(options: HttpLookupOptions<K, V>): Lookup<K, V> => {
  const { source: sourceOptions, others } = splitSourceOptions(options);
  const { url, pointer = '', decode, concurrency = 8, timeoutMs = 10_000, ...tuning } = others;
  const template = compileUrlTemplate(url);
  const pointTo = compilePointer(pointer);
  const source = createHttpSource(tuning.name, template.origin, sourceOptions);

  const ask = async (key: K, run: RunContext): Promise<V | LookupKeyError | undefined> => {
    const target = template.fill(String(key));
    if (target === undefined) return new LookupKeyError('the key cannot stand in a URL');
    const answer = await source(target, run);
    if (answer === undefined || LookupKeyError.is(answer)) return answer;
    const part = pointTo(answer.body);
    return part === undefined ? undefined : decodeAnswer(() => decode(part, key));
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
