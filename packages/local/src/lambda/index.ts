export { BUNDLE_OPTIONS } from './bundle.ts';
export { LambdaServiceError, type LambdaServiceErrorName } from './errors.ts';
export { startLambda } from './start-lambda.ts';
export type {
  FunctionConfig,
  FunctionStats,
  InvokeRequest,
  InvokeResponse,
  LocalLambda,
  LogLine,
  StartLambdaOptions,
} from './types.ts';
