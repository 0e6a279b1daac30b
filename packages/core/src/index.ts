export {
  type BatchIdentity,
  type BatchKeys,
  type BatchLocations,
  batchIdOf,
  batchKeys,
  canonicalJson,
  fileNameOf,
} from './batch-keys.ts';
export type { ColumnProfile, NumberProfile, ValueFormat, ValueKind } from './column-profile.ts';
export { combineCrc32, crc32, crc32Base64, crc32Hex } from './crc32.ts';
export { type DeadlineOptions, deadlineSignal } from './deadline.ts';
export {
  type CsvDialect,
  type CsvEncoding,
  type CsvLimits,
  defaultLimits,
  type RecordPolicy,
  type TextPolicy,
} from './dialect.ts';
export {
  PipelineConfigError,
  PipelineDeadlineError,
  PipelineDeliveryError,
  PipelineError,
  type PipelineErrorOptions,
  PipelineLookupError,
  PipelineLookupRefusedError,
  PipelineMergeError,
  PipelineRejectLimitError,
  PipelineSourceError,
  PipelineStorageError,
} from './errors.ts';
export type { IssueCode, RowIssue, RowReject } from './issues.ts';
export {
  type ChunkEntry,
  type ChunkManifest,
  type ChunkRef,
  checkFormat,
  chunkRef,
  type DetectedCsv,
  formatVersion,
  type ManifestFile,
  type PlanMode,
  type RenamedColumn,
  type SourceEntry,
} from './manifest.ts';
export {
  type ErrorCode,
  errorCodes,
  formatHint,
  formatMessage,
  issueCodes,
  type MessageCatalogue,
  type MessageParams,
} from './messages.ts';
export { type ObjectWriter, type ObjectWriterOptions, openWriter } from './object-writer.ts';
export { type ByteRange, formatRef, type ObjectRef, type PrefixRef } from './refs.ts';
export type {
  AmendedChunk,
  Amendment,
  BatchReport,
  ChunkResult,
  IssueCounts,
  PartRef,
  PlanProof,
  ReplaySummary,
  SidecarObject,
  StageTimes,
} from './result.ts';
export { cutValue, type IssueParts, type IssueWording, makeIssue, usualValueChars } from './row-issue.ts';
export {
  type AssignedValues,
  assignValues,
  type CsvRecord,
  createRowBatch,
  type FieldTable,
  issueKey,
  type RawRecords,
  type RowBatch,
  type Rows,
  rejectOf,
  rejectRows,
  withRows,
  withWarnings,
} from './rows.ts';
export { type Clock, createRunContext, type PipelineEvent, type RunContext, type Timers } from './run.ts';
export type { SidecarCollector, SidecarOfChunk, SidecarReducer, WrittenAs, WrittenColumn } from './sidecar.ts';
export {
  addColumns,
  type ColumnsOf,
  compose,
  createStage,
  dropColumns,
  type MapRowsOptions,
  mapRows,
  passThrough,
  type Stage,
  selectColumns,
} from './stage.ts';
export {
  type ListedPart,
  type MultipartRef,
  type ObjectInfo,
  type ObjectStore,
  type StoreCallOptions,
  type StoreLimits,
  storeLimits,
  type UploadedPart,
  type WriteOptions,
} from './store.ts';
export { parseJsonLines, readBytes, readJson, readJsonLines, writeJson } from './store-json.ts';
export { type TimeLimit, withTimeLimit } from './time-limit.ts';
export { keyEntryBytes, keyIndexBits, type UniqueKeys, type UniqueRule } from './unique.ts';
