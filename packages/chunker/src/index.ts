export { commitChunk, readCommitted } from './commit/commit-chunk.ts';
export {
  type Compression,
  type CompressionClaim,
  compressionOf,
} from './compression/compression-of.ts';
export { type Compressor, type CompressorOptions, createCompressor } from './compression/create-compressor.ts';
export { type DecompressOptions, decompress } from './compression/decompress.ts';
export type { UnpackLimits } from './compression/unpack-limits.ts';
export { unsupportedFormatOf } from './compression/unsupported-format.ts';
export { type CsvDetection, type DetectCsvOptions, detectCsv, type GivenCsv } from './detect/detect-csv.ts';
export { toUtf8 } from './encoding/to-utf8.ts';
export { beforeDelimiter } from './fallback/before-delimiter.ts';
export {
  type MendedFile,
  type MendedRecord,
  type OpenMendedOptions,
  openMended,
  readMended,
} from './mended/read-mended.ts';
export { type ChunkSizeOptions, defaultChunkBytes, type WorkerSize } from './plan/chunk-bounds.ts';
export type { PlannedChunk } from './plan/chunk-cutter.ts';
export { type JudgeRecordOptions, judgeRecord } from './plan/judge-record.ts';
export { openManifest, readManifest } from './plan/manifest-reader.ts';
export { type BlockReader, countRecords, planChunks } from './plan/plan-chunks.ts';
export { type OpenRange, type PlanParallelOptions, planParallel } from './plan/plan-parallel.ts';
export { type PlanSampledOptions, planSampled, type ReadRange, type SampledChunk } from './plan/plan-sampled.ts';
export type { PlanChunksOptions } from './plan/planner.ts';
export type { CellScan, LaneScan, RangeScan } from './plan/range-scan.ts';
export { type ReduceScansOptions, reduceScans } from './plan/reduce-scans.ts';
export { rangeBytes, type ScanRangeOptions, scanRange } from './plan/scan-range.ts';
export {
  type RunScanTaskOptions,
  runScanTask,
  type ScanTask,
  type SplitOrScan,
  type SplitOrScanOptions,
  splitOrScan,
} from './plan/scan-tasks.ts';
export { type ProcessChunkOptions, processChunk } from './process-chunk.ts';
export { type ParseRowsOptions, parseRows } from './read/parse-rows.ts';
export { readObjectRows, readSourceRows } from './read/read-object-rows.ts';
export { type ReadRowsOptions, readRows } from './read/read-rows.ts';
export { type WrittenRecords, writtenRecords } from './read/written-records.ts';
export { checkColumns } from './source/check-columns.ts';
export { checkDialect, type DialectOptions } from './source/dialect-options.ts';
export { checkAliases, type HeaderAliases, type NameDifference } from './source/header-aliases.ts';
export { type OpenCsvOptions, type OpenedSource, openCsv } from './source/open-source.ts';
export {
  type CsvHeader,
  type HeaderChoice,
  type ReadHeaderOptions,
  readHeader,
} from './source/read-header.ts';
export { rejectColumns, reservedPrefix } from './source/reserved-columns.ts';
export type { SourceOptions } from './source/source-options.ts';
export { type SplitCursor, type SplitOptions, split } from './split.ts';
export { type ColumnChoice, checkChoice, type OutputColumn, outputColumn } from './write/column-choice.ts';
export { type FieldDialect, formatField } from './write/format-field.ts';
export { formatHeader } from './write/format-header.ts';
export { createJsonFormatter, type JsonRowFormat } from './write/format-json-lines.ts';
export type { RowFormat } from './write/format-plan.ts';
export { type BatchFormatter, createRowFormatter } from './write/format-rows.ts';
export { issueCollector, warningCollector } from './write/issue-collector.ts';
export {
  checkOutputFormat,
  contentTypeOf,
  extensionOf,
  type OutputFormat,
  outputDialect,
  outputName,
  type Quoting,
} from './write/output-format.ts';
export { createOutputFormatter, type OutputFormatter } from './write/output-formatter.ts';
export {
  createRejectFormatter,
  formatRejectLine,
  type RejectLine,
  rejectBytes,
  rejectLineOf,
} from './write/reject-lines.ts';
export { type WriteRowsOptions, type WrittenRows, writeRows } from './write/write-rows.ts';
