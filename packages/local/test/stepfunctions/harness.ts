import { randomUUID } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import {
  type ExecutionStatusEvent,
  type LambdaRequest,
  type StepFunctionsOptions,
  startStepFunctions,
} from '../../src/stepfunctions/index.ts';
import { type TestClock, testClock } from './test-clock.ts';

export const ROLE = 'arn:aws:iam::000000000000:role/test';
export const LAMBDA = 'arn:aws:states:::lambda:invoke';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** A Lambda function in the test's own process. */
// biome-ignore lint/suspicious/noExplicitAny: a payload is whatever the test made it.
export type TestFunction = (payload: any, request: LambdaRequest) => unknown;

/** An error as AWS's Node.js runtime reports it. */
export class FunctionError extends Error {
  constructor(errorType: string, message: string) {
    super(message);
    this.name = errorType;
  }
}

export interface Harness {
  readonly client: SFNClient;
  readonly clock: TestClock;
  readonly endpoint: string;
  readonly events: ExecutionStatusEvent[];
  readonly functions: Record<string, TestFunction>;
  /** Creates a state machine and answers its ARN. */
  create(definition: object, name?: string): Promise<string>;
  start(machineArn: string, input?: unknown, name?: string): Promise<string>;
  /** Waits until an execution has ended. */
  ended(executionArn: string): Promise<DescribeExecutionOutput>;
  /** Creates, starts and waits. */
  run(definition: object, input?: unknown): Promise<DescribeExecutionOutput>;
  history(executionArn: string): Promise<HistoryEvent[]>;
  close(): Promise<void>;
}

/** An S3 client for a stand-in at an endpoint. */
export function s3Client(endpoint: string): S3Client {
  return new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
}

export interface HarnessOptions extends Partial<StepFunctionsOptions> {
  readonly clock?: TestClock;
}

/** Starts the stand-in with functions that run in the test, a clock of its own and no S3 unless given. */
export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const clock = options.clock ?? testClock();
  const events: ExecutionStatusEvent[] = [];
  const functions: Record<string, TestFunction> = {};
  const service = await startStepFunctions({
    s3: () => {
      throw new Error('this test has no S3');
    },
    invokeLambda: async (request) => {
      const run = functions[request.functionName];
      if (!run) {
        const error = new Error(`Function not found: ${request.functionName}`);
        error.name = 'Lambda.ResourceNotFoundException';
        throw error;
      }
      try {
        return { payload: JSON.stringify((await run(JSON.parse(request.payload), request)) ?? null) };
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error;
        const payload = { errorType: error.name, errorMessage: error.message, trace: ['at handler'] };
        return { functionError: 'Unhandled', payload: JSON.stringify(payload) };
      }
    },
    onStatusChange: (event) => events.push(event),
    random: () => 0.5,
    ...options,
    clock,
  });
  const client = new SFNClient({ endpoint: service.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });

  const create: Harness['create'] = async (definition, name = `m-${randomUUID().slice(0, 8)}`) => {
    const { stateMachineArn } = await client.send(
      new CreateStateMachineCommand({ name, roleArn: ROLE, definition: JSON.stringify(definition) }),
    );
    return stateMachineArn!;
  };
  const start: Harness['start'] = async (stateMachineArn, input = {}, name) => {
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), ...(name && { name }) }),
    );
    return executionArn!;
  };
  const ended: Harness['ended'] = async (executionArn) => {
    for (;;) {
      const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status !== 'RUNNING') return execution;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  return {
    client,
    clock,
    endpoint: service.endpoint,
    events,
    functions,
    create,
    start,
    ended,
    run: async (definition, input) => ended(await start(await create(definition), input)),
    async history(executionArn) {
      const all: HistoryEvent[] = [];
      let nextToken: string | undefined;
      do {
        const page = await client.send(new GetExecutionHistoryCommand({ executionArn, nextToken, maxResults: 1000 }));
        all.push(...page.events!);
        nextToken = page.nextToken;
      } while (nextToken);
      return all;
    },
    async close() {
      clock.close();
      client.destroy();
      await service.close();
    },
  };
}

/** A definition with one state. */
export function single(state: object): object {
  return { StartAt: 'S', States: { S: state } };
}

/** A Lambda task state that passes the state's input on. */
export function lambdaTask(functionName: string, more: object = {}): object {
  return {
    Type: 'Task',
    Resource: LAMBDA,
    Parameters: { FunctionName: functionName, 'Payload.$': '$' },
    End: true,
    ...more,
  };
}

/** The output of an execution that succeeded. */
// biome-ignore lint/suspicious/noExplicitAny: an output is whatever the test's states made it.
export function outputOf(execution: DescribeExecutionOutput): any {
  if (execution.status !== 'SUCCEEDED') throw new Error(`${execution.status}: ${execution.error} ${execution.cause}`);
  return JSON.parse(execution.output!);
}
