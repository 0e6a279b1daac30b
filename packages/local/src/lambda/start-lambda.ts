import { randomBytes, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundlePreload } from './bundle.ts';
import { type EnvironmentHost, startEnvironment, type Work } from './environment.ts';
import { LambdaServiceError, requestTooLarge, throttled } from './errors.ts';
import { createEventQueue } from './events.ts';
import { parseFunctionName } from './function-name.ts';
import { deploy, lookUp, type RegisteredFunction } from './function-registry.ts';
import { startInvokeApi } from './invoke-api.ts';
import { MAX_REQUEST_BYTES } from './limits.ts';
import { createPool } from './pool.ts';
import type { InvokeRequest, InvokeResponse, LocalLambda, StartLambdaOptions } from './types.ts';
import { startWatchdog } from './watchdog.ts';

const traceId = (): string => {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=0`;
};

const checkPayload = (payload: string): void => {
  if (Buffer.byteLength(payload) > MAX_REQUEST_BYTES) throw requestTooLarge(MAX_REQUEST_BYTES);
  try {
    JSON.parse(payload);
  } catch (error) {
    throw new LambdaServiceError(
      'InvalidRequestContentException',
      400,
      `Could not parse request body into json: ${(error as Error).message}`,
    );
  }
};

/**
 * Runs functions as Lambda does: bundled as they would be deployed, each in processes of its own under AWS's runtime
 * client, invoked through AWS's HTTP API or directly.
 *
 * Refused with `UnsupportedOperationException`: everything but Invoke, GetFunction and ListFunctions; versions, aliases,
 * layers, extensions and streamed invocations do not exist here (a streaming handler's answer is collected).
 *
 * @throws Error `EADDRINUSE` when the port is taken
 * @example
 * const lambda = await startLambda();
 * await lambda.register({ name: 'split', entry: fileURLToPath(new URL('./split.ts', import.meta.url)) });
 * const { payload } = await lambda.invoke({ functionName: 'split', payload: '{"key":"orders.csv"}' });
 * await lambda.close();
 */
export const startLambda = async ({
  port = 0,
  region = 'us-east-1',
  accountId = '000000000000',
  onLog,
  onGivenUp,
  workDir = tmpdir(),
  maxProcesses = 6,
  maxProcessesPerFunction = 4,
  eventRetryDelaysMs = [200, 400],
}: StartLambdaOptions = {}): Promise<LocalLambda> => {
  await mkdir(workDir, { recursive: true });
  const folder = await mkdtemp(path.join(workDir, 'pipeline-lambda-'));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  const preloadFile = path.join(folder, 'preload.cjs');
  await writeFile(preloadFile, await bundlePreload());

  const watchdog = startWatchdog();
  const host: EnvironmentHost = {
    region,
    tempDir: folder,
    preloadFile,
    watchdog,
    onLine: (functionName, requestId, line) =>
      onLog?.({ functionName, line, ...(requestId !== undefined && { requestId }) }),
  };
  const pool = createPool<RegisteredFunction>({ maxProcesses });
  const functions = new Map<string, RegisteredFunction>();
  const events = createEventQueue({ retryDelaysMs: eventRetryDelaysMs });
  const functionArn = (name: string): string => `arn:aws:lambda:${region}:${accountId}:function:${name}`;
  let deployments = 0;

  const attempt = async (fn: RegisteredFunction, work: Work, signal: AbortSignal | undefined) => {
    const { environment, cold } = await pool.acquire(fn, signal);
    if (cold) fn.stats.coldStarts += 1;
    const kill = (): void => void environment.kill();
    signal?.addEventListener('abort', kill, { once: true });
    if (signal?.aborted) kill();
    const outcome = await environment.run(work);
    signal?.removeEventListener('abort', kill);
    if (environment.peakRssBytes !== undefined) {
      fn.stats.peakRssBytes = Math.max(fn.stats.peakRssBytes ?? 0, environment.peakRssBytes);
    }
    if (signal?.aborted) await environment.kill();
    pool.release(fn, environment);
    signal?.throwIfAborted();
    return outcome;
  };

  const run = async (fn: RegisteredFunction, request: InvokeRequest): Promise<InvokeResponse> => {
    const { signal, payload, clientContext } = request;
    const requestId = randomUUID();
    const work = { requestId, payload, traceId: traceId(), ...(clientContext !== undefined && { clientContext }) };
    let outcome = await attempt(fn, work, signal);
    while (outcome === undefined) outcome = await attempt(fn, work, signal);
    const { logs, functionError } = outcome;
    if (functionError === undefined) return { payload: outcome.payload, logs, requestId };
    fn.stats.errors += 1;
    return { payload: outcome.payload, functionError, logs, requestId };
  };

  const invoke = async (request: InvokeRequest): Promise<InvokeResponse> => {
    request.signal?.throwIfAborted();
    const name = parseFunctionName(request.functionName);
    const fn = lookUp(functions, name, functionArn(name));
    checkPayload(request.payload);
    const { reservedConcurrency } = fn.config;
    const full = reservedConcurrency !== undefined && fn.inFlight >= reservedConcurrency;
    if (full && (request.onThrottle !== 'wait' || reservedConcurrency === 0)) {
      fn.stats.throttles += 1;
      throw throttled();
    }
    fn.inFlight += 1;
    fn.stats.invocations += 1;
    try {
      return await run(fn, request);
    } finally {
      fn.inFlight -= 1;
    }
  };

  const stop = async (): Promise<void> => {
    await Promise.all([events.close(), pool.close()]);
    await watchdog.close();
    process.removeListener('exit', removeFolder);
    await rm(folder, { recursive: true, force: true });
  };

  const api = await startInvokeApi({
    port,
    functions,
    functionArn,
    invoke,
    invokeLater(request) {
      const name = parseFunctionName(request.functionName);
      lookUp(functions, name, functionArn(name));
      checkPayload(request.payload);
      events.push(
        (signal) => invoke({ ...request, signal, onThrottle: 'wait' }),
        (why) => {
          host.onLine(name, undefined, `asynchronous invocation given up: ${why}`);
          onGivenUp?.({ functionName: name, payload: request.payload, reason: why });
        },
      );
    },
  }).catch(async (error: unknown) => {
    await stop(); // the port is taken
    throw error;
  });

  return {
    endpoint: api.endpoint,
    port: api.port,
    functionArn,
    invoke,
    async register(config) {
      deployments += 1;
      const fn = await deploy(config, {
        arn: functionArn(config.name),
        folder: path.join(folder, `${config.name}-${deployments}`),
        processLimit: config.reservedConcurrency ?? maxProcessesPerFunction,
        start: (deployment) => startEnvironment(deployment, host),
      });
      const before = functions.get(config.name);
      functions.set(config.name, fn);
      if (before !== undefined) pool.retire(before);
    },
    unregister(functionName) {
      const fn = functions.get(functionName);
      if (fn === undefined) return;
      functions.delete(functionName);
      pool.retire(fn);
    },
    stats: () =>
      Object.fromEntries([...functions].map(([name, fn]) => [name, { ...fn.stats, processes: pool.processCount(fn) }])),
    async close() {
      await Promise.all([api.close(), stop()]);
    },
  };
};
