import type { AnyHandler } from '../faults/functions.ts';
import { type Invocation, within } from '../faults/invocation.ts';
import type { LambdaAnswer } from '../faults/lambda.ts';
import type { Dice } from './dice.ts';
import type { Scheduler } from './scheduler.ts';

/** Functions whose calls are lost, made twice, killed, or go on when nobody waits for them any more. */
export interface SimLambda {
  invoke(name: string, event: unknown, signal: AbortSignal | undefined): Promise<LambdaAnswer>;
  /** Delivered at least once, and up to three times when it fails. */
  invokeLater(name: string, event: unknown): Promise<void>;
  /** No call is under way. */
  idle(): boolean;
}

const limitMs = 900_000;
const failed = (errorType: string, errorMessage: string): LambdaAnswer => ({
  functionError: 'Unhandled',
  payload: JSON.stringify({ errorType, errorMessage, trace: [] }),
});
const serviceError = (name: string): Error => Object.assign(new Error('made to fail'), { name: `Lambda.${name}` });

export const createSimLambda = (
  scheduler: Scheduler,
  dice: Dice,
  functions: (name: string) => AnyHandler,
): SimLambda => {
  let alive = 0;
  let count = 0;

  const run = async (name: string, event: unknown): Promise<LambdaAnswer> => {
    const requestId = `request-${++count}`;
    const endsAt = scheduler.now() + limitMs;
    const death = Promise.withResolvers<LambdaAnswer>();
    const done = new AbortController();
    const end = (answer: LambdaAnswer): void => {
      invocation.dead = true;
      death.resolve(answer);
    };
    const exit = (): void => end(failed('Runtime.ExitError', 'made to end'));
    const invocation: Invocation = { caller: name, requestId, dead: false, die: exit };
    const later = (ms: number, then: () => void): void => void scheduler.sleep(ms, done.signal).then(then, () => {});
    later(limitMs, () => end(failed('Sandbox.Timedout', 'Task timed out')));
    if (dice.strikes('function')) later(dice.random.whole(0, 2_000), exit);
    const context = {
      awsRequestId: requestId,
      functionName: name,
      memoryLimitInMB: '1024',
      getRemainingTimeInMillis: () => Math.max(0, endsAt - scheduler.now()),
    };
    const work = async (): Promise<LambdaAnswer> => {
      try {
        return { payload: JSON.stringify((await functions(name)(structuredClone(event), context)) ?? null) };
      } catch (error) {
        return failed((error as Error).name, (error as Error).message);
      }
    };
    alive++;
    try {
      return await Promise.race([within(invocation, work), death.promise]);
    } finally {
      alive--;
      done.abort();
    }
  };

  const invoke: SimLambda['invoke'] = async (name, event, signal) => {
    await scheduler.sleep(dice.latencyMs(), signal);
    if (!dice.strikes('function')) return run(name, event);
    switch (dice.random.pick(['throttled', 'lost-answer', 'zombie', 'twice', 'never'] as const)) {
      case 'throttled':
        throw serviceError('TooManyRequestsException');
      case 'lost-answer':
        await run(name, event);
        throw serviceError('SdkClientException');
      case 'zombie':
        // It goes on, while its replacement starts.
        void run(name, event);
        await scheduler.sleep(dice.random.whole(0, 3_000));
        throw serviceError('ServiceException');
      case 'twice':
        return Promise.race([run(name, event), run(name, event)]);
      case 'never':
        void run(name, event);
        return new Promise<never>(() => {}); // the state's own limit ends this
    }
  };

  return {
    invoke,
    async invokeLater(name, event) {
      for (let tried = 1; tried <= 3; tried++) {
        await scheduler.sleep(dice.random.whole(0, 30_000) * (tried - 1));
        const limit = new AbortController();
        const given = scheduler.sleep(limitMs + 1_000, limit.signal).then(
          () => failed('Unknown', 'no answer'),
          () => failed('Unknown', 'no answer'),
        );
        const answer = await Promise.race([
          invoke(name, event, undefined).catch((error: Error) => failed(error.name, error.message)),
          given,
        ]);
        limit.abort();
        if (answer.functionError === undefined) return;
      }
    },
    idle: () => alive === 0,
  };
};
