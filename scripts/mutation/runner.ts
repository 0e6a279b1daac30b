// Runs the tests for Stryker: one process loads them once, and a mutant is a switch in the instrumented code. What changes
// while modules load gets a process of its own, which Stryker starts for it.
// https://stryker-mutator.io/docs/stryker-js/guides/create-a-plugin/

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type CompleteDryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type TestResult,
  type TestRunner,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { type CollectedTest, takeCollected } from './collect.ts';
import { testFiles } from './test-files.ts';

/** What the instrumented code and the runner share. */
interface Switches {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: CompleteDryRunResult['mutantCoverage'];
}

const scope = globalThis as { __stryker__?: Switches };
scope.__stryker__ ??= {};
const switches = scope.__stryker__;

const here = (file: string): string => new URL(file, import.meta.url).href;
const standIns: Readonly<Record<string, string>> = {
  vitest: here('./collect.ts'),
  'fast-check': here('../plain-fast-check.ts'),
};

/** Test files get the stand-ins; the stand-ins themselves get what they stand for. */
const leadToStandIns = (): void =>
  void registerHooks({
    resolve(specifier, context, next) {
      const url = Object.hasOwn(standIns, specifier) ? standIns[specifier] : undefined;
      const asked = context.parentURL ?? '';
      if (url === undefined || !/\/test\//.test(asked)) return next(specifier, context);
      return { url, shortCircuit: true };
    },
  });

/** How long each test took, for the other processes: the quick ones are asked first. */
const timesFile = 'test-times.json';

/** So long tests are asked whether they notice a mutant, in milliseconds; one that none noticed by then counts as survived. */
const mostMs = 7000;
/** A test that took longer when all code was counted is not asked: the two together are less than Stryker's own limit. */
const longestMs = 12_000;

/** Asks those tests first that found most in the least time so far; neighbours are found by the same. */
const createOrder = (tests: readonly CollectedTest[]) => {
  const times = existsSync(timesFile)
    ? (JSON.parse(readFileSync(timesFile, 'utf8')) as Readonly<Record<string, number>>)
    : {};
  const found = new Map<string, number>();
  const timeOf = (id: string): number => times[id] ?? 1;
  // One that found nothing yet comes behind a slow one that finds much, and before another such that takes longer.
  const worthOf = (id: string): number => (0.05 + (found.get(id) ?? 0)) / (10 + timeOf(id));
  return {
    timeOf,
    noticed: (id: string): void => void found.set(id, (found.get(id) ?? 0) + 1),
    choose(wanted: ReadonlySet<string> | undefined): readonly CollectedTest[] {
      return tests.filter(({ id }) => wanted?.has(id) !== false).sort((a, b) => worthOf(b.id) - worthOf(a.id));
    },
  };
};

const load = async (): Promise<readonly CollectedTest[]> => {
  const tests: CollectedTest[] = [];
  for (const file of testFiles(process.cwd())) {
    await import(pathToFileURL(path.resolve(file)).href);
    tests.push(...takeCollected(file));
  }
  return tests;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const runOne = async ({ id, run }: CollectedTest): Promise<TestResult> => {
  const startedAt = performance.now();
  const about = { id, name: id, fileName: path.resolve(id.slice(0, id.indexOf(' '))) };
  switches.currentTestId = id;
  try {
    await run();
    return { ...about, status: TestStatus.Success, timeSpentMs: performance.now() - startedAt };
  } catch (error) {
    const timeSpentMs = performance.now() - startedAt;
    return { ...about, status: TestStatus.Failed, timeSpentMs, failureMessage: messageOf(error) };
  } finally {
    switches.currentTestId = undefined;
  }
};

const createRunner = (): TestRunner => {
  let loaded: Promise<readonly CollectedTest[]> | undefined;
  let order: ReturnType<typeof createOrder> | undefined;
  const tests = (): Promise<readonly CollectedTest[]> => {
    loaded ??= load();
    return loaded;
  };

  return {
    capabilities: () => ({ reloadEnvironment: false }),
    init: async () => leadToStandIns(),
    async dryRun() {
      const results: TestResult[] = [];
      for (const test of await tests()) results.push(await runOne(test));
      writeFileSync(timesFile, JSON.stringify(Object.fromEntries(results.map((one) => [one.id, one.timeSpentMs]))));
      const { mutantCoverage = { static: {}, perTest: {} } } = switches;
      return { status: DryRunStatus.Complete, tests: results, mutantCoverage };
    },
    async mutantRun({ activeMutant, hitLimit, mutantActivation, testFilter }: MutantRunOptions) {
      if (mutantActivation === 'static') switches.activeMutant = activeMutant.id;
      const wanted = testFilter === undefined ? undefined : new Set(testFilter);
      order ??= createOrder(await tests());
      switches.activeMutant = activeMutant.id;
      switches.hitLimit = hitLimit;
      switches.hitCount = hitLimit === undefined ? undefined : 0;
      const results: TestResult[] = [];
      const startedAt = performance.now();
      for (const test of order.choose(wanted)) {
        if (performance.now() - startedAt > mostMs) break;
        if (order.timeOf(test.id) > longestMs) continue;
        const result = await runOne(test);
        results.push(result);
        if (result.status !== TestStatus.Failed) continue;
        order.noticed(test.id);
        break; // one that notices is enough
      }
      const timeOut = determineHitLimitReached(switches.hitCount, hitLimit);
      switches.activeMutant = undefined;
      return toMutantRunResult(timeOut ?? { status: DryRunStatus.Complete, tests: results });
    },
  };
};

export const strykerPlugins = [{ kind: 'TestRunner', name: 'collected', factory: createRunner }];
