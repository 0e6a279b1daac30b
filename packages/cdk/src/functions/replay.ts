import { createReplayHandler } from '@pipeline/handlers';
import type { RowRule } from '@pipeline/validate/precompiled';
import { deployedStage } from './stage.ts';
import { rejects, surroundings } from './surroundings.ts';

/** Does with mended rejects what the process function does with rows. */
export const createHandler = (rule?: RowRule<unknown>) => {
  const { deployment, store, locations } = surroundings();
  return createReplayHandler({ stage: deployedStage(rule, deployment), store, locations, ...rejects(deployment) });
};
