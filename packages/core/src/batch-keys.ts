import { createHash } from 'node:crypto';
import type { ObjectRef, PrefixRef } from './refs.ts';

/** Where a batch keeps its things, per role, so that tenants and separate reject buckets need no code. */
export interface BatchLocations {
  /** Plan, processed chunks, results. */
  readonly work: PrefixRef;
  /** Merged output and report; the work location unless given. */
  readonly output?: PrefixRef;
  /** Merged rejects; the output location unless given. */
  readonly rejects?: PrefixRef;
}

/** The keys of one batch. Indexes are padded, so that people see them in order; nothing finds them by listing. */
export interface BatchKeys {
  /** `manifest.json`: the commit of the split. */
  readonly manifest: ObjectRef;
  /** `chunks.jsonl`: the plan, one `ChunkEntry` per line. */
  readonly chunks: ObjectRef;
  /** A segment of the plan, while an interrupted split goes on: `<first index>.<attempt>`. */
  planSegment(name: string): ObjectRef;
  /** Ranges that are scanned side by side for a plan, one `ScanRangeOptions` per line. */
  readonly scanRanges: ObjectRef;
  /** What the scan of a range says: a `RangeScan`. */
  scan(index: number): ObjectRef;
  /** A written chunk object, of a split with `materialize`. */
  toProcess(index: number): ObjectRef;
  /** `ChunkResult` of a chunk: its commit. */
  result(index: number): ObjectRef;
  /** Rows that an attempt wrote; they count once a result names them. @param extension - with its dot. @default '.csv' */
  processed(index: number, attempt: string, extension?: string): ObjectRef;
  /** Rejects that an attempt wrote, as JSON Lines. */
  rejectsPart(index: number, attempt: string): ObjectRef;
  /** What a sidecar collector of that name has an attempt write. */
  sidecarPart(index: number, attempt: string, name: string): ObjectRef;
  /** `Amendment` of a revision: makes amended results count. Absent where the revision changes no chunk. */
  amendment(revision: number): ObjectRef;
  /** Which chunks an amendment amends, one `AmendedChunk` per line. */
  amendedChunks(revision: number, name: string): ObjectRef;
  /** `ChunkResult` that takes the place of a chunk's own, once the amendment of that name is committed. */
  amendedResult(revision: number, name: string, index: number): ObjectRef;
  /** `ReplaySummary` of the replay that made an amendment. */
  replayed(revision: number, name: string): ObjectRef;
  /** What the resolve barrier keeps while it looks for repeated rows, and removes then. */
  repeats(name: string): ObjectRef;
  /** What the resolve barrier reduced. */
  readonly resolved: ObjectRef;
  /** Which multipart upload makes the merged output of a revision, for the tries after one that was cut short. */
  mergeUpload(revision: number): ObjectRef;
  /** Record of one mail, such as `success-r1`. */
  mail(kind: string): ObjectRef;
  /** The merged output of a revision. */
  output(revision: number, name: string): ObjectRef;
  /** `rejects.csv` of a revision. */
  rejects(revision: number): ObjectRef;
  /** `report.json` of a revision: the commit of the batch. */
  report(revision: number): ObjectRef;
  /** `report.html` of a revision: the same for people. */
  reportPage(revision: number): ObjectRef;
}

/** Names that stand beside the output; an upload of that name gets a prefix, or a mended `rejects.csv` would overwrite its own rejects. */
const besideOutput: ReadonlySet<string> = new Set(['rejects.csv', 'report.json', 'report.html']);

/**
 * Builds the keys of a batch: `<prefix><batchId>/…`, laid out as in docs/architecture.md.
 *
 * @param planNumber - which plan of the batch, from 1; a plan that takes another's place has keys of its own. @default 1
 * @example
 * const keys = batchKeys('b1', { work: { bucket: 'work', prefix: 'batches/' } });
 * keys.result(7).key; // 'batches/b1/results/0000007.json'
 */
export const batchKeys = (batchId: string, locations: BatchLocations, planNumber = 1): BatchKeys => {
  const output = locations.output ?? locations.work;
  const at = (place: PrefixRef, path: string): ObjectRef => ({
    bucket: place.bucket,
    key: `${place.prefix}${batchId}/${path}`,
  });
  const work = (path: string): ObjectRef => at(locations.work, path);
  // A plan that took the place of another has its chunks, results and parts to itself: none of the first one's count.
  const planned = (path: string): ObjectRef => work(planNumber === 1 ? path : `plan-${planNumber}/${path}`);
  const padded = (index: number): string => String(index).padStart(7, '0');
  return {
    manifest: planned('manifest.json'),
    chunks: planned('chunks.jsonl'),
    planSegment: (name) => planned(`plan/${name}.jsonl`),
    scanRanges: planned('scan/ranges.jsonl'),
    scan: (index) => planned(`scan/${padded(index)}.json`),
    toProcess: (index) => planned(`to_process/${padded(index)}.csv`),
    result: (index) => planned(`results/${padded(index)}.json`),
    processed: (index, attempt, extension = '.csv') => planned(`processed/${padded(index)}.${attempt}${extension}`),
    rejectsPart: (index, attempt) => planned(`rejects/${padded(index)}.${attempt}.jsonl`),
    sidecarPart: (index, attempt, name) => planned(`sidecars/${padded(index)}.${attempt}.${encodeURIComponent(name)}`),
    amendment: (revision) => planned(`amended/r${revision}.json`),
    amendedChunks: (revision, name) => planned(`amended/r${revision}/${name}/chunks.jsonl`),
    amendedResult: (revision, name, index) => planned(`amended/r${revision}/${name}/${padded(index)}.json`),
    replayed: (revision, name) => planned(`amended/r${revision}/${name}/replay.json`),
    repeats: (name) => planned(`repeats/${name}.bin`),
    resolved: planned('resolved.json'),
    mergeUpload: (revision) => planned(`merge/r${revision}.json`),
    mail: (kind) => work(`mail/${kind}.json`),
    output: (revision, name) =>
      at(output, `output/r${revision}/${besideOutput.has(name.toLowerCase()) ? 'merged-' : ''}${name}`),
    rejects: (revision) => at(locations.rejects ?? output, `output/r${revision}/rejects.csv`),
    report: (revision) => at(output, `output/r${revision}/report.json`),
    reportPage: (revision) => at(output, `output/r${revision}/report.html`),
  };
};

/** What makes a batch the same batch. */
export interface BatchIdentity {
  /** Bucket of the upload. */
  readonly bucket: string;
  /** Key of the upload, as it is. */
  readonly key: string;
  /** Only in a versioned bucket; makes `etag` and `sequencer` needless. */
  readonly versionId?: string;
  /** With `sequencer`, stands in for the version in an unversioned bucket. */
  readonly etag?: string;
  /** Of the upload event: tells two uploads of the same bytes apart. */
  readonly sequencer?: string;
  /** Everything that changes what comes out. */
  readonly config?: unknown;
}

/**
 * JSON with keys in order, so that equal settings hash alike.
 *
 * @throws TypeError for what JSON cannot hold: cycles and bigints
 * @example
 * canonicalJson({ b: 1, a: [2] }) === canonicalJson({ a: [2], b: 1 }); // true
 */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/**
 * The id of a batch: 32 hex digits of a SHA-256 over bucket, key, version (or etag and sequencer) and settings.
 * The same upload under the same settings always has the same id, so duplicate events meet in it.
 *
 * @throws TypeError when `config` is not JSON
 * @example
 * const batchId = batchIdOf({ bucket: 'orders', key: 'input/may.csv', versionId: 'v1', config: { delimiter: ';' } });
 */
export const batchIdOf = (identity: BatchIdentity): string => {
  const version = identity.versionId ?? [identity.etag ?? null, identity.sequencer ?? null];
  const text = canonicalJson([identity.bucket, identity.key, version, identity.config ?? null]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
};

/**
 * The last path segment of a key: the file name that outputs carry.
 *
 * @example
 * fileNameOf('input/2024/may.csv'); // 'may.csv'
 */
export const fileNameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);
