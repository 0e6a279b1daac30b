import { StateError } from '../data/errors.ts';
import type { Execution } from '../engine/execution.ts';
import type { MapRun } from './map-run.ts';
import type { ChildJob } from './open-map-run.ts';
import { exceedsTolerance } from './tolerance.ts';

/** Children that the service runs at once at most. */
const MAX_CHILDREN = 10_000;

/** Succeeded children of one Map Run that keep their history; more would only fill the memory. */
const KEPT_HISTORIES = 10_000;

/**
 * Runs children, at most MaxConcurrency at a time, until all have ended.
 *
 * @throws StateError named States.ExceedToleratedFailureThreshold as soon as too many failed; the running ones are
 * aborted
 * @throws Cancelled when the parent was stopped
 */
export async function runChildren(mapRun: MapRun, next: () => Promise<ChildJob | undefined>): Promise<void> {
  const running = new Set<Promise<void>>();
  let exceeded = false;
  let freed = Promise.withResolvers<void>();
  const wake = (): void => {
    freed.resolve();
    freed = Promise.withResolvers();
  };
  mapRun.wake = wake;

  const start = (job: ChildJob): void => {
    const child = job();
    const ended = child.ended.then(() => {
      running.delete(ended);
      if (child.status === 'SUCCEEDED') trimHistory(mapRun, child);
      else if (!exceeded && !mapRun.scope.reason && exceedsTolerance(mapRun, false)) {
        exceeded = true;
        mapRun.scope.cancel({ kind: 'sibling-failed' });
      }
      wake();
    });
    running.add(ended);
  };

  try {
    while (!exceeded) {
      if (running.size >= (mapRun.maxConcurrency || MAX_CHILDREN)) {
        await mapRun.scope.race(freed.promise);
        continue;
      }
      const job = await mapRun.scope.race(next());
      if (!job) break;
      start(job);
    }
    while (running.size > 0 && !exceeded) await mapRun.scope.race(freed.promise);
  } catch (error) {
    if (!exceeded) {
      mapRun.scope.cancel({ kind: 'sibling-failed' });
      await Promise.all(running);
      throw error;
    }
  }
  await Promise.all(running);
  if (exceeded || exceedsTolerance(mapRun, true)) {
    throw new StateError(
      'States.ExceedToleratedFailureThreshold',
      'The specified tolerated failure threshold was exceeded',
    );
  }
}

function trimHistory(mapRun: MapRun, { history }: Execution): void {
  if (mapRun.children.length <= KEPT_HISTORIES) return;
  history.events.length = 0;
  history.dropped = true;
}
