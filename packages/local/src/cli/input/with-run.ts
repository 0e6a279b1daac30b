import { createRunContext, type RunContext } from '@pipeline/core';
import { listenForInterrupt } from '../interrupt.ts';

/** Does work that Ctrl-C ends. */
export const withRun = async <T>(work: (run: RunContext) => Promise<T>): Promise<T> => {
  const interrupt = listenForInterrupt();
  try {
    return await work(createRunContext({ signal: interrupt.signal }));
  } catch (error) {
    // What an abort makes fail is not what went wrong.
    interrupt.signal.throwIfAborted();
    throw error;
  } finally {
    interrupt.dispose();
  }
};
