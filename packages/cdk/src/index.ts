export { type Acknowledgement, acknowledgeFindings, acknowledgements } from './acknowledge.ts';
export { allowGate, type BatchGateProps } from './batch-gate.ts';
export {
  BatchMachine,
  type BatchMachineProps,
  executionArns,
  machineArn,
  machineName,
  mapRunArns,
} from './batch-machine.ts';
export { BucketEmptier } from './bucket-emptier.ts';
export { type BundleOptions, type Bundler, esbuildBundler } from './bundle.ts';
export { ChunkQueue, type ChunkQueueProps } from './chunk-queue.ts';
export { FargateTask, type FargateTaskProps, type TaskSettings, taskContainer } from './containers/fargate-task.ts';
export { TaskNetwork, type TaskNetworkProps } from './containers/task-network.ts';
export { TaskRoute, type TaskRouteProps } from './containers/task-route.ts';
export { DataBucket, type DataBucketProps } from './data-bucket.ts';
export { DeadLetters } from './dead-letters.ts';
export { FailureRoute, type FailureRouteProps } from './failure-route.ts';
export { type FunctionSettings, type RequiredFunction, usualSettings } from './function-settings.ts';
export { LinkRole, type LinkRoleProps } from './link-role.ts';
export { LookupApi, type LookupApiProps } from './lookup-api.ts';
export { MailSender, type MailSenderProps } from './mail-sender.ts';
export {
  coordinatorUses,
  type FunctionName,
  functionUses,
  type ObjectUse,
  objectActions,
  objectStatements,
} from './permissions.ts';
export { CsvPipeline } from './pipeline/csv-pipeline.ts';
export type { TableLookup } from './pipeline/deployment.ts';
export type { PipelineContainers } from './pipeline/pipeline-containers.ts';
export type { PipelineFunctions } from './pipeline/pipeline-functions.ts';
export type {
  ContainerSettings,
  CsvPipelineProps,
  PipelineMail,
  PipelineSurroundings,
} from './pipeline/pipeline-props.ts';
export { PipelineFunction, type PipelineFunctionProps } from './pipeline-function.ts';
export {
  checkPlaces,
  folderPattern,
  type Place,
  type PlaceName,
  type Places,
  placeNames,
  usualPrefixes,
} from './places.ts';
export { RejectTable, type RejectTableProps } from './reject-table.ts';
export { Traces } from './traces.ts';
export { keyPatterns, UploadTrigger, type UploadTriggerProps } from './upload-trigger.ts';
export { type AlarmLimits, type AlarmName, pipelineAlarms } from './watch/alarms.ts';
export { type DashboardSources, pipelineDashboard } from './watch/dashboard.ts';
export { type MetricSources, type PipelineMetrics, pipelineMetrics } from './watch/metrics.ts';
export { Watch, type WatchProps } from './watch/watch.ts';
