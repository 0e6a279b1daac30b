import type { GatedCall } from '@pipeline/local';
import { formatCount, plural } from '@pipeline/local/terminal';

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
  const refusals: string[] = [];
  return {
    note({ caller, refused }) {
      calls++;
      roles.add(caller.arn);
      for (const { action, resource } of refused)
        refusals.push(`${caller.arn.split('/').at(-1)} may not ${action} on ${resource}`);
    },
    refusal: () => refusals[0],
    lines: () =>
      calls === 0
        ? []
        : [`${plural(calls, 'call')} of ${plural(roles.size, 'role')}, ${formatCount(refusals.length)} refused`],
  };
};
