import { Cancelled, type CancelReason } from '../data/errors.ts';

/**
 * A tree of cancellation: cancelling a scope cancels its children. Lighter than chained AbortControllers, because a
 * Distributed Map opens one scope for each child; the AbortSignal is made only when somebody asks for it.
 */
export interface CancelScope {
  readonly reason: CancelReason | undefined;
  /** For APIs that take a signal. */
  readonly signal: AbortSignal;
  cancel(reason: CancelReason): void;
  child(): CancelScope;
  /** Detaches from the parent; to be called when the work is done. */
  close(): void;
  /** Waits for the promise, or rejects with Cancelled as soon as the scope is cancelled. */
  race<T>(promise: Promise<T>): Promise<T>;
}

/** Opens a scope, below `onParent` when given. */
export function openScope(onParent?: (cancel: (reason: CancelReason) => void) => () => void): CancelScope {
  let reason: CancelReason | undefined;
  let controller: AbortController | undefined;
  const listeners = new Set<(reason: CancelReason) => void>();
  const listen = (listener: (reason: CancelReason) => void): (() => void) => {
    if (reason) listener(reason);
    else listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const cancel = (why: CancelReason): void => {
    if (reason) return;
    reason = why;
    controller?.abort(new Cancelled(why));
    for (const listener of [...listeners]) listener(why);
    listeners.clear();
  };
  const detach = onParent?.(cancel);
  return {
    get reason() {
      return reason;
    },
    get signal() {
      if (!controller) {
        controller = new AbortController();
        if (reason) controller.abort(new Cancelled(reason));
      }
      return controller.signal;
    },
    cancel,
    child: () => openScope(listen),
    close: () => detach?.(),
    race: (promise) =>
      new Promise((resolve, reject) => {
        const stop = listen((why) => reject(new Cancelled(why)));
        promise.then(
          (value) => {
            stop();
            resolve(value);
          },
          (error) => {
            stop();
            reject(error);
          },
        );
      }),
  };
}
