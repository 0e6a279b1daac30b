export { createTable, type LocalDynamoDb, putItems, startDynamoDb } from './dynamodb/index.ts';
export {
  type ContainerDefinition,
  type LocalEcs,
  type StartEcsOptions,
  startEcs,
  type TaskDefinition,
} from './ecs/index.ts';
export {
  type BusEvent,
  type Deliver,
  type DroppedEvent,
  type LocalEventBridge,
  type StartEventBridgeOptions,
  startEventBridge,
  type TargetClients,
} from './eventbridge/index.ts';
export { type HttpApiRoute, type LocalHttpApi, startHttpApi } from './http-api/index.ts';
export { type AccessGate, type AccessGateOptions, type GatedCall, startAccessGate } from './iam/access-gate.ts';
export { accessRequestsOf, type CallPlace, type ServiceCall, type ServiceName } from './iam/access-requests.ts';
export { evaluate } from './iam/evaluate.ts';
export { type AccessKey, type Caller, createKeyRing, type IssuedKey, type KeyRing } from './iam/key-ring.ts';
export type { AccessRequest, Decision, PolicyDocument, PolicyStatement } from './iam/policy.ts';
export {
  BUNDLE_OPTIONS,
  type FunctionConfig,
  type InvokeRequest,
  type InvokeResponse,
  type LocalLambda,
  type LogLine,
  type StartLambdaOptions,
  startLambda,
} from './lambda/index.ts';
export { type LocalS3, type ObjectEvent, startS3, toEventBridgeEvent, toS3Notification } from './s3/index.ts';
export { type LocalSes, type SentMail, startSes } from './ses/index.ts';
export {
  type DeadLetter,
  type EventSource,
  type EventSourceOptions,
  type LocalSqs,
  type SqsRecord,
  type StartSqsOptions,
  startEventSource,
  startSqs,
} from './sqs/index.ts';
export type { ExecutionBook, KnownExecution } from './stack/executions.ts';
export type {
  AppPlace,
  DeployedTemplate,
  LocalApp,
  LocalFunction,
  LocalQueue,
  LocalRule,
  LocalTask,
} from './stack/local-app.ts';
export type { LocalStack, LocalStackOptions, StackPorts } from './stack/local-stack.ts';
export type { StackRoles } from './stack/stack-access.ts';
export { startLocalStack } from './stack/start-local-stack.ts';
export { type TemplateAppOptions, templateApp } from './stack/template-app.ts';
export type { UploadOptions } from './stack/upload.ts';
export { type ExecutionStatusEvent, type LocalStepFunctions, startStepFunctions } from './stepfunctions/index.ts';
export { type LocalSts, type StartStsOptions, startSts } from './sts/start-sts.ts';
export { planTemplate } from './template/plan-template.ts';
export { readAssembly, type SynthesisedStack } from './template/read-assembly.ts';
export {
  type ResolvedResource,
  type ResolveOptions,
  resolveTemplate,
  type Template,
} from './template/resolve-template.ts';
export { rolePolicies } from './template/role-policies.ts';
export type { TemplatePlan } from './template/template-plan.ts';
