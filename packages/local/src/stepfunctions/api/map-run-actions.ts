import type { Engine } from '../engine/engine.ts';
import type { MapRun } from '../map-run/map-run.ts';
import type { Action } from './actions.ts';
import { apiError } from './api-error.ts';
import { requireText } from './check-request.ts';
import { describeMapRun as describe, listedMapRun } from './describe.ts';
import { findExecution } from './execution-actions.ts';
import { pageOf } from './paging.ts';

/**
 * The Map Run with an ARN.
 *
 * @throws ApiError named ResourceNotFound
 */
export function findMapRun(engine: Engine, arn: string): MapRun {
  const mapRun = engine.registry.mapRuns.get(arn);
  if (!mapRun) throw apiError('ResourceNotFound', `Resource not found: '${arn}'`);
  return mapRun;
}

/** DescribeMapRun. */
export const describeMapRun: Action = (engine, body) => describe(findMapRun(engine, requireText(body, 'mapRunArn')));

/** ListMapRuns of an execution, newest first. */
export const listMapRuns: Action = (engine, body) => {
  const execution = findExecution(engine, body);
  const own = [...engine.registry.mapRuns.values()].filter(({ parent }) => parent === execution).reverse();
  const { items, nextToken } = pageOf(own, ({ arn }) => arn, body);
  return { mapRuns: items.map(listedMapRun), nextToken };
};

/** UpdateMapRun: changes the limits of a Map Run that runs. */
export const updateMapRun: Action = (engine, body) => {
  const mapRun = findMapRun(engine, requireText(body, 'mapRunArn'));
  for (const member of ['maxConcurrency', 'toleratedFailureCount', 'toleratedFailurePercentage'] as const) {
    const value = body[member];
    if (value === undefined || value === null) continue;
    const maximum = member === 'toleratedFailurePercentage' ? 100 : Number.MAX_SAFE_INTEGER;
    if (typeof value !== 'number' || value < 0 || value > maximum) {
      throw apiError(
        'ValidationException',
        `1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint`,
      );
    }
    mapRun[member] = value;
  }
  mapRun.wake();
  return {};
};
