import type { Assertion, PatternPiece, PatternRepeat, PatternTree } from './pattern-tree.ts';

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

/**
 * Compiles a pattern. Which characters an atom matches is left to the engine's own `RegExp`, one character at a time, so
 * case folding and Unicode properties are those of the language.
 *
 * @param flags - `i` and `u`
 * @throws PatternRefusal for what unfolds to too many steps
 */
export const programOf = (tree: PatternTree, flags: string): PatternProgram => {
  const nodes: PatternNode[] = [];

  const add = (node: PatternNode): number => {
    if (nodes.length >= maxNodes) throw new PatternRefusal(`it unfolds to more than ${maxNodes} steps`);
    return nodes.push(node) - 1;
  };

  /** Nodes for a piece in front of `next`; built from the end, so that what follows is known. */
  const build = (piece: PatternPiece, next: number): number => {
    if (typeof piece === 'string') return add({ consumes: characterTest(piece, flags), next: [next] });
    if ('at' in piece) return add({ holds: piece.at, next: [next] });
    return 'any' in piece ? alternatives(piece.any, next) : repeat(piece, next);
  };
  const alternatives = (branches: PatternTree, next: number): number => {
    const starts = branches.map((pieces) => pieces.reduceRight((behind, piece) => build(piece, behind), next));
    return starts.length === 1 ? starts[0]! : add({ next: starts });
  };
  const repeat = ({ repeat: piece, min, max }: PatternRepeat, next: number): number => {
    let behind = next;
    if (max === undefined) {
      const loop = add({ next: [] });
      nodes[loop]!.next = [build(piece, loop), next];
      behind = loop;
    } else {
      for (let i = min; i < max; i++) behind = add({ next: [build(piece, behind), next] });
    }
    for (let i = 0; i < min; i++) behind = build(piece, behind);
    return behind;
  };

  const accept = add({ next: [] });
  const first = alternatives(tree, accept);
  const anchored = tree.every(([head]) => typeof head === 'object' && 'at' in head && head.at === 'start');
  return { nodes, first, accept, anchored, unicode: flags.includes('u'), isWord: characterTest('\\w', flags) };
};

/** Whether an atom matches a character. Answers for ASCII are kept. */
const characterTest = (raw: string, flags: string): ((codePoint: number) => boolean) => {
  let one: RegExp | undefined;
  const ask = (codePoint: number): boolean => {
    one ??= new RegExp(`^${raw}$`, flags);
    return one.test(String.fromCodePoint(codePoint));
  };
  const ascii: boolean[] = new Array(128);
  return (codePoint) => {
    if (codePoint > 127) return ask(codePoint);
    ascii[codePoint] ??= ask(codePoint);
    return ascii[codePoint];
  };
};
