import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compilePattern } from '../../src/eventbridge/pattern/compile-pattern.ts';

const fits = (list: readonly unknown[], value: unknown): boolean =>
  compilePattern(JSON.stringify({ detail: { key: list } }))({ detail: { key: value } });

const word = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*', '\\'), maxLength: 8 });
const escaped = (text: string): string => text.replace(/[\\*]/g, '\\$&');

it('a wildcard fits as the regular expression of the same meaning does', () => {
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 4 }),
      word,
      fc.array(word, { maxLength: 4 }),
      (pieces, other, fill) => {
        const parts = pieces.filter((piece, index) => piece !== '' || index === 0 || index === pieces.length - 1);
        const pattern = parts.map(escaped).join('*');
        const meaning = new RegExp(`^${parts.map((part) => part.replace(/[\\*./]/g, '\\$&')).join('[^]*')}$`);
        for (const value of [other, parts.join(''), parts.map((part, index) => part + (fill[index] ?? '')).join('')])
          expect(fits([{ wildcard: pattern }], value)).toBe(meaning.test(value));
      },
    ),
  );
});

it('prefix, suffix and anything-but say what strings say', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 3 }), fc.string({ maxLength: 9 }), (end, value) => {
      expect(fits([{ prefix: end }], value)).toBe(value.startsWith(end));
      expect(fits([{ suffix: end }], value)).toBe(value.endsWith(end));
      expect(fits([{ 'anything-but': { prefix: end } }], value)).toBe(!value.startsWith(end));
      expect(fits([{ 'anything-but': [end] }], value)).toBe(value !== end);
      expect(fits([end], value)).toBe(value === end);
    }),
  );
});

it('any event fits the pattern of its own values, and names of prototypes are names like others', () => {
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const name = fc.oneof(fc.stringMatching(/^[a-z]{1,6}$/), fc.constantFrom('__proto__', 'constructor', 'toString'));
  const event = fc.dictionary(name, fc.dictionary(name, scalar, { minKeys: 1 }), { minKeys: 1 });
  fc.assert(
    fc.property(event, (whole) => {
      const lists = Object.entries(whole).map(([name, fields]) => [
        name,
        Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, [value]])),
      ]);
      const pattern = JSON.stringify(Object.fromEntries(lists));
      const matcher = compilePattern(pattern);
      expect(matcher(JSON.parse(JSON.stringify(whole)))).toBe(true);
      expect(matcher({})).toBe(false);
    }),
  );
});

it('a list of objects fits when one of them fits in all fields', () => {
  const matcher = compilePattern('{"items":{"id":["1"],"state":["new"]}}');
  expect(matcher({ items: [{ id: '1', state: 'new' }] })).toBe(true);
  expect(
    matcher({
      items: [
        { id: '1', state: 'old' },
        { id: '2', state: 'new' },
      ],
    }),
  ).toBe(false);
});
