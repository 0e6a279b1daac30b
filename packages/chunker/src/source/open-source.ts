import {
  type CsvLimits,
  createRunContext,
  type DetectedCsv,
  defaultLimits,
  formatRef,
  type ObjectInfo,
  type ObjectRef,
  type ObjectStore,
  PipelineConfigError,
  PipelineSourceError,
  type RunContext,
  type SourceEntry,
} from '@pipeline/core';
import { type Compression, compressionOf } from '../compression/compression-of.ts';
import { decompress } from '../compression/decompress.ts';
import { unsupportedFormatOf } from '../compression/unsupported-format.ts';
import { detectCsv } from '../detect/detect-csv.ts';
import { given } from '../given.ts';
import { knownToScanner } from '../scan/known-to-scanner.ts';
import { checkDialect, type DialectOptions } from './dialect-options.ts';
import { checkAliases } from './header-aliases.ts';
import { headBytes, readHeader } from './read-header.ts';
import type { SourceOptions } from './source-options.ts';

/** Where the object is read from, and what is known of it. */
export interface OpenCsvOptions extends DialectOptions, SourceOptions {
  /** Where the object lies. */
  readonly store: ObjectStore;
  /** Its signal ends the reading. @default createRunContext() */
  readonly run?: RunContext;
  /** Caps. @default defaultLimits */
  readonly limits?: CsvLimits;
}

/** Everything about a source but its row count; `sizeBytes` is that of the object, packed or not. */
export type OpenedSource = Omit<SourceEntry, 'rowCount'>;

/**
 * Pins an object and reads its header: everything about a source but its row count.
 *
 * @throws PipelineSourceError `SOURCE_NOT_FOUND`, `SOURCE_EMPTY`, `SOURCE_UNSUPPORTED`, `SOURCE_CORRUPT`, `SOURCE_BOMB`,
 * `CSV_BAD_HEADER`, `CSV_BAD_ENCODING`, `CSV_UNCERTAIN`; PipelineConfigError `CONFIG_INVALID` for a wrong dialect
 * @example
 * const { columns, sizeBytes } = await openCsv({ bucket: 'inbox', key: 'orders.csv' }, { store, delimiter: ';' });
 */
export const openCsv = async (object: ObjectRef, options: OpenCsvOptions): Promise<OpenedSource> => {
  const { store, run = createRunContext(), limits = defaultLimits } = options;
  if (!knownToScanner(checkDialect(options)) && options.detect === true)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'detect',
      expected:
        'left out where delimiter, quote, escape or comment is not one ASCII character: detection knows no others',
      got: true,
    });
  if (options.aliases !== undefined) checkAliases(options.aliases);
  const info = await store.head(object, { signal: run.signal });
  const name = formatRef(object);
  const head = await readHead(store, info, {
    run,
    wanted: headBytes(limits, options.detect === true ? 'none' : options.header),
    name,
    options,
  });
  const detected = options.detect === true ? detectSure(head, options, name) : undefined;
  const dialect = checkDialect({ ...detected, ...given(options, dialectOptions) });
  const fallback = knownToScanner(dialect) ? {} : ({ reader: 'csv-parse' } as const);
  if (fallback.reader !== undefined) run.observe({ type: 'source.fallback', batchId: run.batchId, ...fallback });
  const skipLines = options.skipLines ?? detected?.skipLines ?? 0;
  const header = readHeader(head.bytes, {
    dialect,
    limits,
    object: name,
    complete: head.complete,
    encoding: options.encoding ?? detected?.encoding,
    skipLines,
    header: options.header ?? (detected?.header === false ? 'none' : 'first'),
    aliases: options.aliases,
  });
  return {
    object: info.ref,
    sizeBytes: info.sizeBytes,
    dialect: { ...dialect, newline: header.newline },
    ...(header.encoding === 'utf-8' ? {} : { encoding: header.encoding }),
    ...(head.compression === undefined ? {} : { compression: head.compression }),
    ...(detected === undefined ? {} : { detected }),
    ...fallback,
    ...given(options, ['text', 'records']),
    bom: header.bom,
    ...(skipLines === 0 ? {} : { skippedLines: skipLines }),
    header: header.range,
    headerText: header.text,
    columns: header.columns,
    ...(header.renamed.length === 0 ? {} : { renamed: header.renamed }),
    strippedColumns: header.strippedColumns,
  };
};

const dialectOptions = ['delimiter', 'quote', 'escape', 'loneCr', 'comment'] as const;

/** The first bytes of a source, unpacked. */
interface SourceHead {
  readonly bytes: Uint8Array;
  /** They are all there are. */
  readonly complete: boolean;
  readonly compression: Compression | undefined;
}

const readHead = async (
  store: ObjectStore,
  { ref, sizeBytes, contentEncoding }: ObjectInfo,
  {
    run,
    wanted,
    name,
    options,
  }: { readonly run: RunContext; readonly wanted: number; readonly name: string; readonly options: OpenCsvOptions },
): Promise<SourceHead> => {
  const { signal } = run;
  const first =
    sizeBytes === 0
      ? { bytes: Buffer.alloc(0), complete: true }
      : await collect(store.read(ref, { range: { start: 0, end: Math.min(sizeBytes, wanted) }, signal }), wanted);
  const compression = compressionOf(first.bytes, {
    key: ref.key,
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
  });
  if (compression === undefined) {
    const other = unsupportedFormatOf(first.bytes);
    if (other !== undefined) throw new PipelineSourceError('SOURCE_UNSUPPORTED', { object: name, format: other });
    return { bytes: first.bytes, complete: first.bytes.length === sizeBytes, compression };
  }
  const limits = options.unpack;
  const unpacked = decompress(store.read(ref, { signal }), {
    compression,
    object: name,
    signal,
    ...(limits === undefined ? {} : { limits }),
  });
  const inner = await collect(unpacked, wanted);
  const packedAgain = compressionOf(inner.bytes) ?? unsupportedFormatOf(inner.bytes);
  if (packedAgain !== undefined)
    throw new PipelineSourceError('SOURCE_UNSUPPORTED', {
      object: name,
      format: `${packedAgain} inside ${compression}`,
    });
  return { ...inner, compression };
};

/** At most `most` bytes of a stream, and whether that was all of it. */
const collect = async (
  bytes: AsyncIterable<Uint8Array>,
  most: number,
): Promise<{ readonly bytes: Buffer; readonly complete: boolean }> => {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    pieces.push(Uint8Array.from(piece));
    length += piece.length;
    if (length > most) break;
  }
  const all = Buffer.concat(pieces);
  return { bytes: all.subarray(0, most), complete: length <= most };
};

/** Detection looks at so many first bytes. */
const sampleBytes = 64 * 1024;

const detectSure = (head: SourceHead, options: OpenCsvOptions, object: string): DetectedCsv => {
  const { header, minConfidence = 0.6 } = options;
  const sample = head.bytes.subarray(0, sampleBytes);
  const detected = detectCsv(sample, {
    complete: head.complete && head.bytes.length <= sampleBytes,
    given: {
      ...given(options, ['encoding', 'delimiter', 'quote', 'escape', 'loneCr', 'comment', 'skipLines']),
      ...(header === undefined ? {} : { header: header === 'first' }),
    },
  });
  const unsure = Object.entries(detected.confidence).find(
    ([property, confidence]) => confidence < minConfidence && matters(property, detected),
  );
  if (unsure !== undefined)
    throw new PipelineSourceError('CSV_UNCERTAIN', {
      object,
      property: unsure[0],
      confidence: Number(unsure[1].toFixed(2)),
      sampleBytes: sample.length,
    });
  return detected;
};

/** LF and CRLF are read alike, so only a lone CR must be sure; an escape that was not found changes nothing. */
const matters = (property: string, detected: DetectedCsv): boolean => {
  if (property === 'newline') return detected.newline === 'cr';
  if (property === 'escape') return detected.escape !== undefined;
  return property !== 'skipLines' || (detected.skipLines ?? 0) > 0;
};
