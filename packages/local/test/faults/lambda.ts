import type { AnyHandler } from './functions.ts';
import { type Invocation, within } from './invocation.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { Way } from './ways.ts';

/** What Step Functions gets of a call. */
export interface LambdaAnswer {
  readonly payload: string;
  readonly functionError?: 'Unhandled';
}

/** What the functions of a world are made of, and who is told. */
export interface LambdaOptions {
  readonly clock: VirtualClock;
  /** By function and chunk. */
  readonly functions: (caller: string) => AnyHandler;
  /** Says how the call of a function fails, if it does. */
  readonly onCall: (caller: string) => Way | undefined;
  /** Work began or ended. */
  readonly onMove: () => void;
  /** A call waits for what never comes; the answer is to be called when it gives up. */
  readonly onHang: () => () => void;
}

/** Functions, each call in a process of its own that can die. */
export interface Lambda {
  /** A call that waits for the answer. Rejects as the service fails. */
  invoke(name: string, event: unknown): Promise<LambdaAnswer>;
  /** A call that nobody waits for: delivered again, twice at most, after an error. */
  invokeLater(name: string, event: unknown): void;
  /** Ends the process of a call. */
  kill(requestId: string): void;
  /** No call is under way, none that was lost, and none that nobody waits for any more. */
  idle(): boolean;
}

const limitMs = 900_000;

const serviceError = (name: string): Error =>
  Object.assign(new Error(`${name} (made to fail)`), { name: `Lambda.${name}` });
const failed = (errorType: string, errorMessage: string): LambdaAnswer => ({
  functionError: 'Unhandled',
  payload: JSON.stringify({ errorType, errorMessage, trace: [] }),
});
const exited = failed('Runtime.ExitError', 'RequestId: 1 Error: Runtime exited without providing a reason');

export const createLambda = ({ clock, functions, onCall, onMove, onHang }: LambdaOptions): Lambda => {
  const alive = new Map<string, Invocation>();
  const under = new Set<Promise<unknown>>();
  let count = 0;

  const callerOf = (name: string, event: unknown): string => {
    const index = (event as { chunk?: { index?: number } }).chunk?.index;
    return index === undefined ? name : `${name}-${index}`;
  };

  const runOnce = async (name: string, event: unknown): Promise<LambdaAnswer> => {
    const requestId = `request-${++count}`;
    const endsAt = clock.now() + limitMs;
    const done = new AbortController();
    const death = Promise.withResolvers<LambdaAnswer>();
    const end = (answer: LambdaAnswer): void => {
      invocation.dead = true;
      death.resolve(answer);
    };
    const invocation: Invocation = { caller: callerOf(name, event), requestId, dead: false, die: () => end(exited) };
    clock.sleep(limitMs, done.signal).then(
      () => end(failed('Sandbox.Timedout', 'Task timed out after 900.00 seconds')),
      () => {},
    );
    const context = {
      awsRequestId: requestId,
      functionName: name,
      memoryLimitInMB: '1024',
      getRemainingTimeInMillis: () => Math.max(0, endsAt - clock.now()),
    };
    const work = async (): Promise<LambdaAnswer> => {
      try {
        const answer = await functions(invocation.caller)(structuredClone(event), context);
        return { payload: JSON.stringify(answer ?? null) };
      } catch (error) {
        // As AWS's runtime reports it.
        return failed((error as Error).name, (error as Error).message);
      }
    };
    alive.set(requestId, invocation);
    onMove();
    try {
      return await Promise.race([within(invocation, work), death.promise]);
    } finally {
      onMove();
      alive.delete(requestId);
      done.abort();
    }
  };

  const deliver = async (name: string, event: unknown): Promise<LambdaAnswer> => {
    switch (onCall(callerOf(name, event))) {
      case undefined:
        return runOnce(name, event);
      case 'no-reply':
        return lost();
      case '500':
        throw serviceError('ServiceException');
      case '503':
        throw serviceError('TooManyRequestsException');
      case 'reset-before':
        throw serviceError('SdkClientException');
      case 'crash-before':
        return exited;
      case 'reset-in-body':
        await runOnce(name, event);
        throw serviceError('SdkClientException');
      case 'applied-but-error':
        await runOnce(name, event);
        throw serviceError('ServiceException');
      case 'stall':
        await runOnce(name, event);
        return lost();
      case 'crash-after':
        await runOnce(name, event);
        return exited;
      case 'duplicate': {
        const twice = [runOnce(name, event), runOnce(name, event)];
        for (const one of twice) follow(one);
        return Promise.race(twice); // the slower one goes on when nobody waits for it any more
      }
    }
  };

  /** An answer that does not come, until whoever waits for it has waited long enough. */
  const lost = (): Promise<never> => {
    const givenUp = onHang();
    clock.sleep(limitMs + 60_000).then(givenUp);
    return new Promise<never>(() => {});
  };

  const follow = <T>(work: Promise<T>): Promise<T> => {
    under.add(work);
    work.then(
      () => under.delete(work),
      () => under.delete(work),
    );
    return work;
  };

  const deliverUntilDone = async (name: string, event: unknown): Promise<void> => {
    for (let tried = 1; tried <= 3; tried++) {
      try {
        // The queue behind an asynchronous call notices that it got no answer.
        const given = Promise.race([deliver(name, event), clock.sleep(limitMs + 1000).then(() => exited)]);
        if ((await given).functionError === undefined) return;
      } catch {
        // the service failed
      }
    }
  };

  return {
    invoke: (name, event) => deliver(name, event),
    invokeLater: (name, event) => void follow(deliverUntilDone(name, event)),
    kill: (requestId) => alive.get(requestId)?.die(),
    idle: () => under.size === 0 && alive.size === 0,
  };
};
