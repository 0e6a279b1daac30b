import { AsyncLocalStorage } from 'node:async_hooks';
import type { RunContext } from '@pipeline/core';

type Observe = RunContext['observe'];

const served = new AsyncLocalStorage<Observe>();

/**
 * Tells the call that is being served of an event, so that its log line has the call's batch and chunk and its metrics count
 * it; outside of a call nobody is told. For what is made once and serves many calls, such as a store.
 *
 * @example
 * const store = s3Store(new S3Client(), { context: createRunContext({ observe: observeCall }) });
 */
export const observeCall: Observe = (event) => served.getStore()?.(event);

/** Does the work of a call: what is observed in it by `observeCall` goes to `observe`. */
export const serveCall = <T>(observe: Observe, work: () => T): T => served.run(observe, work);
