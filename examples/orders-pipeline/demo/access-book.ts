import type { GatedCall } from '@pipeline/local';
import { formatCount, plural, refusalLines } from '@pipeline/local/terminal';

/** What the roles of a template did. */
export interface AccessBook {
  note(call: GatedCall): void;
  /** What a role was refused first. */
  refusal(): string | undefined;
  /** How many calls of how many roles; empty for an app that has no roles. */
  lines(): readonly string[];
}

export const createAccessBook = (): AccessBook => {
  const roles = new Set<string>();
  let calls = 0;
  let refused = 0;
  let first: string | undefined;
  const linesOf = refusalLines();
  return {
    note(call) {
      calls++;
      roles.add(call.caller.arn);
      refused += call.refused.length;
      first ??= linesOf(call)[0];
    },
    refusal: () => first,
    lines: () =>
      calls === 0 ? [] : [`${plural(calls, 'call')} of ${plural(roles.size, 'role')}, ${formatCount(refused)} refused`],
  };
};
