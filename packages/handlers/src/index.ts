export { type ArchiveHandlerOptions, createArchiveHandler, keptKey } from './archive-handler.ts';
export { type BatchEvent, type EventPublisherOptions, eventPublisher, type PublishEvent } from './batch-events.ts';
export { createHandler, type HandlerOptions, type PipelineHandler } from './create-handler.ts';
export {
  createFailureHandler,
  type FailureHandlerOptions,
  type FailureOutput,
  type StatusEvent,
} from './failure-handler.ts';
export { findFailure } from './find-failure.ts';
export {
  type IgnoredEvent,
  type IncomingObject,
  type IntakeItem,
  isIgnored,
  readIntakeEvent,
} from './intake-events.ts';
export { createIntakeHandler, type IntakeHandlerOptions, type IntakeOutput } from './intake-handler.ts';
export { checkLocations, isWithin, oneBucket, type PipelineLocations, writtenPlaces } from './locations.ts';
export { type Failure, failureMail, replayFailureMail } from './mail/failure-mail.ts';
export { createLinks, type Link, type LinkOptions, type LinkUse, type MakeLink } from './mail/links.ts';
export { type MailRecord, sendOnce } from './mail/mail-record.ts';
export { encodeHeader, type Mail, type Notifier, type SesNotifierOptions, sesNotifier } from './mail/notifier.ts';
export { successMail } from './mail/success-mail.ts';
export {
  createMergeHandler,
  createResolveHandler,
  type MergeHandlerOptions,
  type ResolveHandlerOptions,
} from './merge-handlers.ts';
export { errorReport } from './middleware/error-report.ts';
export { eventSchema } from './middleware/event-schema.ts';
export { jsonLog, type Log, type LogEntry, runLog } from './middleware/run-log.ts';
export { type NotifyOptions, notify } from './notify.ts';
export { createNotifyHandler, type NotifyHandlerOptions } from './notify-handler.ts';
export { createProcessHandler, type ProcessHandlerOptions } from './process-handler.ts';
export { type PlanOfChunk, type RejectSink, type RejectTableOptions, rejectTable } from './reject-sink.ts';
export { createReplayHandler, type ReplayHandlerOptions, type ReplayUploadsOutput } from './replay-handler.ts';
export { listPrices, type PageLink, type Prices, type RenderReportOptions } from './report/options.ts';
export { renderReport } from './report/render-report.ts';
export type { RenderPage } from './report/write-page.ts';
export { createScanHandler, type ScanHandlerOptions } from './scan-handler.ts';
export { createSplitHandler, type SplitHandlerOptions } from './split-handler.ts';
export type {
  ArchiveInput,
  ArchiveOutput,
  BatchInput,
  BatchSettings,
  BatchStep,
  MergeOutput,
  NotifyInput,
  NotifyOutput,
  ProcessInput,
  ProcessOutput,
  ReplayInput,
  ReplayOutput,
  ResolveOutput,
  ScanInput,
  ScanOutput,
  SplitInput,
  SplitOutput,
} from './state.ts';
export {
  type ReplayMachineSubstitutions,
  replayMachineDefinition,
  type StateMachineSubstitutions,
  stateMachineDefinition,
} from './state-machine.ts';
export { transientRetry } from './transient-retry.ts';
