import { Cancelled, StateError } from '../data/errors.ts';
import type { CancelScope } from '../engine/cancel-scope.ts';
import type { Engine } from '../engine/engine.ts';

/** The time limits of one task. */
export interface TaskWatch {
  /** Cancelled when a limit passes, or with the state's own scope. */
  readonly scope: CancelScope;
  /** Starts the heartbeat's time anew. */
  readonly beat: () => void;
  readonly expired: () => boolean;
  /** Makes a passed limit the error `States.Timeout`; anything else stays. */
  readonly translate: (thrown: unknown) => unknown;
  readonly close: () => void;
}

/** Starts the clocks of TimeoutSeconds and HeartbeatSeconds. */
export function openWatch(
  engine: Engine,
  parent: CancelScope,
  limits: { readonly timeoutSeconds: number | undefined; readonly heartbeatSeconds: number | undefined },
): TaskWatch {
  const scope = parent.child();
  const timers = new Set<AbortController>();
  let expired = false;
  const start = (seconds: number): (() => void) => {
    const timer = new AbortController();
    timers.add(timer);
    engine.clock.sleep(seconds * 1000, timer.signal).then(
      () => {
        if (timer.signal.aborted) return;
        expired = true;
        scope.cancel({ kind: 'timed-out' });
      },
      () => {},
    );
    return () => {
      timer.abort();
      timers.delete(timer);
    };
  };
  if (limits.timeoutSeconds !== undefined) start(limits.timeoutSeconds);
  const { heartbeatSeconds } = limits;
  let stopHeartbeat = heartbeatSeconds === undefined ? () => {} : start(heartbeatSeconds);
  return {
    scope,
    beat() {
      if (heartbeatSeconds === undefined) return;
      stopHeartbeat();
      stopHeartbeat = start(heartbeatSeconds);
    },
    expired: () => expired,
    translate: (thrown) =>
      thrown instanceof Cancelled && expired && !parent.reason ? new StateError('States.Timeout', undefined) : thrown,
    close() {
      for (const timer of timers) timer.abort();
      scope.close();
    },
  };
}
