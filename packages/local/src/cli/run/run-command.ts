import { checkRun } from './check-run.ts';

/** `pipeline run`. The stack is loaded once the call is known to be right. */
export const runCommand = async (args: readonly string[]): Promise<number> => {
  const plan = await checkRun(args);
  const { runPlan } = await import('./run-plan.ts');
  return runPlan(plan);
};
