import { raceAbort } from './abort.ts';

/** Work that several callers wait for. It is aborted when none of them waits any more, and not before. */
export interface SharedTask<T> {
  readonly result: Promise<T>;
  enter(): void;
  leave(): void;
}

/**
 * Starts shared work.
 *
 * @param onEnd - called once, when the work is done, has failed or was abandoned; nobody may enter from then on
 */
export const shareTask = <T>(work: (signal: AbortSignal) => Promise<T>, onEnd: () => void): SharedTask<T> => {
  const controller = new AbortController();
  let waiting = 0;
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    onEnd();
  };
  const result = work(controller.signal).finally(end);
  result.catch(() => {}); // those who wait see the failure; when all have left, nobody needs to
  return {
    result,
    enter: () => {
      waiting++;
    },
    leave: () => {
      waiting--;
      if (waiting > 0 || ended) return;
      end();
      controller.abort();
    },
  };
};

/**
 * Waits for shared work on behalf of one caller; rejects with the signal's reason when that caller is aborted.
 *
 * @param check - what it throws of one result ends the waiting for all others
 */
export const joinAll = async <T>(
  tasks: readonly SharedTask<T>[],
  signal: AbortSignal,
  check?: (result: T) => void,
): Promise<T[]> => {
  const checked = async ({ result }: SharedTask<T>): Promise<T> => {
    const value = await result;
    check?.(value);
    return value;
  };
  for (const task of tasks) task.enter();
  try {
    return await raceAbort(Promise.all(tasks.map(checked)), signal);
  } finally {
    for (const task of tasks) task.leave();
  }
};
