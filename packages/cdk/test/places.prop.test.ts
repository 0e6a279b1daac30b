import fc from 'fast-check';
import { expect, test } from 'vitest';
import { folderPattern } from '../src/index.ts';

const segment = fc.constantFrom('a', 'ab', 'in', 'input', 'x.y');
const folder = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

const overlap = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);

test('a folder that the pattern takes overlaps none of the others, and one that overlaps none is taken', () => {
  fc.assert(
    fc.property(folder, fc.array(folder, { minLength: 1, maxLength: 4 }), (name, others) => {
      const pattern = new RegExp(`^(?:${folderPattern(others.map((other) => `${other}/`))})$`);
      expect(pattern.test(name)).toBe(!others.some((other) => overlap(`${name}/`, `${other}/`)));
    }),
  );
});

test('slashes at the ends, empty parts and wildcards are never taken', () => {
  const pattern = new RegExp(`^(?:${folderPattern(['input/'])})$`);
  for (const wrong of ['', '/', '/a', 'a/', 'a//b', 'a*', 'a b', 'input', 'input/', 'input/a'])
    expect(pattern.test(wrong)).toBe(false);
  for (const right of ['a', 'a/b', 'inputs', 'in', 'done_2026.11']) expect(pattern.test(right)).toBe(true);
});
