export { type Acknowledgement, acknowledgeFindings, acknowledgements } from './acknowledge.ts';
export { BatchMachine, type BatchMachineProps, executionArns, machineArn, machineName } from './batch-machine.ts';
export { BucketEmptier } from './bucket-emptier.ts';
export { type BundleOptions, type Bundler, esbuildBundler } from './bundle.ts';
export { CsvPipeline } from './csv-pipeline.ts';
export { DataBucket, type DataBucketProps } from './data-bucket.ts';
export { DeadLetters } from './dead-letters.ts';
export { FailureRoute, type FailureRouteProps } from './failure-route.ts';
export { type FunctionSettings, type RequiredFunction, usualSettings } from './function-settings.ts';
export { LinkRole, type LinkRoleProps } from './link-role.ts';
export { MailSender, type MailSenderProps } from './mail-sender.ts';
export { type FunctionName, functionUses, type ObjectUse, objectActions, objectStatements } from './permissions.ts';
export { PipelineFunction, type PipelineFunctionProps } from './pipeline-function.ts';
export type { CsvPipelineProps, PipelineSurroundings } from './pipeline-props.ts';
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
export { keyPatterns, UploadTrigger, type UploadTriggerProps } from './upload-trigger.ts';
export { Watch, type WatchProps } from './watch.ts';
