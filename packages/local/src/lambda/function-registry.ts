import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundle } from './bundle.ts';
import type { Deployment, Environment } from './environment.ts';
import { functionNotFound, LambdaServiceError } from './errors.ts';
import { isFunctionName } from './function-name.ts';
import { MAX_TIMEOUT_MS } from './limits.ts';
import { checkEnvironment } from './process-env.ts';
import type { FunctionConfig, FunctionStats } from './types.ts';

/** A registered function with its counters; a later registration of the name makes a new one. */
export interface RegisteredFunction {
  readonly config: FunctionConfig;
  readonly deployment: Deployment;
  readonly processLimit: number;
  readonly stats: { -readonly [K in keyof Omit<FunctionStats, 'processes'>]: FunctionStats[K] };
  /** Invocations accepted and not yet answered. */
  inFlight: number;
  start(): Promise<Environment>;
}

const invalid = (message: string): LambdaServiceError =>
  new LambdaServiceError('InvalidParameterValueException', 400, message);

const checkConfig = ({
  name,
  entry,
  timeoutMs = 1,
  memoryMb = 128,
  reservedConcurrency = 0,
  environment = {},
}: FunctionConfig): void => {
  if (!isFunctionName(name)) throw invalid(`name must be 1 to 64 letters, digits, '-' or '_', got '${name}'`);
  if (!path.isAbsolute(entry)) throw invalid(`entry of ${name} must be an absolute path, got '${entry}'`);
  if (!(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
    throw invalid(`timeoutMs of ${name} must be above 0 and at most ${MAX_TIMEOUT_MS}, got ${timeoutMs}`);
  }
  if (!(Number.isInteger(memoryMb) && memoryMb >= 128 && memoryMb <= 10_240)) {
    throw invalid(`memoryMb of ${name} must be a whole number from 128 to 10240, got ${memoryMb}`);
  }
  if (!(Number.isInteger(reservedConcurrency) && reservedConcurrency >= 0)) {
    throw invalid(`reservedConcurrency of ${name} must be a whole number from 0, got ${reservedConcurrency}`);
  }
  checkEnvironment(environment);
};

/** Checks the configuration, bundles the entry and writes it where its processes load it from. */
export const deploy = async (
  config: FunctionConfig,
  options: {
    arn: string;
    folder: string;
    processLimit: number;
    start: (deployment: Deployment) => Promise<Environment>;
  },
): Promise<RegisteredFunction> => {
  checkConfig(config);
  const { name, entry, handler = 'handler', timeoutMs = MAX_TIMEOUT_MS, memoryMb = 512, environment = {} } = config;
  const { code, bundleMs } =
    config.bundled === true ? { code: await readFile(entry), bundleMs: 0 } : await bundle(entry);
  await mkdir(options.folder, { recursive: true });
  await writeFile(path.join(options.folder, 'index.mjs'), code);
  const deployment: Deployment = {
    name,
    arn: options.arn,
    taskRoot: options.folder,
    handler,
    timeoutMs,
    memoryMb,
    environment,
  };
  return {
    config,
    deployment,
    processLimit: options.processLimit,
    inFlight: 0,
    stats: {
      invocations: 0,
      errors: 0,
      throttles: 0,
      coldStarts: 0,
      peakRssBytes: undefined,
      bundleMs,
      bundleBytes: code.length,
    },
    start: () => options.start(deployment),
  };
};

/** The function of a name. @throws LambdaServiceError `ResourceNotFoundException` */
export const lookUp = (
  functions: ReadonlyMap<string, RegisteredFunction>,
  name: string,
  arn: string,
): RegisteredFunction => {
  const found = functions.get(name);
  if (found === undefined) throw functionNotFound(arn);
  return found;
};
