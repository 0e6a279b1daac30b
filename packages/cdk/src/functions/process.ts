import { createProcessHandler } from '@pipeline/handlers';
import type { RowRule } from '@pipeline/validate/precompiled';
import { sidecars } from './sidecars.ts';
import { deployedStage } from './stage.ts';
import { rejects, surroundings } from './surroundings.ts';

/** Holds rows against the rule and gives them the columns of tables. */
export const createHandler = (rule?: RowRule<unknown>) => {
  const { deployment, store, locations, events } = surroundings();
  return createProcessHandler({
    stage: deployedStage(rule, deployment),
    ...{ store, locations, sidecars, ...events, ...rejects(deployment) },
  });
};
