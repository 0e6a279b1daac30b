import {
  formatRef,
  type MultipartRef,
  type ObjectRef,
  type ObjectStore,
  PipelineStorageError,
  type StoreCallOptions,
} from '@pipeline/core';
import type { MemoryStore } from '@pipeline/core/memory';
import { currentInvocation, type Invocation } from '../faults/invocation.ts';
import type { Dice } from './dice.ts';
import type { Scheduler } from './scheduler.ts';

/** What stands between the functions and the memory. */
export interface SimStoreOptions {
  readonly memory: MemoryStore;
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  /** Leaves out the condition of writes that may happen once only. */
  readonly commitsOverwrite: boolean;
  /** Forgets to abort uploads. */
  readonly uploadsStay: boolean;
  /** Told before anything is written, with what is there so far. */
  readonly onWrite: (ref: ObjectRef) => void;
  readonly onDelete: (ref: ObjectRef) => void;
  /** Told of every multipart upload that is begun. */
  readonly onUpload: (upload: SimUpload) => void;
}

/** A multipart upload, and whether those who could end it came to it. */
export interface SimUpload {
  readonly ref: MultipartRef;
  /** Who began it. */
  readonly by: Invocation | undefined;
  /** Its answer was lost, so that nobody knows its id. */
  unknown: boolean;
  /** A call to abort it was refused: the job knows no more to do. */
  abortFailed: boolean;
  /** It was noted for later tries when the target was there already, so that there are none. */
  notedLate: boolean;
}

/** Where a merge notes its upload for later tries. */
const noteOfMerge = /^(batches\/([^/]+)\/.*merge\/r\d+\.json)$/;

/** A new one for each who waits: a promise keeps all that wait for it. */
const never = (): Promise<never> => new Promise(() => {});

const failure = (operation: string, ref: ObjectRef, reason = 'made to fail'): PipelineStorageError =>
  new PipelineStorageError('STORAGE_FAILED', { operation, object: formatRef(ref), tries: 6, reason });

/**
 * A store as functions see it over a bad line: calls take time, fail before or after they did their work, are made twice,
 * kill their process, or are done although they were given up.
 */
export const simStore = ({
  memory,
  scheduler,
  dice,
  commitsOverwrite,
  uploadsStay,
  onWrite,
  onDelete,
  onUpload,
}: SimStoreOptions): ObjectStore => {
  const uploads = new Map<string, SimUpload>();
  const call = async <T>(
    operation: string,
    ref: ObjectRef,
    options: StoreCallOptions | undefined,
    work: () => Promise<T>,
  ): Promise<T> => {
    const caller = currentInvocation();
    const gone = (): boolean => caller?.dead === true;
    const signal = options?.signal;
    if (gone()) return never();
    signal?.throwIfAborted();
    try {
      await scheduler.sleep(dice.latencyMs(), signal);
    } catch (error) {
      if (!gone() && dice.random.chance(0.5)) await work().catch(() => {}); // it was on its way already
      throw error;
    }
    if (gone()) return never();
    const fault = dice.strikes('call')
      ? dice.random.pick(['refused', 'crash-before', 'applied', 'crash-after', 'twice', 'given-up'] as const)
      : 'none';
    if (fault === 'refused') throw failure(operation, ref);
    if (fault === 'crash-before' && caller !== undefined) {
      caller.die();
      return never();
    }
    if (fault === 'given-up') {
      // Its caller hears of a failure at once, the store does it later.
      void scheduler.sleep(dice.random.whole(1_000, 600_000)).then(() => work().catch(() => {}));
      throw failure(operation, ref);
    }
    let answer = await work();
    if (fault === 'applied') throw failure(operation, ref);
    if (fault === 'crash-after' && caller !== undefined) {
      caller.die();
      return never();
    }
    if (fault === 'twice') answer = await work();
    await scheduler.sleep(dice.random.whole(0, 20), signal);
    return gone() ? never() : answer;
  };

  const noteUpload = (note: Uint8Array): void => {
    const { uploadId } = JSON.parse(Buffer.from(note).toString()) as { readonly uploadId: string };
    const known = uploads.get(uploadId);
    const { bucket, key } = known!.ref.object;
    if (memory.keys().includes(`${bucket}/${key}`)) known!.notedLate = true;
  };

  /** The memory's own call must not see the signal: what was sent is done. */
  const unabortable = <T extends StoreCallOptions>({ signal: _, ...options }: T): Omit<T, 'signal'> => options;

  return {
    ...memory,
    head: (ref, options) => call('head', ref, options, () => memory.head(ref)),
    async *read(ref, options = {}) {
      const bytes = await call('read', ref, options, async () => {
        const pieces: Uint8Array[] = [];
        for await (const piece of memory.read(ref, unabortable(options))) pieces.push(piece);
        return Buffer.concat(pieces);
      });
      const half = bytes.length >> 1;
      if (half > 0) yield bytes.subarray(0, half);
      await scheduler.sleep(dice.random.whole(0, 20), options.signal);
      if (currentInvocation()?.dead === true) await never();
      yield bytes.subarray(half);
    },
    write: async (ref, body, options = {}) => {
      if (!(body instanceof Uint8Array)) throw new Error('no part of the pipeline writes a stream as one object');
      const bytes = Uint8Array.from(body); // whoever wrote it may use its buffer again
      return call('write', ref, options, async () => {
        const before = memory.keys().includes(`${ref.bucket}/${ref.key}`);
        const { ifAbsent: once = false, ...always } = unabortable(options);
        const ifAbsent = once && !commitsOverwrite;
        if (!(ifAbsent && before)) onWrite(ref);
        if (noteOfMerge.test(ref.key)) noteUpload(bytes);
        return memory.write(ref, bytes, { ...always, ifAbsent });
      });
    },
    copy: (source, target, options = {}) =>
      call('copy', target, options, () => memory.copy(source, target, unabortable(options))),
    deleteMany: (refs, options) =>
      call('delete', refs[0]!, options, async () => {
        for (const ref of refs) onDelete(ref);
        await memory.deleteMany(refs);
      }),
    createMultipart: async (target, options = {}) => {
      const by = currentInvocation();
      const begun: SimUpload[] = [];
      // Each time the work is done makes an upload of its own; only the last one's id reaches whoever asked.
      const ref = await call('create', target, options, async () => {
        for (const earlier of begun) earlier.unknown = true;
        const upload = { ref: await memory.createMultipart(target, unabortable(options)), by };
        const made: SimUpload = { ...upload, unknown: true, abortFailed: false, notedLate: false };
        begun.push(made);
        uploads.set(upload.ref.uploadId, made);
        onUpload(made);
        return upload.ref;
      });
      uploads.get(ref.uploadId)!.unknown = false;
      return ref;
    },
    uploadPart: (upload, partNumber, body, options = {}) => {
      const bytes = Uint8Array.from(body);
      return call('upload part', upload.object, options, () =>
        memory.uploadPart(upload, partNumber, bytes, unabortable(options)),
      );
    },
    copyPart: (upload, partNumber, source, range, options = {}) =>
      call('copy part', upload.object, options, () =>
        memory.copyPart(upload, partNumber, source, range, unabortable(options)),
      ),
    listParts: (upload, options) => call('list parts', upload.object, options, () => memory.listParts(upload)),
    completeMultipart: (upload, parts, options = {}) =>
      call('complete', upload.object, options, async () => {
        if (dice.strikes('call')) {
          // Another conditional write was under way: 409, behind which the upload is of no use.
          await memory.abortMultipart(upload);
          throw failure('complete', upload.object, 'ConditionalRequestConflict');
        }
        const { object } = upload;
        const before = memory.keys().includes(`${object.bucket}/${object.key}`);
        const { ifAbsent: once = false, ...always } = unabortable(options);
        const ifAbsent = once && !commitsOverwrite;
        if (!(ifAbsent && before) && (await memory.listParts(upload)) !== undefined) onWrite(object);
        return memory.completeMultipart(upload, parts, { ...always, ifAbsent });
      }),
    abortMultipart: async (upload, options) => {
      if (uploadsStay) return;
      try {
        await call('abort', upload.object, options, () => memory.abortMultipart(upload));
      } catch (error) {
        const known = uploads.get(upload.uploadId);
        if (known !== undefined) known.abortFailed = true;
        throw error;
      }
    },
  };
};
