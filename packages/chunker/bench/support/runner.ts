import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Message, Order } from './child.ts';

const execArgv = ['--expose-gc', '--conditions=@pipeline/source', '--disable-warning=ExperimentalWarning'];

/** A contender's process. */
export interface Runner {
  /** @throws Error with the contender's own message when the work fails */
  run(order: Order): Promise<Extract<Message, { ms: number }>>;
  /** Ends the process and answers its peak memory, above that of an empty one. */
  end(): Promise<number>;
}

const start = async (args: readonly string[]): Promise<ChildProcess> => {
  const child = fork(fileURLToPath(new URL('child.ts', import.meta.url)), args, { execArgv });
  await next(child);
  return child;
};

/** The next message; a process that ends instead has failed, for want of memory for example. */
const next = async (child: ChildProcess): Promise<Message> => {
  const heard = new AbortController(); // so that the listener that heard nothing does not stay
  const { signal } = heard;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as Message),
      once(child, 'exit', { signal }).then(([code, killedBy]) => {
        throw new Error(`the process ended with ${killedBy ?? code}`);
      }),
    ]);
  } finally {
    heard.abort();
  }
};

const peakOf = async (child: ChildProcess): Promise<number> => {
  child.send('end');
  const message = await next(child);
  if (typeof message === 'object' && 'peakBytes' in message) return message.peakBytes;
  throw new Error('no peak memory was told');
};

let emptyPeak: number | undefined;

export const startRunner = async (peer: string, work: string): Promise<Runner> => {
  emptyPeak ??= await peakOf(await start([]));
  const base = emptyPeak;
  const child = await start([peer, work]);
  return {
    async run(order) {
      child.send(order);
      const message = await next(child);
      if (typeof message === 'object' && 'ms' in message) return message;
      throw new Error(typeof message === 'object' && 'failure' in message ? message.failure : 'no answer');
    },
    end: async () => (await peakOf(child)) - base,
  };
};
