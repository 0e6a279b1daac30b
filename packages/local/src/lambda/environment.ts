import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { INIT_TIMEOUT_MS, LOG_TAIL_BYTES } from './limits.ts';
import { eachLine } from './lines.ts';
import { readMemory } from './memory.ts';
import { exited, type Outcome, outOfMemory, responseTooLarge, runtimeError, timedOut } from './outcome.ts';
import { processEnvironment } from './process-env.ts';
import { type RuntimeApi, startRuntimeApi } from './runtime-api.ts';
import { runtimeFile } from './runtime-file.ts';
import type { Watchdog } from './watchdog.ts';

/** Everything a process needs to know about its function. */
export interface Deployment {
  readonly name: string;
  readonly arn: string;
  readonly taskRoot: string;
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** What all processes of one stand-in share. */
export interface EnvironmentHost {
  readonly region: string;
  readonly tempDir: string;
  readonly preloadFile: string;
  readonly watchdog: Watchdog;
  readonly onLine: (functionName: string, requestId: string | undefined, line: string) => void;
}

export interface Work {
  readonly requestId: string;
  readonly traceId: string;
  readonly payload: string;
  readonly clientContext?: string;
}

/** One execution environment: a process that works on one invocation at a time. */
export interface Environment {
  readonly deployment: Deployment;
  /** Highest resident memory seen so far, in bytes. */
  readonly peakRssBytes: number | undefined;
  readonly alive: boolean;
  /**
   * Resolves with the outcome and the invocation's log tail, or with `undefined` when a used process ended before it took
   * the work, so that another may take it; never rejects.
   */
  run(work: Work): Promise<(Outcome & { readonly logs: string }) | undefined>;
  /** Kills the process and all that it started; resolves when it is gone. */
  kill(): Promise<void>;
}

const RUNTIME_FILE = runtimeFile();
const MEMORY_POLL_MS = 50;
/** Share of the memory that V8's old generation may take: the rest is code, stacks and buffers. */
const HEAP_SHARE = 0.9;
const MIB = 1024 * 1024;

interface Running {
  readonly work: Work;
  readonly startedAt: number;
  takenAt: number | undefined;
  tail: string;
  settle(outcome: Outcome | undefined): void;
}

/** Starts a process for a function. It initialises at once; `run` may be called before it is ready. */
export const startEnvironment = async (deployment: Deployment, host: EnvironmentHost): Promise<Environment> => {
  const { name, timeoutMs, memoryMb } = deployment;
  const tempDir = await mkdtemp(path.join(host.tempDir, `${name}-`));
  const bornAt = performance.now();
  let initMs: number | undefined;
  let initError: string | undefined;
  let running: Running | undefined;
  let peakRssBytes: number | undefined;
  let killedFor: 'timeout' | 'memory' | 'stop' | undefined;
  let alive = true;
  let deadline: NodeJS.Timeout | undefined;

  const log = (line: string, requestId = running?.work.requestId): void => {
    if (running !== undefined) running.tail = `${running.tail}${line}\n`.slice(-LOG_TAIL_BYTES);
    host.onLine(name, requestId, line);
  };

  const finish = (outcome: Outcome | undefined): void => {
    clearTimeout(deadline);
    running?.settle(outcome);
  };

  const api: RuntimeApi = await startRuntimeApi({
    onNext() {
      initMs ??= performance.now() - bornAt;
    },
    onResponse: (_id, payload) => finish(payload === undefined ? responseTooLarge() : { payload }),
    onError: (_id, body) => finish(runtimeError(body)),
    onInitError: (body) => (initError = body),
  });

  const child: ChildProcess = spawn(
    process.execPath,
    [`--max-old-space-size=${Math.floor(memoryMb * HEAP_SHARE)}`, '--require', host.preloadFile, RUNTIME_FILE],
    {
      cwd: deployment.taskRoot,
      env: processEnvironment({
        functionName: name,
        handler: deployment.handler,
        memoryMb,
        region: host.region,
        runtimePort: api.port,
        taskRoot: deployment.taskRoot,
        tempDir,
        configured: deployment.environment,
      }),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      // A group of its own: an interrupt at the terminal is the parent's to handle, and a kill reaches grandchildren.
      detached: process.platform !== 'win32',
    },
  );
  if (child.pid !== undefined) host.watchdog.add(child.pid);
  child.stdio[3]!.on('error', () => {});
  eachLine(child.stdout!, (line) => log(line));
  eachLine(child.stderr!, (line) => log(line));

  const readPeak = (): { rssBytes: number; peakBytes: number } | undefined => {
    const memory = child.pid === undefined ? undefined : readMemory(child.pid);
    if (memory !== undefined) peakRssBytes = Math.max(peakRssBytes ?? 0, memory.peakBytes);
    return memory;
  };
  const memoryPoll = setInterval(() => {
    const memory = running === undefined ? undefined : readPeak();
    if (memory !== undefined && memory.rssBytes > memoryMb * MIB) stop('memory');
  }, MEMORY_POLL_MS);
  memoryPoll.unref();

  const gone = new Promise<void>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (!alive) return;
      alive = false;
      clearInterval(memoryPoll);
      if (child.pid !== undefined) host.watchdog.remove(child.pid);
      api.close();
      child.stdio[3]!.destroy();
      // What the process wrote last is still in the pipes.
      setImmediate(() => {
        if (running !== undefined) {
          const { requestId } = running.work;
          if (killedFor === 'timeout') finish(timedOut(requestId, timeoutMs));
          else if (killedFor === 'memory') finish(outOfMemory(requestId));
          else if (running.takenAt === undefined && initMs !== undefined) finish(undefined);
          else if (initError !== undefined) finish(runtimeError(initError));
          else finish(exited(requestId, code, signal));
        }
        rm(tempDir, { recursive: true, force: true }).then(resolve, resolve);
      });
    };
    child.on('exit', end);
    child.on('error', (error) => {
      log(String(error));
      end(1, null);
    });
  });

  const stop = (reason: 'timeout' | 'memory' | 'stop'): void => {
    if (!alive || child.pid === undefined) return;
    killedFor ??= reason;
    try {
      if (process.platform === 'win32') child.kill('SIGKILL');
      else process.kill(-child.pid, 'SIGKILL');
    } catch {
      // it ended in this instant
    }
  };

  const report = ({ work, startedAt, takenAt }: Running, outcome: Outcome, cold: boolean): string => {
    const durationMs = performance.now() - (takenAt ?? startedAt);
    const fields = [
      `REPORT RequestId: ${work.requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${Math.ceil(durationMs + (cold ? (initMs ?? 0) : 0))} ms`,
      `Memory Size: ${memoryMb} MB`,
      `Max Memory Used: ${Math.min(memoryMb, Math.round((peakRssBytes ?? 0) / MIB))} MB`,
    ];
    if (cold && initMs !== undefined) fields.push(`Init Duration: ${initMs.toFixed(2)} ms`);
    if (outcome.status !== undefined) fields.push(`Status: ${outcome.status}`);
    if (outcome.status === 'error') fields.push(`Error Type: ${outcome.errorType}`);
    return fields.join('\t');
  };

  return {
    deployment,
    get peakRssBytes() {
      return peakRssBytes;
    },
    get alive() {
      return alive;
    },
    async run(work) {
      const cold = initMs === undefined;
      const outcome = await new Promise<Outcome | undefined>((resolve) => {
        running = { work, startedAt: performance.now(), takenAt: undefined, tail: '', settle: resolve };
        if (!alive) return finish(undefined);
        if (cold) deadline = setTimeout(() => stop('timeout'), INIT_TIMEOUT_MS + timeoutMs);
        api.deliver({
          ...work,
          functionArn: deployment.arn,
          onTaken() {
            running!.takenAt = performance.now();
            log(`START RequestId: ${work.requestId} Version: $LATEST`);
            clearTimeout(deadline);
            deadline = setTimeout(() => stop('timeout'), timeoutMs);
            return Date.now() + timeoutMs;
          },
        });
      });
      if (alive) readPeak();
      // Log lines of this invocation may wait in the same turn of the event loop as its result.
      await new Promise((resolve) => setImmediate(resolve));
      const done = running!;
      if (outcome === undefined) {
        running = undefined;
        return undefined;
      }
      if (done.takenAt === undefined) log(`START RequestId: ${work.requestId} Version: $LATEST`);
      log(`END RequestId: ${work.requestId}`);
      log(report(done, outcome, cold));
      running = undefined;
      return { ...outcome, logs: done.tail };
    },
    kill() {
      stop('stop');
      return gone;
    },
  };
};
