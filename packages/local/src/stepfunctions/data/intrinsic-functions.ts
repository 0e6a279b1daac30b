import { createHash, randomUUID } from 'node:crypto';
import type { IntrinsicCall } from './intrinsic-parser.ts';
import { isObject, type Json, jsonEquals } from './json.ts';

interface CallScope {
  readonly random: () => number;
  readonly call: IntrinsicCall;
}

interface IntrinsicFunction {
  readonly minimum: number;
  readonly maximum: number;
  apply(values: Json[], scope: CallScope): Json;
}

/** Inputs of Base64 and Hash functions may have 10,000 characters. */
const MAX_CHARACTERS = 10_000;
/** An array that ArrayRange makes may have 1,000 items. */
const MAX_RANGE = 1000;

/** The intrinsic functions by name. */
export const intrinsicFunctions: Readonly<Record<string, IntrinsicFunction>> = {
  'States.Format': { minimum: 1, maximum: Number.POSITIVE_INFINITY, apply: format },
  'States.StringToJson': { minimum: 1, maximum: 1, apply: ([text]) => stringToJson(string(text)) },
  'States.JsonToString': { minimum: 1, maximum: 1, apply: ([value]) => JSON.stringify(value) },
  'States.Array': { minimum: 0, maximum: Number.POSITIVE_INFINITY, apply: (values) => values },
  'States.ArrayPartition': { minimum: 2, maximum: 2, apply: ([items, size]) => partition(array(items), integer(size)) },
  'States.ArrayContains': {
    minimum: 2,
    maximum: 2,
    apply: ([items, value]) => array(items).some((item) => jsonEquals(item, value!)),
  },
  'States.ArrayRange': {
    minimum: 3,
    maximum: 3,
    apply: ([first, last, step]) => range(integer(first), integer(last), integer(step)),
  },
  'States.ArrayGetItem': { minimum: 2, maximum: 2, apply: ([items, index]) => getItem(array(items), integer(index)) },
  'States.ArrayLength': { minimum: 1, maximum: 1, apply: ([items]) => array(items).length },
  'States.ArrayUnique': { minimum: 1, maximum: 1, apply: ([items]) => unique(array(items)) },
  'States.Base64Encode': { minimum: 1, maximum: 1, apply: ([text]) => Buffer.from(limited(text)).toString('base64') },
  'States.Base64Decode': {
    minimum: 1,
    maximum: 1,
    apply: ([text]) => Buffer.from(limited(text), 'base64').toString('utf8'),
  },
  'States.Hash': { minimum: 2, maximum: 2, apply: ([value, algorithm]) => hash(value!, string(algorithm)) },
  'States.JsonMerge': { minimum: 3, maximum: 3, apply: ([first, second, deep]) => merge(first!, second!, deep!) },
  'States.MathRandom': {
    minimum: 2,
    maximum: 3,
    apply: ([start, end, seed], scope) => mathRandom(number(start), number(end), seed, scope.random),
  },
  'States.MathAdd': { minimum: 2, maximum: 2, apply: ([a, b]) => Math.round(number(a)) + Math.round(number(b)) + 0 },
  'States.StringSplit': {
    minimum: 2,
    maximum: 2,
    apply: ([text, separators]) => split(string(text), string(separators)),
  },
  'States.UUID': { minimum: 0, maximum: 0, apply: () => randomUUID() },
};

function string(value: Json | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`Expected a string but was ${JSON.stringify(value)}`);
  return value;
}

function number(value: Json | undefined): number {
  if (typeof value !== 'number') throw new TypeError(`Expected a number but was ${JSON.stringify(value)}`);
  return value;
}

/** AWS rounds a fraction given where a whole number is expected. */
function integer(value: Json | undefined): number {
  return Math.round(number(value));
}

function array(value: Json | undefined): Json[] {
  if (!Array.isArray(value)) throw new TypeError(`Expected an array but was ${JSON.stringify(value)}`);
  return value;
}

function limited(value: Json | undefined): string {
  const text = string(value);
  if (text.length > MAX_CHARACTERS) throw new RangeError(`The input is longer than ${MAX_CHARACTERS} characters`);
  return text;
}

/** AWS prints objects inside Format as `{Arg1=1, Arg2=[]}`, not as JSON (recorded from the service). */
function print(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(print).join(', ')}]`;
  if (isObject(value))
    return `{${Object.entries(value)
      .map(([key, inner]) => `${key}=${print(inner)}`)
      .join(', ')}}`;
  return String(value);
}

/** A literal template keeps its escapes, so that `\{\}` is text and `{}` a placeholder. */
function format(values: Json[], { call }: CallScope): Json {
  const [first, ...rest] = values;
  const literal = call.arguments[0];
  const template =
    literal?.kind === 'literal' && literal.raw !== undefined ? literal.raw : string(first).replaceAll('\\', '\\\\');
  let next = 0;
  const text = template.replace(/\\([\\'{}])|\{\}/g, (_match, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    if (next >= rest.length) throw new RangeError('There are fewer arguments than placeholders');
    return print(rest[next++]!);
  });
  if (next < rest.length) throw new RangeError('There are more arguments than placeholders');
  return text;
}

function stringToJson(text: string): Json {
  return text.trim() === '' ? null : (JSON.parse(text) as Json);
}

function partition(items: Json[], size: number): Json {
  if (size <= 0) throw new RangeError('The chunk size must be positive');
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function range(first: number, last: number, step: number): Json {
  if (step === 0) throw new RangeError('The step must not be 0');
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  if (count > MAX_RANGE) throw new RangeError(`The array would have more than ${MAX_RANGE} items`);
  return Array.from({ length: count }, (_, i) => first + i * step);
}

function getItem(items: Json[], index: number): Json {
  const item = items[index];
  if (item === undefined) throw new RangeError(`The index ${index} is outside the array of length ${items.length}`);
  return item;
}

function unique(items: Json[]): Json {
  return items.filter((item, i) => items.findIndex((other) => jsonEquals(item, other)) === i);
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

function hash(value: Json, algorithm: string): Json {
  const name = Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm] : undefined;
  if (!name) throw new RangeError(`${algorithm} is not one of ${Object.keys(ALGORITHMS).join(', ')}`);
  return createHash(name)
    .update(limited(typeof value === 'string' ? value : JSON.stringify(value)))
    .digest('hex');
}

function merge(first: Json, second: Json, deep: Json): Json {
  if (!isObject(first) || !isObject(second)) throw new TypeError('Both values to merge must be objects');
  if (deep !== false) throw new TypeError('Only shallow merging (false) is supported');
  return { ...first, ...second };
}

function mathRandom(start: number, end: number, seed: Json | undefined, random: () => number): Json {
  const low = Math.round(start);
  const high = Math.round(end);
  if (high <= low) throw new RangeError('The end must be greater than the start');
  const fraction =
    seed === undefined
      ? random()
      : createHash('sha256')
          .update(String(number(seed)))
          .digest()
          .readUInt32BE(0) /
        2 ** 32;
  return low + Math.floor(fraction * (high - low));
}

/** Every character of the separator text separates, and empty pieces are dropped (recorded from the service). */
function split(text: string, separators: string): Json {
  const characters = new Set(separators);
  const pieces: string[] = [];
  let piece = '';
  for (const char of text) {
    if (!characters.has(char)) piece += char;
    else {
      pieces.push(piece);
      piece = '';
    }
  }
  return [...pieces, piece].filter((value) => value !== '');
}
