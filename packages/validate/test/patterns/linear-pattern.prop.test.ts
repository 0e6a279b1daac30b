import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileLinear } from '../../src/patterns/linear-pattern.ts';
import { PatternRefusal } from '../../src/patterns/program.ts';
import type { LinearPattern } from '../../src/patterns/run-program.ts';

const atoms = fc.constantFrom(
  ...[
    'a',
    'b',
    '1',
    '-',
    '.',
    '[a-c]',
    '[^b]',
    '\\d',
    '\\w',
    '\\s',
    '\\D',
    '\\W',
    'é',
    '[à-ü]',
    '\\p{L}',
    '\\u{1F600}',
  ],
  ...['\\.', 'K', '[\\d_]', '\\S', '山'],
);
const assertions = fc.constantFrom('^', '$', '\\b', '\\B');
const quantifiers = fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}', '*?', '+?');

/** Patterns made of all that is supported, nested a few levels. */
const patterns: fc.Arbitrary<string> = fc.letrec<{ pattern: string; sequence: string; piece: string }>((tie) => ({
  pattern: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|')),
  sequence: fc.array(tie('piece'), { maxLength: 4 }).map((parts) => parts.join('')),
  piece: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atoms,
    assertions,
    fc.tuple(atoms, quantifiers).map(([atom, quantifier]) => atom + quantifier),
    fc.tuple(tie('pattern'), fc.option(quantifiers)).map(([inner, quantifier]) => `(?:${inner})${quantifier ?? ''}`),
    tie('pattern').map((inner) => `(${inner})`),
  ),
})).pattern;

const characters = fc.constantFrom(...'aabbc11-._ Kkſé山AB\n', '😀');
const texts = fc.array(characters, { maxLength: 12 }).map((parts) => parts.join(''));
const asciiTexts = fc.array(fc.constantFrom(...'aabbc11-._ KkAB\n'), { maxLength: 12 }).map((parts) => parts.join(''));

const runTable = (pattern: LinearPattern, text: string): boolean | undefined => {
  const table = pattern.table(500);
  if (table === undefined) return undefined;
  let state = table.start;
  for (const byte of Buffer.from(text)) state = table.steps[state * 128 + byte]!;
  return table.matches[state] === 1;
};

describe('compileLinear', () => {
  it('agrees with RegExp on every pattern it takes, with and without case', () => {
    fc.assert(
      fc.property(
        patterns,
        fc.constantFrom('u', 'iu', 'i', ''),
        fc.array(texts, { maxLength: 5 }),
        (source, flags, all) => {
          let expected: RegExp;
          try {
            expected = new RegExp(source, flags);
          } catch {
            return;
          }
          const pattern = compileLinear(source, flags);
          for (const text of all) expect([text, pattern.test(text)]).toEqual([text, expected.test(text)]);
        },
      ),
    );
  });

  it('has a table that agrees on bytes of ASCII', () => {
    fc.assert(
      fc.property(patterns, asciiTexts, (source, text) => {
        const got = runTable(compileLinear(source, 'u'), text);
        if (got !== undefined) expect(got).toBe(new RegExp(source, 'u').test(text));
      }),
    );
  });

  it.each(['(?=a)b', '(?<!a)b', '(a)\\1', '(?<n>a)\\k<n>', '(?:a{200}){200}', '((a{1,99}){1,99}){1,99}'])(
    'refuses %s',
    (source) => {
      expect(() => compileLinear(source)).toThrow(PatternRefusal);
    },
  );

  it('throws what RegExp throws for what is no pattern', () => {
    expect(() => compileLinear('(a')).toThrow(SyntaxError);
  });
});
