import type { StateError } from '../data/errors.ts';
import type { Json } from '../data/json.ts';
import type { Visit } from '../engine/input-output.ts';
import { record } from '../engine/record-event.ts';
import type { Connector } from './connectors.ts';

/** The history events of one task attempt. */
export interface TaskEvents {
  readonly scheduled: () => void;
  readonly submitted: (output: Json) => void;
  readonly succeeded: (output: Json) => void;
  readonly failed: (error: StateError) => void;
  readonly timedOut: () => void;
}

interface Limits {
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
}

/** Events of integrations are Task*, those of a function's own ARN LambdaFunction*. */
export function taskEvents(visit: Visit, connector: Connector, parameters: string, limits: Limits): TaskEvents {
  return connector.lambdaArn === undefined
    ? integrationEvents(visit, connector, parameters, limits)
    : lambdaEvents(visit, connector.lambdaArn, parameters, limits);
}

function integrationEvents(visit: Visit, connector: Connector, parameters: string, limits: Limits): TaskEvents {
  const { engine, thread } = visit;
  const { resource, resourceType } = connector;
  const write = (type: string, details: Record<string, Json | undefined>): void => {
    record(engine, thread, `Task${type}`, [`task${type}EventDetails`, { ...details, resource, resourceType }]);
  };
  return {
    scheduled() {
      const { timeoutSeconds: timeoutInSeconds, heartbeatSeconds: heartbeatInSeconds } = limits;
      write('Scheduled', { parameters, region: engine.region, timeoutInSeconds, heartbeatInSeconds });
      write('Started', {});
    },
    submitted: (output) => write('Submitted', textDetails(output)),
    succeeded: (output) => write('Succeeded', textDetails(output)),
    failed: ({ error, causeText: cause }) => write('Failed', { error, cause }),
    timedOut: () => write('TimedOut', { error: 'States.Timeout' }),
  };
}

function lambdaEvents(visit: Visit, resource: string, parameters: string, limits: Limits): TaskEvents {
  const { engine, thread } = visit;
  const write = (type: string, details: Record<string, Json | undefined>): void => {
    record(engine, thread, `LambdaFunction${type}`, [`lambdaFunction${type}EventDetails`, details]);
  };
  return {
    scheduled() {
      const details = { input: parameters, inputDetails: { truncated: false }, resource };
      write('Scheduled', { ...details, timeoutInSeconds: limits.timeoutSeconds });
      record(engine, thread, 'LambdaFunctionStarted');
    },
    submitted: () => {},
    succeeded: (output) => write('Succeeded', textDetails(output)),
    failed: ({ error, causeText: cause }) => write('Failed', { error, cause }),
    timedOut: () => write('TimedOut', { error: 'States.Timeout' }),
  };
}

function textDetails(output: Json): Record<string, Json> {
  return { output: JSON.stringify(output), outputDetails: { truncated: false } };
}
