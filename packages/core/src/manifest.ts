import type { CsvDialect, CsvEncoding, CsvLimits, RecordPolicy, TextPolicy } from './dialect.ts';
import { PipelineConfigError } from './errors.ts';
import type { ByteRange, ObjectRef } from './refs.ts';

/** Version of the formats written to S3. Readers ignore unknown fields and accept the same major version. */
export const formatVersion = '1.0';

const majorOf = (version: unknown): string => String(version).split('.')[0]!;

/**
 * Refuses what a newer or older major version wrote. Minor versions mix: an execution can be redriven for 14 days after an update.
 *
 * @param what - names the format in the message: `manifest`, `result`, `report`
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * const file = checkFormat('manifest', await readJson<ManifestFile>(store, manifest.object));
 */
export const checkFormat = <T extends { readonly formatVersion: string }>(what: string, read: T): T => {
  if (majorOf(read.formatVersion) === majorOf(formatVersion)) return read;
  throw new PipelineConfigError('CONFIG_INVALID', {
    option: `${what}.formatVersion`,
    expected: `${majorOf(formatVersion)}.x`,
    got: read.formatVersion,
  });
};

/** What was detected of a file from its first bytes, and how sure that is: shares of `[0, 1]`, 1 where it was given or is marked. */
export interface DetectedCsv {
  readonly encoding: CsvEncoding;
  readonly delimiter: string;
  readonly quote: string;
  /** @default the quote, doubled */
  readonly escape?: string;
  /** @default none */
  readonly comment?: string;
  readonly newline: CsvDialect['newline'];
  /** A CR that no LF follows ends a record too. @default false */
  readonly loneCr?: boolean;
  /** Lines before the header that belong to no record. @default 0 */
  readonly skipLines?: number;
  /** Whether the first record names the columns. */
  readonly header: boolean;
  readonly confidence: {
    readonly encoding: number;
    readonly delimiter: number;
    readonly quote: number;
    readonly newline: number;
    readonly header: number;
    readonly escape?: number;
    readonly skipLines?: number;
  };
  /** How many bytes were looked at. */
  readonly sampleBytes: number;
}

/** A column that rows know by another name than its header. */
export interface RenamedColumn {
  /** Its name in the header. */
  readonly from: string;
  /** Its name everywhere else. */
  readonly to: string;
}

/** One input object of a batch, pinned, and what the splitter learned about it. */
export interface SourceEntry {
  /** Pinned by version or etag. */
  readonly object: ObjectRef;
  readonly sizeBytes: number;
  /** As it was given or detected; the newline is that of the header. */
  readonly dialect: CsvDialect;
  /** @default 'utf-8' */
  readonly encoding?: CsvEncoding;
  /** How the object is packed; offsets and sizes are those of the unpacked bytes. @default not at all */
  readonly compression?: 'gzip' | 'zstd';
  /** What was detected, when detection was asked for. @default nothing */
  readonly detected?: DetectedCsv;
  /** What reads the records: our scanner, or csv-parse for dialects that it does not know. @default 'scanner' */
  readonly reader?: 'scanner' | 'csv-parse';
  /** Text that the encoding does not allow. @default all of it rejects its row */
  readonly text?: TextPolicy;
  /** Records that are not as they should be. @default all of them are rejects */
  readonly records?: RecordPolicy;
  /** The file begins with a byte order mark. */
  readonly bom: boolean;
  /** Lines before the header that were skipped. @default 0 */
  readonly skippedLines?: number;
  /** Where the header record stands, BOM and skipped lines excluded, newline included; empty in a file without one. */
  readonly header: ByteRange;
  /** The header record as it stands in the file, newline included; empty in a file without one. */
  readonly headerText: string;
  /** Column names, in file order. */
  readonly columns: readonly string[];
  /** Columns that the header calls otherwise, by declared aliases, in file order. @default none */
  readonly renamed?: readonly RenamedColumn[];
  /** How many trailing `__pipeline_*` columns of a mended rejects file are stripped. */
  readonly strippedColumns: number;
  /** Data rows, without the header; `null` while a sampled plan is not proven. */
  readonly rowCount: number | null;
}

/**
 * One line of `chunks.jsonl`. What all chunks share stands in the manifest, so a line stays near 120 bytes.
 * `kind` says how to read it; readers refuse kinds they do not know.
 */
export interface ChunkEntry {
  /** From 0, without gaps. */
  readonly index: number;
  /** A range of the source, or an object with a header of its own. */
  readonly kind: 'csv-range' | 'csv-object';
  /** Index into `manifest.sources`. */
  readonly source: number;
  /** Bytes of the source that this chunk covers. */
  readonly start: number;
  /** The byte behind its last one. */
  readonly end: number;
  /** 1-based data row of the first record; `null` in a sampled plan, which does not know. */
  readonly firstRow: number | null;
  /** Records in the chunk; `null` in a sampled plan. */
  readonly rowCount: number | null;
  /** Key of the written chunk object; only for `csv-object`. */
  readonly key?: string;
  /** Bytes of BOM and header before the first record in the written object; only for `csv-object`. */
  readonly headerBytes?: number;
  /**
   * Where the chunk is processed, where there is a choice: by a Lambda function, by a container task, or by a function alone,
   * since what is to be said does not fit the environment of a task. @default 'lambda'
   */
  readonly route?: 'lambda' | 'task' | 'lambdaOnly';
}

/** How the borders of chunks were found: in one pass, by ranges that were scanned side by side, or from samples. */
export type PlanMode = 'sequential' | 'parallel' | 'sampled';

/** `manifest.json`: the plan of one batch. */
export interface ManifestFile {
  readonly formatVersion: string;
  readonly batchId: string;
  /** Raised when corrected rows are replayed into the batch; each revision has an output of its own. */
  readonly revision: number;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The inputs; a split makes one. */
  readonly sources: readonly SourceEntry[];
  /** Caps that every reader of the batch keeps to. */
  readonly limits: CsvLimits;
  /** How the plan was made: `sampled` borders are guesses that every worker proves or disproves. @default 'sequential' */
  readonly planMode?: PlanMode;
  /** 1 for the batch's first plan, 2 for the full scan that takes the place of a sampled plan that was wrong. @default 1 */
  readonly planNumber?: number;
  readonly chunkCount: number;
  /** Data rows of all chunks; `null` in a sampled plan. */
  readonly rowCount: number | null;
  /** Length of the source, header included. */
  readonly bytes: number;
  /** The plan itself: one `ChunkEntry` per line. */
  readonly chunks: ObjectRef;
}

/** A chunk with everything that its worker needs. */
export interface ChunkRef {
  readonly batchId: string;
  /** From 0, in input order. */
  readonly index: number;
  readonly kind: ChunkEntry['kind'];
  /** The source itself or a written chunk object. */
  readonly object: ObjectRef;
  /** Bytes of `object` that hold the records. */
  readonly range: ByteRange;
  /** Byte offset in the source of the first byte of `range`. */
  readonly sourceOffset: number;
  /** 1-based data row of the first record; 1 in a sampled plan, where rows count within their chunk until they are merged. */
  readonly firstRow: number;
  /** Records that the plan counted; `null` in a sampled plan. */
  readonly rowCount: number | null;
  /** @default 'sequential' */
  readonly planMode?: PlanMode;
  /** @default 1 */
  readonly planNumber?: number;
  /** What the splitter learned about the input. */
  readonly source: SourceEntry;
  readonly limits: CsvLimits;
}

/** A manifest with its plan as a stream: `for await (const chunk of manifest.chunks)`, as often as wanted. */
export interface ChunkManifest extends Omit<ManifestFile, 'chunks'> {
  /** In input order; read anew for each iteration. */
  readonly chunks: AsyncIterable<ChunkRef>;
  /** Where `manifest.json` was written. */
  readonly object: ObjectRef;
  /** Where `chunks.jsonl` was written. */
  readonly plan: ObjectRef;
}

/**
 * Joins a line of the plan with what the manifest says for all chunks.
 *
 * @example
 * const file = await readJson<ManifestFile>(store, batchKeys(batchId, locations).manifest);
 * for await (const entry of readJsonLines<ChunkEntry>(store, file.chunks)) console.log(chunkRef(file, entry).range);
 */
export const chunkRef = (
  manifest: Pick<ManifestFile, 'batchId' | 'sources' | 'limits' | 'chunks' | 'planMode' | 'planNumber'>,
  entry: ChunkEntry,
): ChunkRef => {
  const source = manifest.sources[entry.source]!;
  const written = entry.kind === 'csv-object' ? { bucket: manifest.chunks.bucket, key: entry.key! } : undefined;
  const bytes = entry.end - entry.start;
  const skip = entry.headerBytes ?? 0;
  return {
    batchId: manifest.batchId,
    index: entry.index,
    kind: entry.kind,
    object: written ?? source.object,
    range: written === undefined ? { start: entry.start, end: entry.end } : { start: skip, end: skip + bytes },
    sourceOffset: entry.start,
    firstRow: entry.firstRow ?? 1,
    rowCount: entry.rowCount,
    ...(manifest.planMode === undefined ? {} : { planMode: manifest.planMode }),
    ...(manifest.planNumber === undefined ? {} : { planNumber: manifest.planNumber }),
    source,
    limits: manifest.limits,
  };
};
