import { createStage, makeIssue, type RowIssue, rejectRows, type Stage } from '@pipeline/core';
import { requireOption } from './check-options.ts';
import { type Lookup, type LookupKey, LookupKeyError } from './lookup.ts';

/** Which value must exist, and how its absence is told. */
export interface RequireKeyOptions<In, K extends LookupKey> {
  /** The key of a row; `undefined` passes, since an optional column may be empty. */
  readonly key: (row: In) => K | undefined;
  /** The column that issues name. @default none */
  readonly column?: string;
  /** Appears as `rule` in issues. @default the look-up's name */
  readonly rule?: string;
}

/**
 * A stage that lets only rows pass whose key has an entry in a look-up: a rule that needs a reference. It adds no columns
 * and asks once for each batch. A row without an entry is rejected with `LOOKUP_MISSING`, one whose key fails at the source
 * with `LOOKUP_KEY_FAILED`, one on which `key` throws with `RULE_THREW`.
 *
 * @throws PipelineLookupError, PipelineLookupRefusedError as the look-up does
 *
 * @example
 * const known = requireKey(countries, { key: (row: Order) => row.country, column: 'country', rule: 'knownCountry' });
 */
export const requireKey = <In, K extends LookupKey>(
  lookup: Lookup<K, unknown>,
  options: RequireKeyOptions<In, K>,
): Stage<In, In> => {
  const { key, column, rule = lookup.name } = options;
  requireOption(typeof key === 'function', 'key', 'a function', key);
  requireOption(typeof rule === 'string' && rule !== '', 'rule', 'a text', rule);

  const issue = (code: 'LOOKUP_MISSING' | 'LOOKUP_KEY_FAILED' | 'RULE_THREW', of?: K, reason?: string): RowIssue[] => [
    makeIssue({
      code,
      rule,
      column,
      value: of === undefined ? undefined : String(of),
      params: { lookup: lookup.name, reason },
    }),
  ];

  return createStage(async (batch, run) => {
    const issues = new Map<number, RowIssue[]>();
    const keys = batch.rows.map((row, index) => {
      try {
        return key(row);
      } catch (error) {
        issues.set(index, issue('RULE_THREW', undefined, error instanceof Error ? error.name : typeof error));
        return undefined;
      }
    });
    const asked = keys.filter((one) => one !== undefined);
    if (asked.length > 0) {
      const answers = await lookup.loadMany(asked, run);
      for (const [index, one] of keys.entries()) {
        if (one === undefined) continue;
        const answer = answers.get(one);
        if (LookupKeyError.is(answer)) issues.set(index, issue('LOOKUP_KEY_FAILED', one, answer.reason));
        else if (answer === undefined) issues.set(index, issue('LOOKUP_MISSING', one));
      }
    }
    return issues.size === 0 ? batch : rejectRows(batch, (index) => issues.get(index));
  });
};
