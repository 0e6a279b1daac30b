import { createSplitHandler } from '@pipeline/handlers';
import type { RowRule } from '@pipeline/validate/precompiled';
import { surroundings } from './surroundings.ts';

/** Plans uploads that have the columns which the rule and the look-ups want. */
export const createHandler = (rule?: RowRule<unknown>) => {
  const { deployment, store, locations, events, routed } = surroundings();
  return createSplitHandler({
    ...{ store, locations, ...events },
    columns: { required: [...new Set([...(rule?.required ?? []), ...deployment.lookups.map(({ column }) => column)])] },
    ...(routed ? { routing: {} } : {}),
  });
};
