/** Services whose address the environment can give, with the SDK's own variable names. */
const variables = {
  s3: 'AWS_ENDPOINT_URL_S3',
  dynamodb: 'AWS_ENDPOINT_URL_DYNAMODB',
  sesv2: 'AWS_ENDPOINT_URL_SESV2',
} as const;

export type ServiceName = keyof typeof variables;

/**
 * The endpoint that the environment names for a service, which is then used instead of the stand-in.
 *
 * Variables: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export const endpointFromEnvironment = (service: ServiceName, environment: NodeJS.ProcessEnv): string | undefined =>
  environment[variables[service]] || environment.AWS_ENDPOINT_URL || undefined;

/** Settings that lead an SDK, the AWS CLI or a function to the stack. */
export const endpointVariables = (endpoints: {
  readonly s3: string;
  readonly dynamodb: string;
  readonly sesv2: string;
  readonly stepFunctions: string;
  readonly lambda: string;
  readonly sqs: string;
  readonly eventBridge: string;
  readonly ecs: string | undefined;
}): Record<string, string> => ({
  [variables.s3]: endpoints.s3,
  [variables.dynamodb]: endpoints.dynamodb,
  [variables.sesv2]: endpoints.sesv2,
  AWS_ENDPOINT_URL_SFN: endpoints.stepFunctions,
  AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda,
  AWS_ENDPOINT_URL_SQS: endpoints.sqs,
  AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.eventBridge,
  ...(endpoints.ecs === undefined ? {} : { AWS_ENDPOINT_URL_ECS: endpoints.ecs }),
});
