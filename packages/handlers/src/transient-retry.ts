/**
 * What may pass. Data errors (`PipelineSourceError`, `PipelineConfigError`, …) are not among them.
 * Full jitter keeps many chunks apart; the ceiling keeps the last waits short.
 */
const passing = [
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
    ErrorEquals: ['PipelineStorageError', 'PipelineLookupError', 'PipelineDeliveryError'],
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

/** Work whose time was over took as long as it may: once more, since others may have slowed it down, and not again and again. */
const outOfTime = {
  ErrorEquals: ['PipelineDeadlineError'],
  IntervalSeconds: 1,
  BackoffRate: 2,
  MaxAttempts: 1,
  MaxDelaySeconds: 10,
  JitterStrategy: 'FULL',
} as const;

/** Retry of every task of the definition: only what may pass. */
export const transientRetry = [...passing, outOfTime] as const;

/**
 * Retry of work in container tasks: also when the service was busy or had no room for one. Time that is over means SIGTERM
 * here, which comes from the platform and not from the work.
 */
export const taskRetry = [
  ...passing,
  { ...outOfTime, MaxAttempts: 5 },
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
