import type { GatedCall } from '../../iam/access-gate.ts';

/**
 * Says what a role was refused, each action on a kind of resource once: what is tried again, or for every chunk, would fill the
 * screen.
 */
export const refusalLines = (): ((call: GatedCall) => readonly string[]) => {
  const said = new Set<string>();
  return ({ caller, refused }) =>
    refused.flatMap(({ action, resource }) => {
      const role = caller.arn.split('/').at(-1)!;
      const kind = `${role} ${action} ${resource.replace(/(:::[^/]+\/[^/]*).*/, '$1')}`;
      if (said.has(kind)) return [];
      said.add(kind);
      return [`refused: ${role} may not ${action} on ${resource}`];
    });
};
