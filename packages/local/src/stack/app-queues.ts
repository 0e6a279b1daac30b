import { keyPatterns } from './key-patterns.ts';
import type { LocalApp, LocalQueue, LocalRule } from './local-app.ts';

/** Name of the queue between uploads and the trigger's function. */
export const uploadsOf = ({ name, template }: Pick<LocalApp, 'name' | 'template'>): string =>
  template?.uploadsQueue ?? `${name}-uploads`;

/** Name of the queue of what could not be delivered or handled. */
export const deadLettersOf = ({ name }: Pick<LocalApp, 'name'>): string => `${name}-dead-letters`;

/** As the construct has it. */
const uploadTries = 5;

/** All queues of an app: its own, and those that the construct adds. The one of dead letters comes first. */
export const queuesOf = (
  app: LocalApp,
  timeoutSecondsOf: (functionName: string) => number,
): readonly (readonly [name: string, queue: LocalQueue])[] => {
  const { functionName } = app.trigger;
  return [
    [deadLettersOf(app), {}],
    [
      uploadsOf(app),
      {
        // Six times the function's limit, as Lambda asks, up to the most that SQS has.
        visibilitySeconds: Math.min(6 * timeoutSecondsOf(functionName), 43_200),
        deadLetters: { queue: deadLettersOf(app), maxReceives: uploadTries },
        consumer: { functionName, batchSize: 10, maximumConcurrency: 2 },
      },
    ],
    ...Object.entries(app.queues ?? {}),
  ];
};

/** All rules of an app: its own, and those that the construct adds for uploads and failures. */
export const rulesOf = (app: LocalApp, stateMachineArn: string): Readonly<Record<string, LocalRule>> => ({
  [`${app.name}-uploads`]: {
    pattern: {
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: {
        bucket: { name: [app.bucket] },
        object: { key: keyPatterns(app.trigger.prefix, app.trigger.suffix).map((wildcard) => ({ wildcard })) },
      },
    },
    targets: [{ queue: uploadsOf(app) }],
  },
  [`${app.name}-failures`]: {
    pattern: {
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: machinesOf(app, stateMachineArn), status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    },
    targets: [{ functionName: app.failureFunction }],
  },
  ...app.rules,
});

const machinesOf = ({ replayMachine }: LocalApp, stateMachineArn: string): readonly string[] =>
  replayMachine === undefined ? [stateMachineArn] : [stateMachineArn, `${stateMachineArn}-replay`];
