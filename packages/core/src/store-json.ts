import type { ByteRange, ObjectRef } from './refs.ts';
import type { ObjectStore, StoreCallOptions, WriteOptions } from './store.ts';

/**
 * Reads a whole small object into one array of bytes.
 *
 * @throws PipelineSourceError `SOURCE_NOT_FOUND`, `SOURCE_CHANGED`, `SOURCE_FORBIDDEN`; PipelineStorageError as the store does
 * @example
 * const bom = await readBytes(store, object, { range: { start: 0, end: 3 } });
 */
export const readBytes = async (
  store: ObjectStore,
  ref: ObjectRef,
  options: StoreCallOptions & { readonly range?: ByteRange } = {},
): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(ref, options)) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
};

/**
 * Reads a small JSON object.
 *
 * @throws PipelineSourceError `SOURCE_NOT_FOUND`, `SOURCE_CHANGED`, `SOURCE_FORBIDDEN`; PipelineStorageError as the store does;
 * SyntaxError when it is no JSON
 * @example
 * const manifest = await readJson<ManifestFile>(store, { bucket: 'work', key: 'batches/b1/manifest.json' });
 */
export const readJson = async <T>(store: ObjectStore, ref: ObjectRef, options: StoreCallOptions = {}): Promise<T> =>
  JSON.parse(new TextDecoder().decode(await readBytes(store, ref, options))) as T;

/**
 * Writes a small JSON object; `undefined` when a condition does not hold.
 *
 * @throws PipelineStorageError as the store does
 * @example
 * const first = await writeJson(store, { bucket: 'work', key: 'claim.json' }, { by: run.attempt }, { ifAbsent: true });
 * if (first === undefined) console.log('somebody else was faster');
 */
export const writeJson = (
  store: ObjectStore,
  ref: ObjectRef,
  value: unknown,
  options: WriteOptions = {},
): Promise<ObjectRef | undefined> =>
  store.write(ref, Buffer.from(`${JSON.stringify(value)}\n`), { contentType: 'application/json', ...options });

/**
 * The lines of a JSON Lines object, parsed, in constant memory.
 * Format: https://jsonlines.org
 *
 * @throws PipelineSourceError `SOURCE_NOT_FOUND`, `SOURCE_CHANGED`, `SOURCE_FORBIDDEN`; PipelineStorageError as the store does;
 * SyntaxError for a line that is no JSON
 * @example
 * for await (const entry of readJsonLines<ChunkEntry>(store, manifest.plan)) console.log(entry.index, entry.rowCount);
 */
export async function* readJsonLines<T>(
  store: ObjectStore,
  ref: ObjectRef,
  options: StoreCallOptions = {},
): AsyncGenerator<T> {
  yield* parseJsonLines<T>(store.read(ref, options));
}

/**
 * The lines of JSON Lines, parsed, in constant memory. A piece need only be valid until the next one is pulled.
 * Format: https://jsonlines.org
 *
 * @throws SyntaxError for a line that is no JSON; what the bytes throw
 * @example
 * for await (const entry of parseJsonLines<{ id: string }>(createReadStream('entries.jsonl'))) console.log(entry.id);
 */
export async function* parseJsonLines<T>(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<T> {
  let rest: Uint8Array = new Uint8Array();
  const decoder = new TextDecoder();
  for await (const piece of bytes) {
    let start = 0;
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, start)) {
      const line = rest.length === 0 ? piece.subarray(start, end) : Buffer.concat([rest, piece.subarray(start, end)]);
      rest = new Uint8Array();
      start = end + 1;
      if (line.length > 0) yield JSON.parse(decoder.decode(line)) as T;
    }
    if (start < piece.length) rest = Buffer.concat([rest, piece.subarray(start)]);
  }
  if (rest.length > 0) yield JSON.parse(decoder.decode(rest)) as T;
}
