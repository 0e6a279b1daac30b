import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { remoteError, type Target } from './target.ts';

/** Which function does the work. */
export interface LambdaTargetOptions {
  /** Its timeout for a request must be longer than the function's own, up to 900 s. */
  readonly client: LambdaClient;
  /** Name or ARN. */
  readonly functionName: string;
  /** Calls at once, from 1; keep it below the account's Lambda concurrency. @default 40 */
  readonly concurrency?: number;
}

interface FunctionError {
  readonly errorType?: string;
  readonly errorMessage?: string;
}

/**
 * Calls a Lambda function and waits for its answer. Its errors come back under their own names; those of the service as
 * `Lambda.<name>`, as in Step Functions.
 *
 * @example
 * const process = lambdaFunction({ client: new LambdaClient(), functionName: 'orders-process', concurrency: 20 });
 */
export const lambdaFunction = <Event, Result>({
  client,
  functionName,
  concurrency = 40,
}: LambdaTargetOptions): Target<Event, Result> => ({
  name: functionName,
  concurrency,
  async run(event, { signal }) {
    const { FunctionError, Payload } = await invoke(client, functionName, event, signal);
    const text = Buffer.from(Payload ?? new Uint8Array()).toString();
    if (FunctionError === undefined) return JSON.parse(text === '' ? 'null' : text) as Result;
    const { errorType = 'Lambda.Unknown', errorMessage = '' } = parsed(text);
    throw remoteError(errorType, errorMessage);
  },
});

const invoke = async (client: LambdaClient, functionName: string, event: unknown, signal: AbortSignal) => {
  try {
    const command = new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(event)) });
    return await client.send(command, { abortSignal: signal });
  } catch (error) {
    signal.throwIfAborted();
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    throw remoteError(
      $metadata?.httpStatusCode === undefined ? 'Lambda.SdkClientException' : `Lambda.${name}`,
      message,
    );
  }
};

/** What a function that died leaves may be no JSON. */
const parsed = (text: string): FunctionError => {
  try {
    return (JSON.parse(text) ?? {}) as FunctionError;
  } catch {
    return {};
  }
};
