import { RuntimeFault } from '../data/errors.ts';
import { requirePath } from '../data/json-path.ts';
import { scopeOf, type Visit } from '../engine/input-output.ts';
import { integerField } from '../states/map-state.ts';
import { countChildren, type MapRun } from './map-run.ts';

/** The failures that a Map Run bears. */
export interface Tolerance {
  readonly count: number;
  readonly percentage: number;
}

/**
 * Reads ToleratedFailureCount and ToleratedFailurePercentage.
 *
 * @throws RuntimeFault
 */
export function toleranceOf(visit: Visit): Tolerance {
  return { count: integerField(visit, 'ToleratedFailureCount') ?? 0, percentage: percentageOf(visit) };
}

function percentageOf(visit: Visit): number {
  const { state } = visit;
  const path = state.ToleratedFailurePercentagePath;
  if (path === undefined) return state.ToleratedFailurePercentage ?? 0;
  const value = requirePath(path, scopeOf(visit.engine, visit.thread, visit.current, visit.input));
  if (typeof value !== 'number') {
    const printed = typeof value === 'string' ? value : JSON.stringify(value);
    throw new RuntimeFault(
      `The ToleratedFailurePercentagePath field refers to value "${printed}" which is not a valid float: ${path}`,
    );
  }
  if (value < 0 || value > 100) throw new RuntimeFault('ToleratedFailurePercentage must be between 0 and 100.');
  return value;
}

/**
 * Whether more items failed or timed out than the Map Run bears. When both limits are set, the first one passed counts;
 * a percentage can only be judged once all items are known.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
 */
export function exceedsTolerance(mapRun: MapRun, ended: boolean): boolean {
  const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = mapRun;
  const items = countChildren(mapRun, 'items');
  const failed = items.failed + items.timedOut;
  if (failed === 0) return false;
  if (count === 0 && percentage === 0) return true;
  if (count > 0 && failed > count) return true;
  return percentage > 0 && (ended || mapRun.readAll) && (failed / items.total) * 100 > percentage;
}
