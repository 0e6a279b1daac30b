import type { RunContext } from '@pipeline/core';
import { type ByteIndex, createByteIndex, type Piece } from './byte-index.ts';
import { requireOption } from './check-options.ts';
import { compositeKey } from './composite-key.ts';
import { decodeAnswer } from './decode-answer.ts';
import { readLines } from './json-lines.ts';
import type { Lookup, LookupKeyError } from './lookup.ts';
import { parseJson } from './read-json.ts';
import { type ReferenceFile, type ReferenceFileOptions, referenceLookup } from './reference-file.ts';

/** Which file `jsonLinesLookup` reads, and how its objects become values. */
export interface JsonLinesLookupOptions<V> extends ReferenceFileOptions {
  /** The property that holds the key, a text or a number; several make a composite key, in this order. */
  readonly keyField: string | readonly string[];
  /** The properties that are kept. @default all */
  readonly fields?: readonly string[];
  /** Makes a value of an object; what it throws fails the key only. @default the object as it is */
  readonly decode?: (entry: Readonly<Record<string, unknown>>) => V | LookupKeyError;
}

/** Longest line. */
const maxLineBytes = 1024 * 1024;

/**
 * A look-up in a JSON Lines object (https://jsonlines.org) that is read once and held in memory, as text. A file that
 * cannot be trusted (lines that are no JSON objects, objects without key, doubled keys) refuses the look-up, naming the line.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 *
 * @example
 * const prices = jsonLinesLookup({
 *   name: 'prices',
 *   store,
 *   source: { bucket: 'reference', key: 'prices.jsonl' },
 *   keyField: ['shop', 'article'], // keys are compositeKey(shop, article)
 *   fields: ['price'],
 *   decode: ({ price }) => String(price),
 * });
 */
export const jsonLinesLookup = <V = Readonly<Record<string, unknown>>>(
  options: JsonLinesLookupOptions<V>,
): Lookup<string, V> => {
  const { decode = (entry) => entry as V } = options;
  const keyFields = typeof options.keyField === 'string' ? [options.keyField] : options.keyField;
  const named = Array.isArray(keyFields) && keyFields.length > 0 && keyFields.every((each) => each !== '');
  requireOption(named, 'keyField', 'the name of a property, or of several', options.keyField);
  return referenceLookup<V>(options, {
    fill: (file, run) => fillIndex(options, keyFields, file, run),
    valueOf: (texts) => decodeAnswer(() => decode(entryOf(texts, options.fields))),
  });
};

const fillIndex = async <V>(
  { store, fields }: JsonLinesLookupOptions<V>,
  keyFields: readonly string[],
  { info, replace, refuse, added }: ReferenceFile,
  run: RunContext,
): Promise<ByteIndex> => {
  let index: ByteIndex | undefined;
  const make = (expectedEntries: number): ByteIndex =>
    createByteIndex({ fieldCount: fields?.length ?? 1, expectedEntries, seed: Math.floor(run.random() * 2 ** 32) });
  const text = new TextDecoder('utf-8', { fatal: true }); // takes a byte order mark off
  const tooLong = (number: number): never => refuse(`has more than ${maxLineBytes} bytes on line ${number}`);
  if (info.sizeBytes === 0) return make(0);
  for await (const { bytes, number } of readLines(
    unpacked(store.read(info.ref, { signal: run.signal }), refuse),
    maxLineBytes,
    tooLong,
  )) {
    const entry = parseEntry(text, bytes);
    if (entry === 'empty') continue;
    if (entry === undefined) return refuse(`has no JSON object on line ${number}`);
    const parts = keyFields.map((field) => (Object.hasOwn(entry, field) ? entry[field] : undefined));
    if (!parts.every((part) => typeof part === 'string' || typeof part === 'number'))
      return refuse(`has no key that is a text or a number on line ${number}`);
    const key = parts.length === 1 ? String(parts[0]) : compositeKey(...(parts as (string | number)[]));
    index ??= make(Math.ceil(info.sizeBytes / (bytes.length + 1)));
    added(index.add(pieceOf(key), textsOf(entry, fields).map(pieceOf), replace), `line ${number}`);
  }
  return index ?? make(0);
};

/** Beginnings of packed files: RFC 1952 and RFC 8878. */
const packings = [
  ['gzip', Buffer.of(0x1f, 0x8b)],
  ['zstd', Buffer.of(0x28, 0xb5, 0x2f, 0xfd)],
] as const;

/** The same bytes; refuses a packed file for what it is, and not for what its bytes happen to look like. */
async function* unpacked(
  pieces: AsyncIterable<Uint8Array>,
  refuse: (reason: string) => never,
): AsyncGenerator<Uint8Array> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of pieces) {
    if (head !== undefined) {
      head = Buffer.concat([head, piece.subarray(0, 4 - head.length)]);
      for (const [format, magic] of packings)
        if (head.subarray(0, magic.length).equals(magic))
          refuse(`is packed with ${format}; reference files are read unpacked`);
      if (head.length >= 4) head = undefined;
    }
    yield piece;
  }
}

type Entry = Readonly<Record<string, unknown>>;

const parseEntry = (decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): Entry | 'empty' | undefined => {
  try {
    const text = decoder.decode(bytes);
    if (text.trim() === '') return 'empty';
    const entry = parseJson(text);
    return typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? (entry as Entry) : undefined;
  } catch {
    return undefined;
  }
};

/** The JSON of each chosen property, without their names; nothing for one that is not there. Or that of the whole object. */
const textsOf = (entry: Entry, fields: readonly string[] | undefined): readonly string[] =>
  fields === undefined
    ? [JSON.stringify(entry)]
    : fields.map((field) => (Object.hasOwn(entry, field) ? JSON.stringify(entry[field]) : ''));

const entryOf = (texts: readonly string[], fields: readonly string[] | undefined): Entry =>
  fields === undefined
    ? JSON.parse(texts[0]!)
    : Object.fromEntries(
        fields.flatMap((field, index) => (texts[index] === '' ? [] : [[field, JSON.parse(texts[index]!)] as const])),
      );

const pieceOf = (text: string): Piece => {
  const bytes = Buffer.from(text);
  return { bytes, start: 0, end: bytes.length };
};
