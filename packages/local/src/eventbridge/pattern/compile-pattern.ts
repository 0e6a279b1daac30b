import { invalidPattern } from './invalid-pattern.ts';
import { isObject, type Leaf, readLeaf } from './leaf-tests.ts';

/** Whether an event fits a pattern. */
export type EventMatcher = (event: Readonly<Record<string, unknown>>) => boolean;

/** A part of a pattern, asked of what an event has at its place. `paths` are all places of the event that hold a value. */
type Part = (value: unknown, paths: ReadonlySet<string>) => boolean;

/**
 * Compiles an event pattern: exact values, `prefix`, `suffix`, `equals-ignore-case`, `wildcard`, `anything-but`, `numeric`,
 * `cidr`, `exists` and `$or`.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 *
 * @throws ServiceError `InvalidEventPatternException`
 * @example
 * const fits = compilePattern('{"source":["aws.s3"],"detail":{"object":{"key":[{"wildcard":"input/*.csv"}]}}}');
 * fits(event); // true or false
 */
export const compilePattern = (text: string): EventMatcher => {
  const part = objectPart(joined(parse(text)), '');
  return (event) => {
    const whole = joined(event);
    const paths = new Set<string>();
    collectPaths(whole, '', paths);
    return part(whole, paths);
  };
};

const parse = (text: string): Readonly<Record<string, unknown>> => {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch (error) {
    throw invalidPattern((error as Error).message);
  }
  if (!isObject(pattern)) throw invalidPattern('Filter is not an object');
  if (Object.keys(pattern).length === 0) throw invalidPattern('Empty objects are not allowed');
  return pattern;
};

const objectPart = (pattern: Readonly<Record<string, unknown>>, path: string): Part => {
  const fields = Object.entries(pattern).map(([key, inner]): readonly [string | undefined, Part] =>
    key === '$or' && Array.isArray(inner) && inner.every(isObject)
      ? [undefined, orPart(inner, path)]
      : [key, fieldPart(key, inner, `${path}.${key}`)],
  );
  const all = (value: unknown, paths: ReadonlySet<string>): boolean =>
    fields.every(([key, part]) =>
      part(key === undefined ? value : isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined, paths),
    );
  // All fields are asked of one and the same element of a list.
  return (value, paths) => (Array.isArray(value) ? value.some((one) => all(one, paths)) : all(value, paths));
};

const orPart = (alternatives: readonly Readonly<Record<string, unknown>>[], path: string): Part => {
  const parts = alternatives.map((pattern) => objectPart(pattern, path));
  return (value, paths) => parts.some((part) => part(value, paths));
};

const fieldPart = (key: string, inner: unknown, path: string): Part => {
  if (Array.isArray(inner)) return leafPart(inner, path);
  if (!isObject(inner)) throw invalidPattern(`"${key}" must be an object or an array`);
  if (Object.keys(inner).length === 0) throw invalidPattern('Empty objects are not allowed');
  return objectPart(inner, path);
};

const leafPart = (list: readonly unknown[], path: string): Part => {
  if (list.length === 0) throw invalidPattern('Empty arrays are not allowed');
  const leaves: readonly Leaf[] = list.map(readLeaf);
  return (value, paths) => {
    const values = valuesAt(value);
    return leaves.some((leaf) => {
      if ('fits' in leaf) return values.some(leaf.fits);
      return leaf.exists ? values.length > 0 : !paths.has(path);
    });
  };
};

/** Those values that are no objects: one, or each of a list. */
const valuesAt = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value.flatMap(valuesAt);
  return value === undefined || isObject(value) ? [] : [value];
};

const collectPaths = (value: unknown, path: string, paths: Set<string>): void => {
  if (Array.isArray(value)) for (const one of value) collectPaths(one, path, paths);
  else if (isObject(value))
    for (const [key, inner] of Object.entries(value)) collectPaths(inner, `${path}.${key}`, paths);
  else paths.add(path);
};

/** EventBridge knows fields by their path: a name with a dot is the same as one field within another. */
const joined = (value: unknown): Readonly<Record<string, unknown>> => joinedValue(value) as Record<string, unknown>;

const joinedValue = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(joinedValue);
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const [first = '', ...rest] = key.split('.');
    const nested = rest.reduceRight<unknown>((within, name) => ({ [name]: within }), joinedValue(inner));
    Object.defineProperty(result, first, {
      ...{ configurable: true, enumerable: true, writable: true },
      value: Object.hasOwn(result, first) ? both(result[first], nested) : nested,
    });
  }
  return result;
};

const both = (one: unknown, other: unknown): unknown => {
  if (!isObject(one) || !isObject(other)) return [one, other].flat();
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      !(name in one) ? other[name] : !(name in other) ? one[name] : both(one[name], other[name]),
    ]),
  );
};
