// One contender in a process of its own: works when told to, tells how long it took, and at the end its peak memory.
// Arguments: name of a file in `peers/` or the URL of another one, name of a work in it; without them an empty process, the base of all memory figures.

import { performance } from 'node:perf_hooks';
import type { Answer, Job, Works } from './work.ts';

/** What to work on, and how often. */
export interface Order {
  readonly job: Job;
  readonly times: number;
}

/** What comes back: milliseconds per time and what was found, the peak at the end, or why there is nothing. */
export type Message =
  | 'ready'
  | { readonly ms: number; readonly answer: Answer }
  | { readonly peakBytes: number }
  | { readonly failure: string };

const [peer, name = ''] = process.argv.slice(2);
const works =
  peer === undefined
    ? {}
    : ((await import(peer.startsWith('file:') ? peer : `../peers/${peer}.ts`)) as { works: Works }).works;

const deliver = async ({ job, times }: Order): Promise<Message> => {
  let ms = 0;
  let answer: Answer = { rows: 0 };
  for (let time = 0; time < times; time++) {
    gc!();
    const start = performance.now();
    answer = await works[name]!(job);
    ms += (performance.now() - start - (answer.startMs ?? 0)) / (answer.passes ?? 1);
  }
  return { ms: ms / times, answer };
};

const send = (message: Message, then?: () => void): boolean => process.send!(message, undefined, {}, then);

process.on('message', async (order: Order | 'end') => {
  if (order === 'end') return send({ peakBytes: process.resourceUsage().maxRSS * 1024 }, () => process.disconnect());
  try {
    return send(await deliver(order));
  } catch (error) {
    return send({ failure: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
  }
});
send('ready');
