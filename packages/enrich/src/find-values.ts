import { PipelineError, type RunContext } from '@pipeline/core';
import { type Lookup, type LookupKey, LookupKeyError } from './lookup.ts';
import type { CheckedPolicies } from './row-policy.ts';

/**
 * The value of each key, in the order of the keys: from what the look-up remembers, and in one call for all others.
 * `undefined` where there is none.
 *
 * @throws what the look-up throws; of failed calls only where a policy lets them fail the batch
 */
export const findValues = async <K extends LookupKey, V>(
  lookup: Lookup<K, V>,
  keys: readonly (K | undefined)[],
  policies: CheckedPolicies<unknown>,
  run: RunContext,
): Promise<readonly (V | LookupKeyError | undefined)[]> => {
  const found = new Array<V | LookupKeyError | undefined>(keys.length);
  const asked: K[] = [];
  const places: number[] = [];
  const nowMs = run.clock.now();
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    if (key === undefined) continue;
    const known = lookup.recall?.(key, nowMs);
    if (known !== undefined) found[index] = known.value;
    else {
      asked.push(key);
      places.push(index);
    }
  }
  if (asked.length === 0) return found;
  const answers = await ask(lookup, asked, policies, run);
  for (let index = 0; index < places.length; index++) {
    found[places[index]!] = LookupKeyError.is(answers) ? answers : answers.get(asked[index]!);
  }
  return found;
};

/** A look-up of another make may throw where it could have answered; its failure is that of all keys then. */
const ask = async <K extends LookupKey, V>(
  lookup: Lookup<K, V>,
  keys: readonly K[],
  policies: CheckedPolicies<unknown>,
  run: RunContext,
): Promise<ReadonlyMap<K, V | LookupKeyError> | LookupKeyError> => {
  if (policies.failed === 'fail' && policies.slow === 'fail') return lookup.loadMany(keys, run);
  try {
    return await lookup.loadMany(keys, run, { onFailure: 'answer' });
  } catch (error) {
    if (run.signal.aborted || !PipelineError.is(error) || !error.retryable || error.code === 'DEADLINE') throw error;
    return new LookupKeyError(error.code, { kind: 'failed', cause: error });
  }
};
