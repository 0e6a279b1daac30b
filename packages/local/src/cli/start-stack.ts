import { createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import type { LocalApp } from '../stack/local-app.ts';
import type { LocalStack, LocalStackOptions, StackPorts } from '../stack/local-stack.ts';
import { startLocalStack } from '../stack/start-local-stack.ts';
import { UsageError } from './exit-codes.ts';

// On a machine with much memory V8 lets garbage pile up before it looks: a run over a million rows held 500 MB where 270 MB
// do, at the same speed. The commands share their machine with the functions, so they keep small.
setFlagsFromString('--optimize-for-size');

/**
 * Starts the stack; a port that is taken is the caller's to change.
 *
 * @throws UsageError naming the port
 * @example
 * const stack = await startStack(app, { ports: { s3: 4566 } });
 */
export const startStack = async (app: LocalApp, options: LocalStackOptions): Promise<LocalStack> => {
  await checkPorts(options.ports ?? {});
  try {
    return await startLocalStack(app, options);
  } catch (error) {
    throw unreachable(error) ?? error;
  }
};

/** An endpoint that the environment names and nobody answers at. */
const unreachable = (error: unknown): UsageError | undefined => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const named = Object.entries(process.env).filter(
    ([name, value]) => /^AWS_ENDPOINT_URL(_(S3|DYNAMODB|SESV2))?$/.test(name) && value,
  );
  if (!['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT'].includes(code) || named.length === 0) return undefined;
  const list = named.map(([name, value]) => `${name}=${value}`).join(', ');
  return new UsageError(`nobody answers where the environment points (${list}): ${message}`);
};

const serviceNames: Readonly<Record<keyof StackPorts, string>> = {
  s3: 'S3',
  dynamodb: 'DynamoDB',
  ses: 'SES',
  stepFunctions: 'Step Functions',
  lambda: 'Lambda',
  api: 'the API',
  sqs: 'SQS',
  eventBridge: 'EventBridge',
  ecs: 'ECS',
};

const checkPorts = async (ports: StackPorts): Promise<void> => {
  for (const [service, port] of Object.entries(ports) as [keyof StackPorts, number][]) {
    const name = serviceNames[service];
    const code = await tryPort(port);
    if (code === 'EADDRINUSE') throw new UsageError(`port ${port} for ${name} is in use; choose another --port`);
    if (code === 'EACCES') throw new UsageError(`port ${port} for ${name} may not be used; choose one above 1023`);
    if (code !== undefined) throw new UsageError(`port ${port} for ${name} cannot be used: ${code}`);
  }
};

const tryPort = (port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(undefined)));
  });
