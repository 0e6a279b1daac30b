import { conditionsHold } from './conditions.ts';
import type { AccessRequest, Decision, PolicyDocument, PolicyStatement } from './policy.ts';
import { matchesWildcard } from './wildcard.ts';

/** Actions are compared without regard to case, resources with it. */
const covers = ({ Action, Resource, Condition = {} }: PolicyStatement, request: AccessRequest): boolean =>
  [Action].flat().some((action) => matchesWildcard(action.toLowerCase(), request.action.toLowerCase())) &&
  [Resource].flat().some((resource) => matchesWildcard(resource, request.resource)) &&
  conditionsHold(Condition, request.context ?? {});

/**
 * Decides as IAM does within one account, from the identity's policies: a denial wins, what nothing allows is not granted.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 *
 * @throws Error for a condition operator that is not known here
 * @example
 * evaluate(policies, { action: 's3:GetObject', resource: 'arn:aws:s3:::orders/input/may.csv' }); // 'allowed'
 */
export const evaluate = (policies: readonly PolicyDocument[], request: AccessRequest): Decision => {
  const covering = policies.flatMap(({ Statement }) => Statement).filter((statement) => covers(statement, request));
  if (covering.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  return covering.length > 0 ? 'allowed' : 'not granted';
};
