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
  readonly manifest: ObjectRef;
  readonly chunks: ObjectRef;
  planSegment(segment: number): ObjectRef;
  toProcess(index: number): ObjectRef;
  result(index: number): ObjectRef;
  processed(index: number, attempt: string): ObjectRef;
  rejectsPart(index: number, attempt: string): ObjectRef;
  readonly resolved: ObjectRef;
  mail(kind: string): ObjectRef;
  output(revision: number, name: string): ObjectRef;
  rejects(revision: number): ObjectRef;
  report(revision: number): ObjectRef;
}

/** Names that stand beside the output; an upload of that name gets a prefix, or a mended `rejects.csv` would overwrite its own rejects. */
const besideOutput: ReadonlySet<string> = new Set(['rejects.csv', 'report.json', 'report.html']);

/** Builds the keys of a batch: `<prefix><batchId>/…`, laid out as in docs/architecture.md. */
export const batchKeys = (batchId: string, locations: BatchLocations): BatchKeys => {
  const output = locations.output ?? locations.work;
  const at = (place: PrefixRef, path: string): ObjectRef => ({
    bucket: place.bucket,
    key: `${place.prefix}${batchId}/${path}`,
  });
  const work = (path: string): ObjectRef => at(locations.work, path);
  const padded = (index: number): string => String(index).padStart(7, '0');
  return {
    manifest: work('manifest.json'),
    chunks: work('chunks.jsonl'),
    planSegment: (segment) => work(`plan/${padded(segment)}.jsonl`),
    toProcess: (index) => work(`to_process/${padded(index)}.csv`),
    result: (index) => work(`results/${padded(index)}.json`),
    processed: (index, attempt) => work(`processed/${padded(index)}.${attempt}.csv`),
    rejectsPart: (index, attempt) => work(`rejects/${padded(index)}.${attempt}.jsonl`),
    resolved: work('resolved.json'),
    mail: (kind) => work(`mail/${kind}.json`),
    output: (revision, name) =>
      at(output, `output/r${revision}/${besideOutput.has(name.toLowerCase()) ? 'merged-' : ''}${name}`),
    rejects: (revision) => at(locations.rejects ?? output, `output/r${revision}/rejects.csv`),
    report: (revision) => at(output, `output/r${revision}/report.json`),
  };
};

/** What makes a batch the same batch. */
export interface BatchIdentity {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  /** With `sequencer`, stands in for the version in an unversioned bucket. */
  readonly etag?: string;
  readonly sequencer?: string;
  /** Everything that changes what comes out. */
  readonly config?: unknown;
}

/** JSON with keys in order, so that equal settings hash alike. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );

/**
 * The id of a batch: 32 hex digits of a SHA-256 over bucket, key, version (or etag and sequencer) and settings.
 * The same upload under the same settings always has the same id, so duplicate events meet in it.
 */
export const batchIdOf = (identity: BatchIdentity): string => {
  const version = identity.versionId ?? [identity.etag ?? null, identity.sequencer ?? null];
  const text = canonicalJson([identity.bucket, identity.key, version, identity.config ?? null]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
};

/** The last path segment of a key: the file name that outputs carry. */
export const fileNameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);
