import { isObject, type Json, type JsonObject, setOwn } from './json.ts';

/** One step of a path that names a single node: a member name or an array index. */
export type Step = string | number;

const NAME = /[^\s.[\]()*@?'",:$]+/y;

/**
 * Parses a path that names exactly one node (`$.a.b[0]['c d']`), or answers undefined for any other path.
 * `$$` (the context object) has to be stripped to `$` before.
 */
export function parseReferencePath(path: string): Step[] | undefined {
  if (path[0] !== '$') return undefined;
  const steps: Step[] = [];
  let at = 1;
  while (at < path.length) {
    if (path[at] === '.') {
      NAME.lastIndex = at + 1;
      const name = NAME.exec(path)?.[0];
      if (name === undefined) return undefined;
      steps.push(name);
      at += 1 + name.length;
      continue;
    }
    const bracket = /^\[(?:(-?\d+)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/.exec(path.slice(at));
    if (!bracket) return undefined;
    steps.push(bracket[1] !== undefined ? Number(bracket[1]) : (bracket[2] ?? bracket[3]!).replace(/\\(.)/g, '$1'));
    at += bracket[0].length;
  }
  return steps;
}

/** The node that a path names, or undefined when there is none. */
export function readSteps(root: Json, steps: readonly Step[]): Json | undefined {
  let node: Json | undefined = root;
  for (const step of steps) {
    if (typeof step === 'number') {
      if (!Array.isArray(node)) return undefined;
      node = node.at(step);
    } else {
      if (!isObject(node) || !Object.hasOwn(node, step)) return undefined;
      node = node[step];
    }
    if (node === undefined) return undefined;
  }
  return node;
}

/** The path that Step Functions prints in its messages: `$['a'][0]`. */
export function printSteps(steps: readonly Step[]): string {
  return `$${steps.map((step) => (typeof step === 'number' ? `[${step}]` : `['${step}']`)).join('')}`;
}

/**
 * A copy of `root` with `value` at the path; missing objects on the way are created, nothing shared is changed.
 * Answers undefined when the path leads through something that is no object or past the end of an array.
 */
export function writeSteps(root: Json, steps: readonly Step[], value: Json): Json | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (typeof step === 'number') {
    if (!Array.isArray(root) || step < 0 || step >= root.length) return undefined;
    const inner = writeSteps(root[step]!, rest, value);
    return inner === undefined ? undefined : root.with(step, inner);
  }
  if (!isObject(root)) return undefined;
  const inner = writeSteps(Object.hasOwn(root, step) ? root[step]! : {}, rest, value);
  if (inner === undefined) return undefined;
  const copy: JsonObject = { ...root };
  setOwn(copy, step, inner);
  return copy;
}
