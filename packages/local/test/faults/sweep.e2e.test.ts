import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Case, casesOf, recordReferences, runCase } from './sweep.ts';
import { ways } from './ways.ts';
import type { Left } from './what-is-left.ts';
import { startWorld, type World } from './world.ts';

let world: World;
let left: ReadonlyMap<string, Left | undefined>;
let cases: readonly Case[];
beforeAll(async () => {
  world = await startWorld();
  const references = await recordReferences(world);
  left = new Map(references.map((reference) => [reference.job.name, reference.left]));
  cases = casesOf(references);
});
afterAll(() => world?.close());

/** One way for each call, another for the next one: a tenth of all runs, in which every call fails once. */
const tenth = (all: readonly Case[]): readonly Case[] => {
  const calls = [...new Set(all.map(({ job, call }) => `${job.name}/${call}`))];
  return calls.flatMap((call, index) => {
    const ofCall = all.filter((one) => `${one.job.name}/${one.call}` === call);
    return [ofCall[(index * 3) % ofCall.length]!];
  });
};

const failuresOf = async (some: readonly Case[]): Promise<readonly string[]> => {
  const failures: string[] = [];
  for (const one of some) {
    const { name, violations } = await runCase(world, one, left.get(one.job.name));
    if (violations.length > 0) failures.push(`${name}: ${violations.join('; ')}`);
  }
  return failures;
};

describe('a batch of 2,000 rows of which one call fails', () => {
  it('fails in ten ways at every call to the outside', () => {
    expect(cases.length).toBeGreaterThan(1_500);
    expect(new Set(cases.map(({ way }) => way))).toEqual(new Set(ways));
    expect(new Set(cases.map(({ call }) => call.split('/')[1]!.split(':')[0]))).toEqual(
      new Set(['lambda', 'states', 's3', 'dynamodb', 'http', 'ses']),
    );
  });

  it('keeps every invariant, whichever call that is', async () => {
    const some = tenth(cases);
    expect(some.length).toBeGreaterThan(150);
    expect(await failuresOf(some)).toEqual([]);
  }, 600_000);
});
