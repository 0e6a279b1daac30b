import type { RunContext } from '@pipeline/core';
import { raceAbort } from './abort.ts';
import { isPositive, requireOption } from './check-options.ts';
import type { Headers } from './sign-request.ts';

/** Headers that are secret, and where they come from. */
export interface SecretOptions {
  /**
   * Gets the headers, for example with `GetSecretValueCommand` of Secrets Manager or `GetParameterCommand` of SSM. Called
   * once for all requests that need them.
   */
  readonly load: (run: RunContext) => Promise<Headers>;
  /** How long they are used, in milliseconds. @default 300_000 */
  readonly ttlMs?: number;
}

/** Headers with a limited life. */
export interface SecretHeaders {
  get(run: RunContext): Promise<Headers>;
  /** Got again because the source refused these; not once more when that has been done meanwhile. */
  renew(refused: Headers, run: RunContext): Promise<Headers>;
}

/** Makes a cache of secret headers. What fails is not remembered. @throws PipelineConfigError `CONFIG_INVALID` */
export const createSecretHeaders = ({ load, ttlMs = 300_000 }: SecretOptions): SecretHeaders => {
  requireOption(typeof load === 'function', 'secretHeaders.load', 'a function', load);
  requireOption(isPositive(ttlMs), 'secretHeaders.ttlMs', 'a positive number', ttlMs);
  let current: { readonly headers: Promise<Headers>; readonly untilMs: number } | undefined;

  const get = async (run: RunContext): Promise<Headers> => {
    const nowMs = run.clock.now();
    if (current === undefined || nowMs >= current.untilMs) {
      // Shared with other requests: the end of this one must not end it.
      const headers = load({ ...run, signal: new AbortController().signal }).then(lowerCased);
      const mine = { headers, untilMs: nowMs + ttlMs };
      current = mine;
      headers.catch(() => {
        if (current === mine) current = undefined;
      });
    }
    return raceAbort(current.headers, run.signal);
  };
  return {
    get,
    renew: async (refused, run) => {
      if (current !== undefined && (await raceAbort(current.headers, run.signal)) === refused) current = undefined;
      return get(run);
    },
  };
};

/** Names of headers know no case. */
export const lowerCased = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
