import { BlockList, isIP } from 'node:net';
import { invalidPattern } from './invalid-pattern.ts';

/** Whether one value of an event fits. */
export type LeafTest = (value: unknown) => boolean;

const text = (given: unknown, name: string): string => {
  if (typeof given !== 'string') throw invalidPattern(`${name} match pattern must be a string`);
  return given;
};

const onText =
  (fits: (value: string) => boolean): LeafTest =>
  (value) =>
    typeof value === 'string' && fits(value);

/** `prefix` and `suffix`, as text or as `{ "equals-ignore-case": text }`. */
const ends = (given: unknown, name: 'prefix' | 'suffix'): LeafTest => {
  const folded = isObject(given) ? given['equals-ignore-case'] : undefined;
  const wanted = text(folded ?? given, name);
  const fits = (value: string, end: string) => (name === 'prefix' ? value.startsWith(end) : value.endsWith(end));
  return folded === undefined
    ? onText((value) => fits(value, wanted))
    : onText((value) => fits(value.toLowerCase(), wanted.toLowerCase()));
};

const ignoringCase = (given: unknown): LeafTest => {
  const wanted = text(given, 'equals-ignore-case').toLowerCase();
  return onText((value) => value.toLowerCase() === wanted);
};

/** The pieces between the stars; `\*` and `\\` stand for themselves. */
const piecesOf = (pattern: string): readonly string[] => {
  const pieces = [''];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    if (character === '*') {
      if (pattern[at + 1] === '*') throw invalidPattern(`Consecutive wildcard characters at pos ${at + 1}`);
      pieces.push('');
      continue;
    }
    if (character === '\\') {
      const next = pattern[++at];
      if (next !== '*' && next !== '\\') throw invalidPattern(`Invalid escape character at pos ${at - 1}`);
      pieces[pieces.length - 1] += next;
      continue;
    }
    pieces[pieces.length - 1] += character;
  }
  return pieces;
};

const wildcard = (given: unknown): LeafTest => {
  const pieces = piecesOf(text(given, 'wildcard'));
  const [first, last] = [pieces[0]!, pieces.at(-1)!];
  if (pieces.length === 1) return (value) => value === first;
  return onText((value) => {
    if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length) return false;
    let from = first.length;
    const until = value.length - last.length;
    for (const piece of pieces.slice(1, -1)) {
      const found = value.indexOf(piece, from);
      if (found < 0 || found + piece.length > until) return false;
      from = found + piece.length;
    }
    return true;
  });
};

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

const numeric = (given: unknown): LeafTest => {
  if (!Array.isArray(given)) throw invalidPattern('Value of numeric must be an array.');
  const all: LeafTest[] = [];
  for (let at = 0; at < given.length; at += 2) {
    const operator = String(given[at]);
    const compare = Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined;
    if (compare === undefined) throw invalidPattern(`Unrecognized numeric range operator: ${operator}`);
    const bound = given[at + 1] as unknown;
    if (typeof bound !== 'number') throw invalidPattern(`Value of ${operator} must be numeric`);
    // A range is one bound below and one above.
    if (at > 0 && !(String(given[0]).startsWith('>') && operator.startsWith('<')))
      throw invalidPattern(`Bad numeric range operator: ${operator}`);
    if (at > 2) throw invalidPattern('Too many terms in numeric range');
    all.push((value) => typeof value === 'number' && compare(value, bound));
  }
  if (all.length === 0) throw invalidPattern('Invalid member in numeric match: ]');
  return (value) => all.every((fits) => fits(value));
};

const cidr = (given: unknown): LeafTest => {
  const [address = '', bits, ...more] = text(given, 'prefix').split('/');
  if (bits === undefined || more.length > 0) throw invalidPattern("Malformed CIDR, one '/' required");
  if (!/^\d+$/.test(bits)) throw invalidPattern('Malformed CIDR, mask bits must be an integer');
  const family = isIP(address);
  if (family === 0) throw invalidPattern(`Nonstandard IP address: ${address}`);
  if (Number(bits) > (family === 4 ? 32 : 128)) throw invalidPattern('Malformed CIDR, mask bits must be < 32');
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return onText((value) => isIP(value) === family && list.check(value, family === 4 ? 'ipv4' : 'ipv6'));
};

const anythingBut = (given: unknown): LeafTest => {
  const none =
    (tests: readonly LeafTest[]): LeafTest =>
    (value) =>
      !tests.some((fits) => fits(value));
  if (typeof given === 'string' || typeof given === 'number') return none([(value) => value === given]);
  if (Array.isArray(given)) {
    if (!given.every((one) => typeof one === 'string' || typeof one === 'number'))
      throw invalidPattern('Inside anything but list, start|null|boolean is not supported.');
    return none([(value) => (given as unknown[]).includes(value)]);
  }
  const [name, inner] = isObject(given) ? (Object.entries(given)[0] ?? []) : [];
  const list: readonly unknown[] = Array.isArray(inner) ? inner : [inner];
  if (name === 'prefix' || name === 'suffix') {
    if (list.some(isObject)) throw wrongAnythingBut();
    if (list.some((one) => typeof one !== 'string'))
      throw invalidPattern('prefix/suffix match pattern must be a string');
    if (list.includes('')) throw invalidPattern('Null prefix/suffix not allowed');
    return none(list.map((one) => ends(one, name)));
  }
  if (name === 'equals-ignore-case') {
    if (list.some((one) => typeof one !== 'string'))
      throw invalidPattern('Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.');
    return none(list.map(ignoringCase));
  }
  if (name === 'wildcard') return none(list.map(wildcard));
  throw wrongAnythingBut();
};

const wrongAnythingBut = (): Error =>
  invalidPattern('Value of anything-but must be an array or single string/number value.');

const operators: Readonly<Record<string, (given: unknown) => LeafTest>> = {
  prefix: (given) => ends(given, 'prefix'),
  suffix: (given) => ends(given, 'suffix'),
  'equals-ignore-case': ignoringCase,
  'anything-but': anythingBut,
  wildcard,
  numeric,
  cidr,
};

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What an element of a pattern's list asks of a value; `exists` asks of the place and not of the value. */
export type Leaf = { readonly exists: boolean } | { readonly fits: LeafTest };

/**
 * Reads one element of a pattern's list.
 *
 * @throws ServiceError `InvalidEventPatternException`
 */
export const readLeaf = (given: unknown): Leaf => {
  if (!isObject(given)) {
    if (Array.isArray(given)) throw invalidPattern('Match value must be String, number, true, false, or null');
    return { fits: (value) => value === given };
  }
  const entries = Object.entries(given);
  const [name, value] = entries[0] ?? [];
  if (name === undefined) throw invalidPattern('Empty objects are not allowed');
  if (entries.length > 1) throw invalidPattern('Only one key allowed in match expression');
  if (name === 'exists') {
    if (typeof value !== 'boolean') throw invalidPattern('exists match pattern must be either true or false.');
    return { exists: value };
  }
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (operator === undefined) throw invalidPattern(`Unrecognized match type ${name}`);
  return { fits: operator(value) };
};
