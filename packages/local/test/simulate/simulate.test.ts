import { describe, expect, test } from 'vitest';
import { simulate } from './simulate.ts';

const runs = process.env.TEST_LONG === '1' ? 5_000 : 500;

describe('a simulated pipeline', () => {
  test(`keeps every invariant in ${runs} worlds`, async () => {
    const failed: string[] = [];
    for (let seed = 1; seed <= runs; seed++) {
      const { violations } = await simulate(seed);
      if (violations.length > 0) failed.push(`seed ${seed}: ${violations.join('; ')}`);
    }
    expect(failed).toEqual([]);
  }, 900_000);

  test('does the same for the same seed', async () => {
    for (const seed of [3, 1_414, 27_182]) expect((await simulate(seed)).trace).toBe((await simulate(seed)).trace);
  });

  test('fails where uploads are not aborted', async () => {
    const violations: string[] = [];
    for (let seed = 1; seed <= 40; seed++) violations.push(...(await simulate(seed, { uploadsStay: true })).violations);
    expect(violations.join('\n')).toMatch(/I3: the upload of .* was left open by \w+/);
  });

  test('fails where commits do not exclude each other', async () => {
    const violations: string[] = [];
    for (let seed = 1; seed <= 40; seed++)
      violations.push(...(await simulate(seed, { commitsOverwrite: true })).violations);
    expect(violations.join('\n')).toMatch(/was written again/);
    expect(violations.join('\n')).toMatch(/mixes or lacks rows|success mails/);
  });
});
