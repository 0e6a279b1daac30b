import {
  formatRef,
  type ObjectInfo,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  PipelineLookupRefusedError,
  type RunContext,
} from '@pipeline/core';
import type { ByteIndex } from './byte-index.ts';
import { isCount, isPositive, requireOption } from './check-options.ts';
import type { Lookup, LookupKeyError } from './lookup.ts';
import { joinAll, type SharedTask, shareTask } from './shared-task.ts';

/** What a look-up in a reference file takes, whatever its format. */
export interface ReferenceFileOptions {
  /** Names the look-up in issues, errors and events. */
  readonly name: string;
  /** Where the file lies. */
  readonly store: ObjectStore;
  /** The reference file. Pin it with `versionId` or `etag` where every batch is to see the same. */
  readonly source: ObjectRef;
  /** What a key means that stands on several rows. @default 'fail' */
  readonly onDuplicateKey?: 'fail' | 'first' | 'last';
  /** Largest file, in bytes: keys and chosen columns are held in memory as bytes, with 5 to 15 bytes more for an entry. @default 512 MiB */
  readonly maxBytes?: number;
  /** After how long it is looked whether the file has changed, in milliseconds; it is read again if it has. @default Infinity: once per process */
  readonly ttlMs?: number;
}

/** How a format is read into an index. */
export interface ReferenceFormat<V> {
  readonly fill: (file: ReferenceFile, run: RunContext) => Promise<ByteIndex>;
  readonly valueOf: (fields: readonly string[]) => V | LookupKeyError;
}

/** The file that is being read. */
export interface ReferenceFile {
  readonly info: ObjectInfo;
  /** What the policy for doubled keys says of an entry whose key is known; refuses the file where it says `fail`. */
  readonly replace: boolean;
  /** @throws PipelineLookupRefusedError `LOOKUP_REFUSED`, naming the file */
  refuse(reason: string): never;
  /** To be told of every entry: whether its key was there before, and where it stands. */
  added(known: boolean, place: string): void;
}

/**
 * A look-up in a file that is read once, however many wait for it, and held in memory.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 */
export const referenceLookup = <V>(options: ReferenceFileOptions, format: ReferenceFormat<V>): Lookup<string, V> => {
  const { name, store, source, onDuplicateKey = 'fail', maxBytes = 512 * 1024 * 1024 } = options;
  const { ttlMs = Number.POSITIVE_INFINITY } = options;
  requireOption(typeof name === 'string' && name !== '', 'name', 'a name', name);
  const policies = ['fail', 'first', 'last'];
  requireOption(policies.includes(onDuplicateKey), 'onDuplicateKey', "'fail', 'first' or 'last'", onDuplicateKey);
  requireOption(isCount(maxBytes, 1), 'maxBytes', 'a whole number from 1', maxBytes);
  requireOption(isPositive(ttlMs), 'ttlMs', 'a positive number', ttlMs);

  let table: { readonly index: ByteIndex; readonly object: ObjectRef; readonly lookAgainMs: number } | undefined;
  let loading: SharedTask<ByteIndex> | undefined;

  const read = async (run: RunContext): Promise<ByteIndex> => {
    const startedMs = run.clock.now();
    const info = await store.head(source, { signal: run.signal });
    const lookAgainMs = run.clock.now() + ttlMs;
    if (table !== undefined && isSame(table.object, info.ref)) {
      table = { ...table, lookAgainMs };
      return table.index;
    }
    table = undefined; // old and new together would take twice the memory
    const object = formatRef(info.ref);
    const refuse = (reason: string): never => {
      throw new PipelineLookupRefusedError('LOOKUP_REFUSED', { lookup: name, reason: `${object} ${reason}` });
    };
    if (info.sizeBytes > maxBytes) refuse(`has ${info.sizeBytes} bytes, more than maxBytes (${maxBytes})`);
    const added = (known: boolean, place: string): void => {
      if (known && onDuplicateKey === 'fail') refuse(`has the key of ${place} on an earlier one too`);
    };
    const index = await format.fill({ info, replace: onDuplicateKey === 'last', refuse, added }, run);
    const nowMs = run.clock.now();
    table = { index, object: info.ref, lookAgainMs };
    const details = { lookup: name, loaded: index.size, calls: 1, heldBytes: index.heldBytes };
    run.observe({ type: 'lookup.loaded', batchId: run.batchId, ...details, durationMs: nowMs - startedMs });
    return index;
  };

  const refuseAsLookup = (error: unknown): never => {
    // An error of the source means the batch's own input to whoever reads it; this is another file.
    if (!PipelineError.is(error) || error.name !== 'PipelineSourceError') throw error;
    throw new PipelineLookupRefusedError('LOOKUP_REFUSED', { lookup: name, reason: error.message }, { cause: error });
  };

  const current = async (run: RunContext): Promise<ByteIndex> => {
    if (table !== undefined && run.clock.now() < table.lookAgainMs) return table.index;
    loading ??= shareTask(
      (signal) => read({ ...run, signal }).catch(refuseAsLookup),
      () => {
        loading = undefined;
      },
    );
    return (await joinAll([loading], run.signal))[0]!;
  };

  const valueIn = (index: ByteIndex, key: string): V | LookupKeyError | undefined => {
    const fields = index.get(key);
    return fields === undefined ? undefined : format.valueOf(fields);
  };

  return {
    name,
    recall: (key, nowMs) =>
      table !== undefined && nowMs < table.lookAgainMs ? { value: valueIn(table.index, key) } : undefined,
    loadMany: async (keys, run) => {
      run.signal.throwIfAborted();
      const index = await current(run);
      const answers = new Map<string, V | LookupKeyError>();
      for (const key of keys) {
        const value = answers.has(key) ? undefined : valueIn(index, key);
        if (value !== undefined) answers.set(key, value);
      }
      return answers;
    },
  };
};

const isSame = (one: ObjectRef, other: ObjectRef): boolean =>
  one.versionId === other.versionId && one.etag === other.etag && (one.versionId ?? one.etag) !== undefined;
