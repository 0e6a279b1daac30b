import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { systemClock } from './engine/clock.ts';
import type { Engine } from './engine/engine.ts';
import { createRegistry } from './engine/registry.ts';
import { createProtocolServer } from './server.ts';
import { createTaskTokens } from './tasks/task-tokens.ts';

/** What the local Step Functions needs from its surroundings. */
export interface StepFunctionsOptions extends Pick<Engine, 'invokeLambda' | 's3'> {
  /** @default 0, any free port */
  readonly port?: number;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** @default '000000000000' */
  readonly accountId?: string;
  /** Clients for `aws-sdk:dynamodb:*`, `dynamodb:*`, `aws-sdk:sesv2:*` and `ecs:runTask` tasks. */
  readonly aws?: Engine['aws'];
  /**
   * Says why the role of a state machine may not do what the service does in its name, such as starting the children of a
   * Distributed Map.
   * @default it may do all
   */
  readonly refusalOf?: NonNullable<Engine['refusalOf']>;
  /** Tells when a container task stops. @default nobody: it is looked at every five seconds */
  readonly taskStopped?: Engine['taskStopped'];
  /** Runs the tasks of further Resources, by the whole Resource text (`arn:aws:states:::batch:submitJob.sync`). */
  readonly customTasks?: Engine['customTasks'];
  /** Called when a top-level execution starts, ends or is redriven. */
  readonly onStatusChange?: Engine['onStatusChange'];
  /** @default the machine's clock */
  readonly clock?: Engine['clock'];
  /** For jitter and States.MathRandom. @default Math.random */
  readonly random?: Engine['random'];
  /** When given, requests have to name this access key id. Signatures are not verified. */
  readonly credentials?: { readonly accessKeyId: string };
}

/** A running local Step Functions. */
export interface LocalStepFunctions {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** ARN of the state machine whose task waits for a token, or waited for it. */
  machineOfToken(taskToken: string): string | undefined;
  /** Stops all executions and closes the server. */
  close(): Promise<void>;
}

/**
 * Starts a stand-in for AWS Step Functions on loopback: Standard state machines in the Amazon States Language,
 * JSONPath mode, with Distributed Maps, redrive and execution histories. What it cannot run it refuses when the state
 * machine is created. State is kept in memory. Request signatures are not verified.
 *
 * @throws Error `EADDRINUSE` when the port is taken
 * @example
 * ```ts
 * const stepFunctions = await startStepFunctions({ invokeLambda, s3: () => s3Client });
 * const client = new SFNClient({ endpoint: stepFunctions.endpoint, region: 'us-east-1', credentials });
 * ```
 */
export async function startStepFunctions(options: StepFunctionsOptions): Promise<LocalStepFunctions> {
  const { port: wantedPort = 0, region = 'us-east-1', accountId = '000000000000', credentials } = options;
  let closing = false;
  const engine: Engine = {
    region,
    accountId,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    invokeLambda: options.invokeLambda,
    s3: options.s3,
    aws: options.aws ?? {},
    ...(options.refusalOf && { refusalOf: options.refusalOf }),
    ...(options.taskStopped && { taskStopped: options.taskStopped }),
    customTasks: options.customTasks ?? {},
    // What closing cuts short did not fail: nobody is to be alarmed.
    onStatusChange: (event) => {
      if (!closing) options.onStatusChange?.(event);
    },
    registry: createRegistry(),
    tokens: createTaskTokens(),
  };
  const server = createProtocolServer(engine, credentials?.accessKeyId);
  server.listen(wantedPort, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    machineOfToken: engine.tokens.machineOf,
    async close() {
      closing = true;
      const running = [...engine.registry.executions.values()].filter(({ status }) => status === 'RUNNING');
      for (const { scope } of running) scope.cancel({ kind: 'closed' });
      await Promise.all(running.map(({ ended }) => ended));
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
