import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLines } from '../src/json-lines.ts';

const never = (): never => {
  throw new RangeError('too long');
};

async function* cut(bytes: Uint8Array, places: readonly number[]) {
  let start = 0;
  for (const place of [...places, bytes.length].map((each) => Math.min(each, bytes.length)).sort((a, b) => a - b)) {
    const piece = Buffer.from(bytes.subarray(start, place));
    yield piece;
    piece.fill(0x21); // whoever reads must not rely on it any more
    start = place;
  }
}

test('lines are the same wherever the bytes were cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'ä', '\r', ' ') })),
      fc.array(fc.nat(60)),
      async (lines, places) => {
        const found: string[] = [];
        let expectedNumber = 1;
        for await (const { bytes, number } of readLines(cut(Buffer.from(lines.join('\n')), places), 1000, never)) {
          found.push(Buffer.from(bytes).toString());
          expect(number).toBe(expectedNumber++);
        }
        const expected = lines.at(-1) === '' ? lines.slice(0, -1) : lines; // an end needs no line after it
        expect(found).toEqual(expected);
      },
    ),
  );
});

test('a line that is too long is told before more of it is kept', async () => {
  let given = 0;
  async function* endless() {
    for (;;) {
      given++;
      yield Buffer.alloc(10, 0x61);
    }
  }
  await expect(readLines(endless(), 25, never).next()).rejects.toThrow('too long');
  expect(given).toBe(3);
});
