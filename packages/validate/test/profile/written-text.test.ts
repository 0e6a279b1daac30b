import { expect, test } from 'vitest';
import { writtenText } from '../../src/profile/written-text.ts';

test.each<[unknown, string]>([
  [undefined, ''],
  [null, ''],
  ['', ''],
  ['a', 'a'],
  [1.5, '1.5'],
  [12345678901234567890n, '12345678901234567890'],
  [true, 'true'],
  [new Date('2024-02-29T00:00:00Z'), '2024-02-29T00:00:00.000Z'],
  [new Date('never'), ''],
  [{ a: [1, 2n] }, '{"a":[1,"2"]}'],
  [{ toJSON: () => undefined }, ''],
])('a profile sees %o as the output has it', (value, text) => {
  expect(writtenText(value)).toBe(text);
});
