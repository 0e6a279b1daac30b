import { fileURLToPath } from 'node:url';
import { InvokeCommand, type InvokeCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import type { LocalLambda } from '../../src/lambda/index.ts';
import type { Behaviour } from './fixtures/behaviour.ts';

export const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));

export const connect = ({ endpoint }: LocalLambda): LambdaClient =>
  new LambdaClient({
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

/** Invokes through the SDK and reads the answer. */
export const call = async (
  client: LambdaClient,
  FunctionName: string,
  behaviour: Behaviour = {},
  input: Partial<InvokeCommandInput> = {},
) => {
  const output = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(behaviour), ...input }));
  const text = Buffer.from(output.Payload ?? []).toString();
  const log = output.LogResult === undefined ? undefined : Buffer.from(output.LogResult, 'base64').toString();
  return { ...output, log, answer: text === '' ? undefined : JSON.parse(text) };
};

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Waits until `condition` holds, at most `timeoutMs`. */
export const until = async (condition: () => boolean | Promise<boolean>, timeoutMs = 5000): Promise<void> => {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`condition did not hold within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
