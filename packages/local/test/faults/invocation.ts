import { AsyncLocalStorage } from 'node:async_hooks';

/** One call of a function, as a process of its own would be. */
export interface Invocation {
  /** Function and chunk: `process-3`. */
  readonly caller: string;
  readonly requestId: string;
  /** Ended with its process: nothing that it still does leaves it, nothing reaches it. */
  dead: boolean;
  /** Ends the process. */
  die(): void;
}

const running = new AsyncLocalStorage<Invocation>();

/** Runs a function's work; whatever it calls is called by this invocation. */
export const within = <T>(invocation: Invocation, work: () => Promise<T>): Promise<T> => running.run(invocation, work);

/** The call that asks; `undefined` outside of functions. */
export const currentInvocation = (): Invocation | undefined => running.getStore();

/** Header by which the fault proxy knows whose call a request is. */
export const callerHeader = 'x-pipeline-caller';

/** A new one for each who waits: a promise keeps all that wait for it. */
const never = (): Promise<never> => new Promise(() => {});

/** Sends on behalf of the invocation that asks; a dead one waits for ever. */
export const asCaller = async <T>(send: (header: Record<string, string>) => Promise<T>): Promise<T> => {
  const invocation = running.getStore();
  if (invocation === undefined) return send({});
  if (invocation.dead) return never();
  const { caller, requestId } = invocation;
  try {
    const answer = await send({ [callerHeader]: `${caller} ${requestId}` });
    return invocation.dead ? await never() : answer;
  } catch (error) {
    if (invocation.dead) return never();
    throw error;
  }
};

interface Stack {
  add(
    middleware: (next: (args: never) => Promise<unknown>) => (args: never) => Promise<unknown>,
    options: { step: 'deserialize'; priority: 'low'; name: string },
  ): void;
}

/** Makes an SDK client send as the invocation that uses it. */
export const calledBy = <Client extends { readonly middlewareStack: unknown }>(client: Client): Client => {
  (client.middlewareStack as Stack).add(
    (next) => (args) =>
      asCaller((header) => {
        Object.assign((args as { request: { headers: Record<string, string> } }).request.headers, header);
        return next(args);
      }),
    { step: 'deserialize', priority: 'low', name: 'calledBy' },
  );
  return client;
};
