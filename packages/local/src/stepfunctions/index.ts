export type { Clock } from './engine/clock.ts';
export type { AwsClients, CustomTaskRequest, LambdaRequest, LambdaResponse } from './engine/engine.ts';
export type { ExecutionStatusEvent } from './engine/status-event.ts';
export { type LocalStepFunctions, type StepFunctionsOptions, startStepFunctions } from './start-step-functions.ts';
