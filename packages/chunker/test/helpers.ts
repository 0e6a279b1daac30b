import {
  type BatchLocations,
  type ChunkManifest,
  type ChunkRef,
  createRunContext,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  type RowBatch,
  type RunContext,
} from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { type SplitOptions, split } from '../src/index.ts';

export const locations: BatchLocations = { work: { bucket: 'work', prefix: 'batches/' } };
export const input: ObjectRef = { bucket: 'inbox', key: 'orders.csv' };
export const comma = { delimiter: ',', quote: '"' } as const;

export const runOf = (parts: Partial<RunContext> = {}): RunContext => createRunContext({ batchId: 'batch', ...parts });

/** A memory store that holds the text as the input. */
export const storeWith = async (text: string | Uint8Array): Promise<ReturnType<typeof memoryStore>> => {
  const store = memoryStore();
  await store.write(input, typeof text === 'string' ? Buffer.from(text) : text);
  return store;
};

/** Pieces of the given sizes, in turn, from one buffer that the next piece overwrites: what the contract of `read` allows. */
export async function* slicesOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const shared = new Uint8Array(Math.max(1, ...sizes));
  for (let from = 0, i = 0; from < bytes.length; i++) {
    const piece = bytes.subarray(from, from + Math.max(1, sizes[i % sizes.length]!));
    shared.set(piece);
    yield shared.subarray(0, piece.length);
    shared.fill(0x22);
    from += piece.length;
  }
}

/** The same store, its reads cut into pieces of the given sizes. */
export const slicing = (store: ObjectStore, sizes: readonly number[]): ObjectStore => ({
  ...store,
  async *read(ref, options) {
    const pieces: Uint8Array[] = [];
    for await (const piece of store.read(ref, options)) pieces.push(Uint8Array.from(piece));
    yield* slicesOf(Buffer.concat(pieces), sizes);
  },
});

/** A row or reject as plain data, copied out of its batch. */
export interface SeenRow {
  readonly rowNumber: number;
  readonly byteOffset: number;
  readonly raw: string;
  readonly newline: string;
  readonly values: readonly string[];
}
export interface SeenReject {
  readonly rowNumber: number;
  readonly byteOffset: number;
  readonly raw: string;
  readonly codes: readonly string[];
}
export interface Seen {
  readonly rows: SeenRow[];
  readonly rejects: SeenReject[];
  readonly warnings: Record<string, number>;
  readonly batchRows: number[];
}

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Everything that batches carry; each batch is read before the next is pulled, as stages do. */
export const see = async (batches: AsyncIterable<RowBatch<unknown>>): Promise<Seen> => {
  const seen: Seen = { rows: [], rejects: [], warnings: {}, batchRows: [] };
  for await (const { records, positions, rejects, warnings } of batches) {
    seen.batchRows.push(records.length);
    for (const position of positions)
      seen.rows.push({
        rowNumber: records.rowNumber(position),
        byteOffset: records.byteOffset(position),
        raw: latin(records.bytes(position)),
        newline: latin(records.newline(position)),
        values: records.columns.map((_, column) => records.field(position, column)),
      });
    for (const { rowNumber, byteOffset, raw, issues } of rejects)
      seen.rejects.push({ rowNumber, byteOffset, raw: latin(raw), codes: issues.map(({ code }) => code) });
    for (const [key, count] of Object.entries(warnings)) seen.warnings[key] = (seen.warnings[key] ?? 0) + count;
  }
  return seen;
};

export const chunksOf = async (manifest: ChunkManifest): Promise<ChunkRef[]> => {
  const chunks: ChunkRef[] = [];
  for await (const chunk of manifest.chunks) chunks.push(chunk);
  return chunks;
};

/** Splits the text that a fresh store holds. */
export const splitText = async (
  text: string | Uint8Array,
  options: Partial<SplitOptions> = {},
): Promise<{ store: ReturnType<typeof memoryStore>; manifest: ChunkManifest; chunks: ChunkRef[] }> => {
  const store = await storeWith(text);
  const manifest = await split(input, { store, locations, run: runOf(), ...options });
  return { store, manifest, chunks: await chunksOf(manifest) };
};

/** The pipeline error that the work ends in. */
export const failureOf = async (work: Promise<unknown>): Promise<PipelineError> => {
  try {
    await work;
  } catch (error) {
    if (PipelineError.is(error)) return error;
    throw error;
  }
  throw new Error('the work must fail');
};

/** Batches up to the pipeline error that they end in, if they do. */
export const untilFailure = <T>(batches: AsyncIterable<T>) => {
  let failure: PipelineError | undefined;
  return {
    async *batches(): AsyncGenerator<T> {
      try {
        yield* batches;
      } catch (error) {
        if (!PipelineError.is(error)) throw error;
        failure = error;
      }
    },
    failure: () => failure,
  };
};
