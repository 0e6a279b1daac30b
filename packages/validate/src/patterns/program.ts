import { type AST, RegExpParser } from '@eslint-community/regexpp';

/**
 * A pattern as a graph of small steps, after Thompson (https://doi.org/10.1145/363347.363387): `next` are the nodes that
 * follow. A node without `consumes` and `holds` only leads on.
 */
export interface PatternNode {
  /** Consumes one character that it holds for. */
  readonly consumes?: (codePoint: number) => boolean;
  /** Consumes nothing and leads on only where this holds. */
  readonly holds?: Assertion;
  next: readonly number[];
}

/** `^`, `$`, `\b`, `\B`. */
export type Assertion = 'start' | 'end' | 'word' | 'not word';

/** A pattern that can be run in time that is linear in the text. */
export interface PatternProgram {
  readonly nodes: readonly PatternNode[];
  readonly first: number;
  /** Reaching it is a match. */
  readonly accept: number;
  /** A match can begin at the first character only. */
  readonly anchored: boolean;
  /** Characters are code points; else UTF-16 units. */
  readonly unicode: boolean;
  /** Whether a character counts for `\b`. */
  readonly isWord: (codePoint: number) => boolean;
}

/** Thrown where a pattern cannot be run in linear time. */
export class PatternRefusal extends Error {
  override readonly name = 'PatternRefusal';
}

/** Steps that a pattern may have once counted repetitions are written out. */
const maxNodes = 10_000;

const parser = new RegExpParser();

/**
 * Compiles a regular expression of ECMAScript. Which characters an atom matches is left to the engine's own `RegExp`, one
 * character at a time, so case folding and Unicode properties are those of the language.
 *
 * @param flags - `i` and `u`
 * @throws PatternRefusal for lookaround, backreferences, inline flags, and what unfolds to too many steps; SyntaxError
 */
export const compileProgram = (source: string, flags: string): PatternProgram => {
  const unicode = flags.includes('u');
  const pattern = parser.parsePattern(source, 0, source.length, { unicode });
  const nodes: PatternNode[] = [];

  const add = (node: PatternNode): number => {
    if (nodes.length >= maxNodes) throw new PatternRefusal(`it unfolds to more than ${maxNodes} steps`);
    return nodes.push(node) - 1;
  };
  const atom = (raw: string, next: number): number => add({ consumes: characterTest(raw, flags), next: [next] });

  /** Nodes for `element` in front of `next`; built from the end, so that what follows is known. */
  const build = (element: AST.Element, next: number): number => {
    switch (element.type) {
      case 'Character':
      case 'CharacterClass':
      case 'CharacterSet':
        return atom(element.raw, next);
      case 'Group':
        if (element.modifiers !== null) throw new PatternRefusal('it has flags inside');
        return alternatives(element.alternatives, next);
      case 'CapturingGroup':
        return alternatives(element.alternatives, next);
      case 'Quantifier':
        return repeat(element, next);
      case 'Assertion':
        if (element.kind === 'lookahead' || element.kind === 'lookbehind')
          throw new PatternRefusal(`it looks ${element.kind.slice(4)}`);
        return add({ holds: element.kind === 'word' && element.negate ? 'not word' : element.kind, next: [next] });
      case 'Backreference':
        throw new PatternRefusal('it refers back to a group');
      default:
        throw new PatternRefusal('it has classes of strings');
    }
  };
  const alternatives = (list: readonly AST.Alternative[], next: number): number => {
    const starts = list.map(({ elements }) => elements.reduceRight((behind, element) => build(element, behind), next));
    return starts.length === 1 ? starts[0]! : add({ next: starts });
  };
  const repeat = ({ element, min, max }: AST.Quantifier, next: number): number => {
    let behind = next;
    if (max === Number.POSITIVE_INFINITY) {
      const loop = add({ next: [] });
      nodes[loop]!.next = [build(element, loop), next];
      behind = loop;
    } else {
      for (let i = min; i < max; i++) behind = add({ next: [build(element, behind), next] });
    }
    for (let i = 0; i < min; i++) behind = build(element, behind);
    return behind;
  };

  const accept = add({ next: [] });
  const first = alternatives(pattern.alternatives, accept);
  const anchored = pattern.alternatives.every(
    ({ elements: [head] }) => head?.type === 'Assertion' && head.kind === 'start',
  );
  return { nodes, first, accept, anchored, unicode, isWord: characterTest('\\w', flags) };
};

/** Whether an atom matches a character. Answers for ASCII are kept. */
const characterTest = (raw: string, flags: string): ((codePoint: number) => boolean) => {
  const one = new RegExp(`^${raw}$`, flags);
  const ascii = Array.from({ length: 128 }, (_, code) => one.test(String.fromCharCode(code)));
  return (codePoint) => ascii[codePoint] ?? one.test(String.fromCodePoint(codePoint));
};
