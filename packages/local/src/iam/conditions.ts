import { matchesWildcard } from './wildcard.ts';

type Test = (wanted: string, got: string) => boolean;

const sameText: Test = (wanted, got) => wanted === got;

/** The operators that are known: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const operators: Readonly<Record<string, { readonly test: Test; readonly negated?: boolean }>> = {
  StringEquals: { test: sameText },
  StringNotEquals: { test: sameText, negated: true },
  StringLike: { test: matchesWildcard },
  StringNotLike: { test: matchesWildcard, negated: true },
  ArnEquals: { test: matchesWildcard },
  ArnLike: { test: matchesWildcard },
  Bool: { test: (wanted, got) => wanted.toLowerCase() === got.toLowerCase() },
};

const asTexts = (value: unknown): readonly string[] => [value].flat().map(String);

/**
 * Whether every condition of a statement holds: all operators and keys, one of the values of each. A key that the request
 * does not have fails its condition, and meets a negated one.
 *
 * @throws Error for an operator that is not known here
 * @example
 * conditionsHold({ StringEquals: { 'ses:FromAddress': 'a@example.com' } }, { 'ses:FromAddress': 'b@example.com' }); // false
 */
export const conditionsHold = (
  conditions: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  context: Readonly<Record<string, string | readonly string[]>>,
): boolean => {
  const got = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), asTexts(value)]));
  return Object.entries(conditions).every(([operator, keys]) => {
    const known = operators[operator];
    if (known === undefined) throw new Error(`the condition operator ${operator} is not known here`);
    return Object.entries(keys).every(([key, wanted]) => {
      const values = got.get(key.toLowerCase());
      if (values === undefined) return known.negated === true;
      const some = asTexts(wanted).some((one) => values.some((value) => known.test(one, value)));
      return known.negated === true ? !some : some;
    });
  });
};
