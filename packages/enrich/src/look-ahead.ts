import type { RunContext } from '@pipeline/core';

/**
 * Does work on each item, in order, while up to `ahead` further items are already pulled and worked on.
 * Closes the source and aborts work begun in advance on every exit.
 */
export async function* lookAhead<In, Out>(
  items: AsyncIterable<In>,
  run: RunContext,
  ahead: number,
  work: (item: In, run: RunContext) => Promise<Out>,
): AsyncGenerator<Out> {
  const source = items[Symbol.asyncIterator]();
  const left = new AbortController();
  const workRun = { ...run, signal: AbortSignal.any([run.signal, left.signal]) };
  const begun: Promise<Out>[] = [];
  let ended = false;
  let broken: { readonly error: unknown } | undefined;
  try {
    for (;;) {
      while (!ended && begun.length <= ahead) {
        run.signal.throwIfAborted();
        try {
          const next = await source.next();
          if (next.done === true) ended = true;
          else {
            const result = work(next.value, workRun);
            result.catch(() => {}); // seen when its turn comes, if it comes
            begun.push(result);
          }
        } catch (error) {
          // What came before the break is still handed on, as it would be without looking ahead.
          broken = { error };
          ended = true;
        }
      }
      const first = begun.shift();
      if (first === undefined) break;
      yield await first;
    }
    if (broken !== undefined) throw broken.error;
  } finally {
    left.abort();
    if (!ended) await source.return?.();
  }
}
