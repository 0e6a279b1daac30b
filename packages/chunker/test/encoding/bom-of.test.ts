import { expect, test } from 'vitest';
import { bomOf } from '../../src/encoding/bom-of.ts';

test.each([
  ['utf-8', [0xef, 0xbb, 0xbf], { encoding: 'utf-8', bytes: 3 }],
  ['utf-16le', [0xff, 0xfe], { encoding: 'utf-16le', bytes: 2 }],
  ['utf-16be', [0xfe, 0xff], { encoding: 'utf-16be', bytes: 2 }],
])('a file may begin with the mark of %s, and be nothing but it', (_, mark, expected) => {
  expect(bomOf(Uint8Array.from(mark))).toEqual(expected);
  expect(bomOf(Uint8Array.from([...mark, 0x69, 0x64]))).toEqual(expected);
});

test.each([
  ['no bytes', []],
  ['part of a mark', [0xef, 0xbb]],
  ['half a mark', [0xff]],
  ['text', [0x69, 0x64, 0x0a]],
  ['a mark behind text', [0x69, 0xef, 0xbb, 0xbf]],
])('%s has no mark', (_, bytes) => {
  expect(bomOf(Uint8Array.from(bytes))).toBeUndefined();
});
