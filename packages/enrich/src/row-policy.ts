import { requireOption } from './check-options.ts';
import type { KeyFailure } from './lookup.ts';

/** What becomes of a row without a value: it is rejected, gets empty fields, gets default values, or fails the batch. */
export type RowPolicy<Added extends object> = 'reject' | 'null' | 'fail' | { readonly default: Added };

/** Which policy applies, by why a row has no value. */
export interface RowPolicies<Policy> {
  /** The key has no entry at the source. @default 'reject' */
  readonly onMissing?: Policy;
  /** The source answered, for this key, with what cannot be used. @default 'reject' */
  readonly onPoisoned?: Policy;
  /** The source failed for all tries. `fail` ends the chunk with an error that is tried again. @default 'fail' */
  readonly onFailed?: Policy;
  /** The source did not answer in time. @default as `onFailed` */
  readonly onSlow?: Policy;
}

/** A policy for each reason, checked. */
export type CheckedPolicies<Policy> = Readonly<Record<KeyFailure | 'missing', Policy>>;

/** Fills in what was left out. @throws PipelineConfigError `CONFIG_INVALID` */
export const checkPolicies = <Added extends object>({
  onMissing = 'reject',
  onPoisoned = 'reject',
  onFailed = 'fail',
  onSlow = onFailed,
}: RowPolicies<RowPolicy<Added>>): CheckedPolicies<RowPolicy<Added>> => {
  for (const [option, policy] of Object.entries({ onMissing, onPoisoned, onFailed, onSlow }))
    requireOption(
      ['reject', 'null', 'fail'].includes(policy as string) ||
        (typeof policy === 'object' && policy !== null && typeof policy.default === 'object'),
      option,
      "'reject', 'null', 'fail' or { default }",
      policy,
    );
  return { missing: onMissing, poisoned: onPoisoned, failed: onFailed, slow: onSlow };
};
