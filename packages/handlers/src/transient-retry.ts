/**
 * Retry of every task: only what may pass. Data errors (`PipelineSourceError`, `PipelineConfigError`, …) are not among them.
 * Full jitter keeps many chunks apart; the ceiling keeps the last waits short.
 */
export const transientRetry = [
  {
    ErrorEquals: [
      'Lambda.ClientExecutionTimeoutException',
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.TooManyRequestsException',
    ],
    IntervalSeconds: 1,
    BackoffRate: 2,
    MaxAttempts: 8,
    MaxDelaySeconds: 30,
    JitterStrategy: 'FULL',
  },
  {
    ErrorEquals: ['PipelineStorageError', 'PipelineLookupError', 'PipelineDeliveryError', 'PipelineDeadlineError'],
    IntervalSeconds: 1,
    BackoffRate: 2,
    MaxAttempts: 5,
    MaxDelaySeconds: 60,
    JitterStrategy: 'FULL',
  },
  {
    // The environment died: out of time, out of memory, or killed.
    ErrorEquals: ['Sandbox.Timedout', 'Runtime.ExitError', 'Runtime.OutOfMemory', 'States.Timeout'],
    IntervalSeconds: 1,
    BackoffRate: 2,
    MaxAttempts: 2,
    MaxDelaySeconds: 10,
    JitterStrategy: 'FULL',
  },
] as const;

/** Retry of work in container tasks: also when the service was busy or had no room for one. */
export const taskRetry = [
  ...transientRetry,
  {
    ErrorEquals: [
      'States.HeartbeatTimeout',
      'ECS.Unavailable',
      'ECS.AmazonECSException',
      'ECS.ServerException',
      'ECS.ThrottlingException',
      'AmazonECS.Unknown',
    ],
    IntervalSeconds: 5,
    BackoffRate: 2,
    MaxAttempts: 8,
    MaxDelaySeconds: 120,
    JitterStrategy: 'FULL',
  },
] as const;
