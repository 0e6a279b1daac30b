import { LambdaServiceError } from './errors.ts';

/** Set by the runtime itself, so a configuration may not: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_EXECUTION_ENV|AWS_LAMBDA_(?!LOG_FORMAT$|LOG_LEVEL$).*|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;

/**
 * Refuses names that belong to the runtime. Credentials and region may be set, unlike on AWS, where they are the role's.
 * @throws LambdaServiceError `InvalidParameterValueException`
 */
export const checkEnvironment = (environment: Readonly<Record<string, string>>): void => {
  const reserved = Object.keys(environment).filter((name) => RESERVED.test(name));
  if (reserved.length === 0) return;
  throw new LambdaServiceError(
    'InvalidParameterValueException',
    400,
    'Lambda was unable to configure your environment variables because the environment variables you have provided ' +
      `contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
  );
};

/**
 * The whole environment of a function process. Of ours only PATH goes over, so that what works here is what was configured;
 * HOME and TMPDIR point into the environment's own folder, which keeps the user's AWS profile out.
 */
export const processEnvironment = (options: {
  functionName: string;
  handler: string;
  memoryMb: number;
  region: string;
  runtimePort: number;
  taskRoot: string;
  tempDir: string;
  configured: Readonly<Record<string, string>>;
}): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  TZ: 'UTC',
  LANG: 'en_US.UTF-8',
  HOME: options.tempDir,
  TMPDIR: options.tempDir,
  AWS_REGION: options.region,
  AWS_DEFAULT_REGION: options.region,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  ...options.configured,
  AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`,
  AWS_LAMBDA_FUNCTION_NAME: options.functionName,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memoryMb),
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${options.functionName}`,
  AWS_LAMBDA_LOG_STREAM_NAME: `local/[$LATEST]${options.runtimePort}`,
  AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${options.runtimePort}`,
  LAMBDA_TASK_ROOT: options.taskRoot,
  _HANDLER: `index.${options.handler}`,
});
