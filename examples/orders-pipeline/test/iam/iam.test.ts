import type { AccessRequest, GatedCall, TemplatePlan } from '@pipeline/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestStack, type TestStack } from '../../../../packages/local/test/e2e/support/test-stack.ts';
import { deployedOrders } from '../support/synthesised.ts';
import { exemptionOf, type Grant, grantsOf, isNeeded, nameOf, reasonOf, without } from './grants.ts';
import { listenAsOthers, openTrial, tidyUp } from './trial.ts';
import { worldsOf } from './worlds.ts';

// Takes each granted action away in turn and looks whether a way through the pipeline notices. `npm run test:iam` takes them all.
const all = process.env.TEST_LONG === '1';
const worlds = worldsOf(all);
/** Tries those grants alone whose names fit, as in `IAM_ONLY='^Merge s3:' npm run test:iam`. */
const only = new RegExp(process.env.IAM_ONLY ?? '');
/** In `npm test`: so many. */
const sample = 12;

/** How a grant was noticed to be missing. */
interface Notice {
  readonly by: string;
  readonly how: string;
}
const noticed = new Map<string, Notice>();
const silent = new Map<string, Grant>();

const firstLine = (error: unknown): string =>
  String((error as Error).message)
    .split('\n')[0]!
    .slice(0, 90);

describe.each(Object.entries(worlds))('in the stack %s', (worldName, { parts, versioned, scenarios }) => {
  let stack: TestStack;
  let plan: TemplatePlan;
  const listeners = new Set<(call: GatedCall) => void>();
  let asked = new Map<string, AccessRequest[]>();
  const askedBy = new Map<string, { readonly asked: ReadonlyMap<string, AccessRequest[]>; readonly ms: number }>();

  beforeAll(async () => {
    const app = await deployedOrders({ FileChunkSize: '8', UploadWaitSeconds: 1 }, parts);
    const buckets = app.template!.buckets.map((one) => ({ ...one, versioned }));
    const template = { ...app.template!, buckets };
    plan = template;
    stack = await startTestStack({ ...app, template }, (call) => {
      for (const tell of listeners) tell(call);
    });
    await listenAsOthers(stack);
    listeners.add(({ caller, asked: some }) => {
      const role = caller.arn.split('/').at(-1)!;
      asked.set(role, [...(asked.get(role) ?? []), ...some]);
    });
  });
  afterAll(() => stack?.close());

  it.each(Object.entries(scenarios))('%s comes out as it has to', async (name, scenario) => {
    asked = new Map();
    const before = stack.refused.length;
    // What processes remember from before is asked for again.
    await stack.redeploy(
      stack.app,
      plan.functions.map((one) => one.name),
    );
    const startedAt = performance.now();
    const trial = openTrial(stack, listeners, 30_000);
    try {
      await scenario(trial);
    } finally {
      await tidyUp(trial);
    }
    if (!/Cut/.test(name)) expect(stack.refused.slice(before)).toEqual([]);
    askedBy.set(name, { asked, ms: performance.now() - startedAt });
  });

  /** Goes through a scenario without a grant, and says how that was noticed, if it was. */
  const goWithout = async (grant: Grant, name: string): Promise<string | undefined> => {
    const roles = stack.roles!;
    const before = roles.policiesOf(grant.role);
    // Links are signed with keys that a process keeps.
    const names = plan.functions
      .filter(
        ({ roleArn, name: fn }) =>
          roleArn.endsWith(`/${grant.role}`) || (/Links/.test(grant.role) && /notify/.test(fn)),
      )
      .map((one) => one.name);
    const trial = openTrial(stack, listeners, 8000);
    let wasRefused = false;
    const stop = trial.onCall(({ caller, refused }) => {
      wasRefused ||= caller.arn.endsWith(`/${grant.role}`) && refused.some(({ action }) => action === grant.action);
    });
    roles.setPolicies(grant.role, without(before, grant));
    await stack.redeploy(stack.app, names);
    try {
      await scenarios[name]!(trial);
      return undefined;
    } catch (error) {
      return wasRefused ? firstLine(error) : undefined; // what fails for another reason proves nothing
    } finally {
      stop();
      roles.setPolicies(grant.role, before);
      await stack.redeploy(stack.app, names);
      await tidyUp(trial);
    }
  };

  it('each granted action is missed when it is taken away', { timeout: 3_600_000 }, async () => {
    const quickFirst = [...askedBy].sort(([, a], [, b]) => a.ms - b.ms);
    const grants = plan.roles
      .flatMap(grantsOf)
      .filter((one) => exemptionOf(one) === undefined && only.test(nameOf(one)) && !noticed.has(nameOf(one)));
    const needed = grants.map((grant) => ({
      grant,
      by: quickFirst
        .filter(([, one]) => isNeeded(grant, stack.roles!.policiesOf(grant.role), one.asked.get(grant.role) ?? []))
        .map(([name]) => name),
    }));
    const tried = all
      ? needed
      : needed
          .filter(({ by }) => by.length > 0)
          .filter((_, index, { length }) => index % Math.ceil(length / sample) === 0);
    for (const { grant, by } of tried) {
      silent.set(nameOf(grant), grant);
      for (const name of by) {
        const how = await goWithout(grant, name);
        if (how === undefined) continue;
        noticed.set(nameOf(grant), { by: `${worldName}: ${name}`, how });
        silent.delete(nameOf(grant));
        break;
      }
    }
    if (!all) expect([...silent.keys()]).toEqual([]);
    if (!all) expect(tried.length).toBeGreaterThanOrEqual(8);
  });
});

it.runIf(all)('of what is granted all is needed, but for what is named', () => {
  const rows = [...noticed].map(([name, { by, how }]) => `${name}  |  ${by}  |  ${how}`);
  const rest = [...silent].map(([name, grant]) => `${name}  |  not noticed  |  ${reasonOf(grant) ?? 'no reason'}`);
  console.log([...rows, ...rest].join('\n'));
  console.log(
    `${noticed.size + silent.size} granted actions, ${noticed.size} noticed when they are missing, ${silent.size} not`,
  );
  expect([...silent.values()].filter((grant) => reasonOf(grant) === undefined).map(nameOf)).toEqual([]);
});
