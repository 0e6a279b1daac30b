export { createTable, type LocalDynamoDb, putItems, startDynamoDb } from './dynamodb/index.ts';
export { type HttpApiRoute, type LocalHttpApi, startHttpApi } from './http-api/index.ts';
export { BUNDLE_OPTIONS, type FunctionConfig, type LocalLambda, type LogLine, startLambda } from './lambda/index.ts';
export { type LocalS3, type ObjectEvent, startS3, toEventBridgeEvent, toS3Notification } from './s3/index.ts';
export { type LocalSes, type SentMail, startSes } from './ses/index.ts';
export type { ExecutionBook, KnownExecution } from './stack/executions.ts';
export type { AppPlace, LocalApp, LocalFunction } from './stack/local-app.ts';
export {
  type LocalStack,
  type LocalStackOptions,
  type StackPorts,
  startLocalStack,
} from './stack/start-local-stack.ts';
export type { UploadOptions } from './stack/upload.ts';
export { type ExecutionStatusEvent, type LocalStepFunctions, startStepFunctions } from './stepfunctions/index.ts';
