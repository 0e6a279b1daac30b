import type { RunContext } from '@pipeline/core';
import { requireOption } from './check-options.ts';
import { createLookup } from './create-lookup.ts';
import { decodeAnswer } from './decode-answer.ts';
import { createHttpSource, type HttpSourceOptions, splitSourceOptions } from './http-source.ts';
import { compilePointer } from './json-pointer.ts';
import { type Lookup, type LookupKey, LookupKeyError } from './lookup.ts';
import type { LookupTuning } from './lookup-options.ts';

/** Where `httpBatchLookup` asks, and how its answers are told apart. */
export interface HttpBatchLookupOptions<K extends LookupKey, V> extends LookupTuning, HttpSourceOptions {
  /** Names the look-up in issues, errors and events. */
  readonly name: string;
  /** Where keys are looked up, without a place for them. */
  readonly url: string;
  /** What is sent, as JSON. @default { keys } */
  readonly body?: (keys: readonly K[]) => unknown;
  /** JSON pointer (RFC 6901) to the list of entries in the answer. @default the whole answer */
  readonly pointer?: string;
  /** The key of an entry; entries of other keys are passed over, and keys without an entry are missing. */
  readonly keyOf: (entry: unknown) => K | undefined;
  /** Makes a value of an entry; `undefined` means that there is none. What it throws fails the key only. */
  readonly decode: (entry: unknown, key: K) => V | LookupKeyError | undefined;
  /** Most keys in a request. @default 100 */
  readonly batchSize?: number;
  /** Most requests under way at a time, in this process. @default 8 */
  readonly concurrency?: number;
  /** Time limit of one request with its answer, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number;
}

/**
 * A look-up that sends many keys in one POST and matches the entries of the JSON answer by their key, in whatever order they
 * come. Failures are as those of `httpLookup`; where a request is refused for what is in it (400, 413, 422, an answer that
 * cannot be read), its keys are asked for in halves, so that a bad key fails alone.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 *
 * @example
 * const prices = httpBatchLookup({
 *   name: 'prices',
 *   url: 'https://prices.example.com/v1/search',
 *   body: (keys) => ({ ids: keys }),
 *   pointer: '/items',
 *   keyOf: (item) => (item as { id?: string }).id,
 *   decode: (item) => priceSchema.parse(item),
 * });
 */
export const httpBatchLookup = <V, K extends LookupKey = string>(
  options: HttpBatchLookupOptions<K, V>,
): Lookup<K, V> => {
  const { source: sourceOptions, others } = splitSourceOptions(options);
  const { url, body: bodyOf = (keys) => ({ keys }), pointer = '', keyOf, decode, ...more } = others;
  const { batchSize = 100, concurrency = 8, timeoutMs = 10_000, ...tuning } = more;
  const target = URL.canParse(url) ? new URL(url) : undefined;
  const usable =
    target !== undefined && /^https?:$/.test(target.protocol) && target.username === '' && !/[{}]/.test(url);
  requireOption(usable, 'url', 'an http or https URL without user and placeholders', url);
  requireOption(typeof keyOf === 'function', 'keyOf', 'a function', keyOf);
  const pointTo = compilePointer(pointer);
  const source = createHttpSource(tuning.name, new URL(target!.origin), sourceOptions);

  const ask = async (keys: readonly K[], run: RunContext): Promise<readonly (readonly [K, V | LookupKeyError])[]> => {
    const answer = await source(target!, run, JSON.stringify(bodyOf(keys)));
    if (answer === undefined) return [];
    const failed = LookupKeyError.is(answer) ? answer : entriesIn(pointTo(answer.body));
    if (Array.isArray(failed)) return matched(keys, failed, keyOf, decode);
    if (keys.length === 1) return [[keys[0]!, failed as LookupKeyError]];
    const middle = Math.ceil(keys.length / 2);
    return [...(await ask(keys.slice(0, middle), run)), ...(await ask(keys.slice(middle), run))];
  };

  return createLookup<K, V>({
    ...tuning,
    batchSize,
    concurrency,
    timeoutMs,
    load: async (keys, run) => new Map(await ask(keys, run)),
  });
};

const entriesIn = (part: unknown): readonly unknown[] | LookupKeyError =>
  part === undefined ? [] : Array.isArray(part) ? part : new LookupKeyError('the answer has no list of entries');

const matched = <K extends LookupKey, V>(
  keys: readonly K[],
  entries: readonly unknown[],
  keyOf: (entry: unknown) => K | undefined,
  decode: (entry: unknown, key: K) => V | LookupKeyError | undefined,
): readonly (readonly [K, V | LookupKeyError])[] => {
  const wanted = new Set(keys);
  const found = new Map<K, V | LookupKeyError>();
  for (const entry of entries) {
    // An entry that has no key is nobody's, however it says so.
    const key = decodeAnswer<K | undefined>(() => keyOf(entry));
    if (key === undefined || LookupKeyError.is(key) || !wanted.has(key)) continue;
    if (found.has(key)) {
      found.set(key, new LookupKeyError('the answer has two entries for the key'));
      continue;
    }
    const value = decodeAnswer(() => decode(entry, key));
    if (value !== undefined) found.set(key, value);
  }
  return [...found];
};
