import type { ChoiceRule } from '../definition.ts';
import { RuntimeFault } from './errors.ts';
import type { Json } from './json.ts';
import { type Documents, findPath } from './json-path.ts';
import { parseTimestamp } from './timestamp.ts';

type Compare = (order: number) => boolean;

const ORDERS: Readonly<Record<string, Compare>> = {
  Equals: (order) => order === 0,
  LessThan: (order) => order < 0,
  GreaterThan: (order) => order > 0,
  LessThanEquals: (order) => order <= 0,
  GreaterThanEquals: (order) => order >= 0,
};

const TYPE_TESTS: Readonly<Record<string, (value: Json) => boolean>> = {
  IsNull: (value) => value === null,
  IsNumeric: (value) => typeof value === 'number',
  IsString: (value) => typeof value === 'string',
  IsBoolean: (value) => typeof value === 'boolean',
  IsTimestamp: (value) => typeof value === 'string' && parseTimestamp(value) !== undefined,
};

/** Every comparison operator of a Choice rule. */
export const CHOICE_OPERATORS: ReadonlySet<string> = new Set([
  ...['String', 'Numeric', 'Timestamp'].flatMap((type) =>
    Object.keys(ORDERS).flatMap((order) => [`${type}${order}`, `${type}${order}Path`]),
  ),
  'BooleanEquals',
  'BooleanEqualsPath',
  'StringMatches',
  'IsPresent',
  ...Object.keys(TYPE_TESTS),
]);

/**
 * Whether a Choice rule holds. A comparison of values of another type is false, not an error.
 *
 * @throws RuntimeFault when a path leads nowhere, except for IsPresent
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
 */
export function choiceHolds(rule: ChoiceRule, documents: Documents): boolean {
  if (rule.And) return rule.And.every((inner) => choiceHolds(inner, documents));
  if (rule.Or) return rule.Or.some((inner) => choiceHolds(inner, documents));
  if (rule.Not) return !choiceHolds(rule.Not, documents);
  const operator = Object.keys(rule).find((key) => CHOICE_OPERATORS.has(key))!;
  const operand = (rule as unknown as Record<string, Json>)[operator]!;
  const variable = rule.Variable!;
  const value = findPath(variable, documents);
  if (operator === 'IsPresent') return (value !== undefined) === operand;
  if (value === undefined) throw invalidPath(variable);
  const test = TYPE_TESTS[operator];
  if (test) return test(value) === operand;
  if (operator === 'StringMatches') return typeof value === 'string' && matches(operand as string, value);
  if (!operator.endsWith('Path')) return compare(operator, value, operand);
  const other = findPath(operand as string, documents);
  if (other === undefined) throw invalidPath(operand as string);
  return compare(operator.slice(0, -'Path'.length), value, other);
}

function invalidPath(path: string): RuntimeFault {
  return new RuntimeFault(`Invalid path '${path}': The choice state's condition path references an invalid value.`);
}

function compare(operator: string, value: Json, operand: Json): boolean {
  const type = /^(String|Numeric|Boolean|Timestamp)/.exec(operator)![0];
  const order = ORDERS[operator.slice(type.length)]!;
  if (type === 'Boolean') return typeof value === 'boolean' && value === operand;
  if (type === 'Numeric') return typeof value === 'number' && typeof operand === 'number' && order(value - operand);
  if (typeof value !== 'string' || typeof operand !== 'string') return false;
  if (type === 'String') return order(value === operand ? 0 : value < operand ? -1 : 1);
  const left = parseTimestamp(value);
  const right = parseTimestamp(operand);
  return left !== undefined && right !== undefined && order(left - right);
}

/** `*` matches any text; `\*` and `\\` are literal. Linear: each literal piece is looked for once, from the left. */
function matches(pattern: string, text: string): boolean {
  const pieces = [''];
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === '\\' && i + 1 < pattern.length) pieces[pieces.length - 1] += pattern[++i]!;
    else if (char === '*') pieces.push('');
    else pieces[pieces.length - 1] += char;
  }
  const first = pieces[0]!;
  if (pieces.length === 1) return text === first;
  const last = pieces.at(-1)!;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
