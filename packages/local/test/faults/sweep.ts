import { type Violations, violationsOf } from './invariants.ts';
import { type Job, jobs } from './job.ts';
import { applies, type Fault, ways } from './ways.ts';
import { type Left, whatIsLeft } from './what-is-left.ts';
import { startWorld, type World } from './world.ts';

/** One run of the sweep: which job, and what fails in it. */
export interface Case extends Fault {
  readonly job: Job;
  /** `orders/process-3/s3:PutObject/results/0000003/1:reset-before`: repeats it by `--only`. */
  readonly name: string;
}

/** What came of a case. */
export interface Outcome {
  readonly name: string;
  readonly call: string;
  readonly way: Fault['way'];
  readonly violations: Violations;
  readonly statuses: readonly string[];
  /** By the job's own clock, in milliseconds. */
  readonly tookMs: number;
  /** By the clock on the wall. */
  readonly realMs: number;
}

/** What a job leaves without faults, and every call that it makes. */
export interface Reference {
  readonly job: Job;
  readonly calls: readonly string[];
  readonly left: Left | undefined;
}

/** Runs every job once without faults. @throws Error when that does not hold by itself */
export const recordReferences = async (world: World): Promise<readonly Reference[]> => {
  const references: Reference[] = [];
  for (const job of jobs) {
    const ended = await world.run(job);
    try {
      const left = job.failsWith === undefined ? await whatIsLeft(ended) : undefined;
      const violations = await violationsOf(job, ended, left);
      if (violations.length > 0) throw new Error(`${job.name} without faults: ${violations.join('; ')}`);
      references.push({ job, calls: ended.calls, left });
    } finally {
      await ended.close();
    }
  }
  return references;
};

/** Every call of every job, failed once in every way. */
export const casesOf = (references: readonly Reference[]): readonly Case[] =>
  references.flatMap(({ job, calls }) =>
    calls
      .filter((call) => job.only?.test(call) ?? true)
      .flatMap((call) =>
        ways.filter((way) => applies(call, way)).map((way) => ({ job, call, way, name: `${job.name}/${call}:${way}` })),
      ),
  );

/** A call that gets no answer costs a moment, S3's own work some minutes, a function that is lost its state's time limit. */
const mostMs = (call: string): number => {
  if (call.startsWith('service/')) return 1_000_000;
  return /Copy|Multipart|UploadPart/.test(call) ? 310_000 : 120_000;
};

/** Runs one case and holds the invariants against what it left. */
export const runCase = async (
  world: World,
  { job, call, way, name }: Case,
  left: Left | undefined,
): Promise<Outcome> => {
  const outcome = { name, call, way };
  const startedAt = performance.now();
  const realMs = (): number => Math.round(performance.now() - startedAt);
  try {
    const ended = await world.run(job, { call, way });
    try {
      const violations = [
        ...(ended.struck ? [] : ['the call was not made, so that nothing failed']),
        ...(ended.tookMs <= mostMs(call) ? [] : [`it took ${Math.round(ended.tookMs / 1000)} s by its own clock`]),
        ...(await violationsOf(job, ended, left, { call, way })),
      ];
      return { ...outcome, violations, statuses: ended.statuses, tookMs: ended.tookMs, realMs: realMs() };
    } finally {
      await ended.close();
    }
  } catch (error) {
    return { ...outcome, violations: [String(error)], statuses: [], tookMs: 0, realMs: realMs() };
  }
};

/** Runs cases one after the other, in a world of their own. `choose` says which. */
export const sweep = async (
  choose: (name: string, index: number) => boolean,
  onOutcome: (outcome: Outcome) => void,
): Promise<readonly Outcome[]> => {
  const world = await startWorld();
  const outcomes: Outcome[] = [];
  try {
    const references = await recordReferences(world);
    const left = new Map(references.map((reference) => [reference.job, reference.left]));
    for (const one of casesOf(references).filter(({ name }, index) => choose(name, index))) {
      const outcome = await runCase(world, one, left.get(one.job));
      outcomes.push(outcome);
      onOutcome(outcome);
    }
    return outcomes;
  } finally {
    await world.close();
  }
};
