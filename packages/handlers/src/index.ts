export { type ArchiveHandlerOptions, createArchiveHandler, keptKey } from './archive-handler.ts';
export {
  type CoordinatedBatch,
  type CoordinatedResult,
  type Coordinator,
  type CoordinatorOptions,
  createCoordinator,
} from './coordinator/create-coordinator.ts';
export { type EcsTargetOptions, ecsTask } from './coordinator/ecs-target.ts';
export { callContext, type InProcessOptions, inProcess } from './coordinator/in-process.ts';
export { type LambdaTargetOptions, lambdaFunction } from './coordinator/lambda-target.ts';
export { nextRetry, type Retrier, type TriesSoFar } from './coordinator/next-retry.ts';
export type { ChunkTargets } from './coordinator/run-chunks.ts';
export { remoteError, type Target, type TargetCall } from './coordinator/target.ts';
export type { CallContext, HandlerOptions, PipelineHandler } from './create-handler.ts';
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
export {
  type BatchEvent,
  type BatchEventsOptions,
  type BatchFailed,
  type BatchProgress,
  type BatchSucceeded,
  batchEvents,
  type TellBatch,
} from './observability/batch-events.ts';
export { type BatchStatus, batchStatus, type MapProgress } from './observability/batch-status.ts';
export { addEvent, type CallCounts, noCounts } from './observability/counts.ts';
export {
  type CallMetrics,
  type EmfOptions,
  emfMetrics,
  type MetricsSink,
  metricUnits,
  metricValues,
} from './observability/metrics.ts';
export {
  type PowertoolsLogger,
  type PowertoolsMetrics,
  type PowertoolsTracer,
  powertoolsLog,
  powertoolsMetrics,
} from './observability/powertools.ts';
export { createProcessHandler, type ProcessHandlerOptions } from './process-handler.ts';
export { type BatchGate, type BatchGateOptions, createBatchGate } from './queue/batch-gate.ts';
export { createQueueHandler, type QueueHandlerOptions, type QueueOutput } from './queue/queue-handler.ts';
export { chunkQueue, type QueueTargetOptions } from './queue/queue-target.ts';
export { type QueueEvent, type QueueRecord, readMessage } from './queue/read-message.ts';
export { type PutOff, type SendLaterOptions, sendLater } from './queue/send-later.ts';
export { type PlanOfChunk, type RejectSink, type RejectTableOptions, rejectTable } from './reject-sink.ts';
export { createReplayHandler, type ReplayHandlerOptions, type ReplayUploadsOutput } from './replay-handler.ts';
export { listPrices, type PageLink, type Prices, type RenderReportOptions } from './report/options.ts';
export { renderReport } from './report/render-report.ts';
export type { RenderPage } from './report/write-page.ts';
export { historyRef, readHistory, rememberRun } from './route/duration-history.ts';
export {
  addRun,
  type DurationHistory,
  type RouteLimits,
  type RunDuration,
  routeOf,
  secondsPerMb,
} from './route/estimate.ts';
export { createScanHandler, type ScanHandlerOptions } from './scan-handler.ts';
export { createHandler } from './schema-handler.ts';
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
  type TaskSubstitutions,
} from './state-machine.ts';
export { type RunAsTaskOptions, runAsTask, taskExitCodes } from './task/run-as-task.ts';
export { encodeEvent, readOrder, type TaskOrder, type TaskOutcome, taskVariables } from './task/task-protocol.ts';
export { taskRetry, transientRetry } from './transient-retry.ts';
