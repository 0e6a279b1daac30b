import type { Environment } from './environment.ts';

/** What the pool knows of a function. */
export interface PooledFunction {
  /** The most processes it may have. */
  readonly processLimit: number;
  start(): Promise<Environment>;
}

export interface Pool<F extends PooledFunction> {
  /**
   * A free process of the function, started if need be; it is the caller's until given back.
   * Rejects with the signal's reason when aborted while waiting.
   */
  acquire(fn: F, signal?: AbortSignal): Promise<{ environment: Environment; cold: boolean }>;
  /** Gives a process back; a dead one is forgotten. */
  release(fn: F, environment: Environment): void;
  /** Stops the function's idle processes now and its busy ones when they are given back. */
  retire(fn: F): void;
  processCount(fn: F): number;
  /** Stops everything and rejects whoever waits. */
  close(): Promise<void>;
}

interface Waiter<F> {
  readonly fn: F;
  grant(environment: Promise<Environment> | Environment, cold: boolean): void;
  reject(reason: unknown): void;
}

/**
 * Shares a limited number of processes between functions, first come first served.
 *
 * When all are taken, the idle process that was used longest ago makes room. A function without any process gets one even
 * over the limit: invocations that wait for another function's answer would otherwise wait for each other for ever.
 */
export const createPool = <F extends PooledFunction>({ maxProcesses }: { maxProcesses: number }): Pool<F> => {
  /** Live and starting processes by function. */
  const counts = new Map<F, number>();
  const environments = new Set<Environment>();
  /** Longest idle first. */
  let idle: { fn: F; environment: Environment }[] = [];
  const retired = new WeakSet<F>();
  let waiters: Waiter<F>[] = [];
  let total = 0;
  let closed = false;

  const count = (fn: F, change: number): void => {
    total += change;
    const now = (counts.get(fn) ?? 0) + change;
    if (now === 0) counts.delete(fn);
    else counts.set(fn, now);
  };

  /** Frees the process's place at once; `close` still waits for its end. */
  const discard = (fn: F, environment: Environment): void => {
    count(fn, -1);
    idle = idle.filter((entry) => entry.environment !== environment);
    environment.kill().then(() => environments.delete(environment));
  };

  const start = async (fn: F): Promise<Environment> => {
    try {
      const environment = await fn.start();
      environments.add(environment);
      if (closed) await environment.kill();
      return environment;
    } catch (error) {
      count(fn, -1);
      dispatch();
      throw error;
    }
  };

  /** Serves one waiter if it can be served now. */
  const serve = (waiter: Waiter<F>): boolean => {
    const { fn } = waiter;
    const at = idle.findLastIndex((entry) => entry.fn === fn && entry.environment.alive);
    if (at >= 0) {
      waiter.grant(idle.splice(at, 1)[0]!.environment, false);
      return true;
    }
    const own = counts.get(fn) ?? 0;
    if (own >= fn.processLimit) return false;
    if (total >= maxProcesses) {
      const oldest = idle[0];
      if (oldest !== undefined) discard(oldest.fn, oldest.environment);
      else if (own > 0) return false;
    }
    count(fn, 1);
    waiter.grant(start(fn), true);
    return true;
  };

  const discardDead = (): void => {
    for (const entry of idle.filter(({ environment }) => !environment.alive)) discard(entry.fn, entry.environment);
  };

  const dispatch = (): void => {
    discardDead();
    waiters = waiters.filter((waiter) => !serve(waiter));
  };

  return {
    acquire: (fn, signal) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('the Lambda stand-in is closed'));
        signal?.throwIfAborted();
        const onAbort = (): void => {
          waiters = waiters.filter((other) => other !== waiter);
          reject(signal?.reason);
        };
        const waiter: Waiter<F> = {
          fn,
          reject,
          grant(environment, cold) {
            signal?.removeEventListener('abort', onAbort);
            Promise.resolve(environment).then((started) => resolve({ environment: started, cold }), reject);
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        waiters.push(waiter);
        dispatch();
      }),
    release(fn, environment) {
      if (!environment.alive || retired.has(fn) || closed) discard(fn, environment);
      else idle.push({ fn, environment });
      dispatch();
    },
    retire(fn) {
      retired.add(fn);
      for (const entry of idle.filter((candidate) => candidate.fn === fn)) discard(fn, entry.environment);
      dispatch();
    },
    processCount(fn) {
      discardDead();
      return counts.get(fn) ?? 0;
    },
    async close() {
      closed = true;
      for (const waiter of waiters.splice(0)) waiter.reject(new Error('the Lambda stand-in is closed'));
      await Promise.all([...environments].map((environment) => environment.kill()));
    },
  };
};
