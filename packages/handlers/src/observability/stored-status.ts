import {
  type BatchLocations,
  type BatchReport,
  batchKeys,
  type ManifestFile,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  type RunContext,
  readJson,
} from '@pipeline/core';

/** How far a batch is, by what lies in S3 of it: whoever runs it, and without asking them. */
export interface StoredStatus {
  readonly batchId: string;
  /** `unplanned` until there is a plan, `processing` until all chunks are committed, `merging` until there is a report. */
  readonly step: 'unplanned' | 'processing' | 'merging' | 'done';
  /** Chunks of the plan; `null` until there is one. */
  readonly chunkCount: number | null;
  /** Chunks that are committed. */
  readonly committed: number;
  /** Of the newest revision; `null` until there is a report. */
  readonly revision: number | null;
  readonly rowsRead: number | null;
  readonly rowsRejected: number | null;
  /** Codes of tries that failed; a later try may have gone on. */
  readonly failures: readonly string[];
}

/**
 * How far a batch is, by its plan, committed chunks, report and records of failures. It reads and lists, and changes nothing.
 *
 * @throws what the store throws, such as PipelineSourceError `SOURCE_FORBIDDEN`
 * @example
 * const { step, committed, chunkCount } = await storedStatus(batchId, { store, locations, run: createRunContext() });
 * console.log(step, committed, 'of', chunkCount);
 */
export const storedStatus = async (
  batchId: string,
  {
    store,
    locations,
    run,
  }: { readonly store: ObjectStore; readonly locations: BatchLocations; readonly run: RunContext },
): Promise<StoredStatus> => {
  const orNone = async <T>(ref: ObjectRef): Promise<T | undefined> => {
    try {
      return await readJson<T>(store, ref, { signal: run.signal });
    } catch (error) {
      if (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND') return undefined;
      throw error;
    }
  };
  // A second plan is there when the first was found wrong; none of the first one's chunks count then.
  const second = await orNone<ManifestFile>(batchKeys(batchId, locations, 2).manifest);
  const keys = batchKeys(batchId, locations, second === undefined ? 1 : 2);
  const plan = second ?? (await orNone<ManifestFile>(keys.manifest));
  let report: BatchReport | undefined;
  for (let revision = 1; ; revision++) {
    const next = await orNone<BatchReport>(keys.report(revision));
    if (next === undefined) break;
    report = next;
  }
  const committed = plan === undefined ? 0 : await count(store, keys.result(0), run);
  const failures = await failuresOf(store, keys.mail('failure-'), run);
  const chunkCount = plan?.chunkCount ?? null;
  const merging = chunkCount !== null && committed >= chunkCount;
  return {
    batchId,
    step: report !== undefined ? 'done' : chunkCount === null ? 'unplanned' : merging ? 'merging' : 'processing',
    chunkCount,
    committed,
    revision: report?.revision ?? null,
    rowsRead: report?.rowsRead ?? null,
    rowsRejected: report?.rowsRejected ?? null,
    failures,
  };
};

/** For people, who may hear late of a chunk; the merge itself finds results by the plan. */
const count = async (store: ObjectStore, { bucket, key }: ObjectRef, { signal }: RunContext): Promise<number> => {
  let found = 0;
  for await (const _ of store.list(bucket, key.slice(0, key.lastIndexOf('/') + 1), { signal })) found++;
  return found;
};

const failuresOf = async (
  store: ObjectStore,
  { bucket, key }: ObjectRef,
  { signal }: RunContext,
): Promise<readonly string[]> => {
  const codes: string[] = [];
  for await (const { ref } of store.list(bucket, key.replace(/\.json$/, ''), { signal }))
    if (ref.key.endsWith('.reason.json')) codes.push((await readJson<{ code: string }>(store, ref, { signal })).code);
  return codes;
};
