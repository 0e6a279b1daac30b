import { describe, expect, test } from 'vitest';
import { readObjectRows } from '../../src/index.ts';
import { input, slicing, storeWith } from '../helpers.ts';

// The cases of https://www.cl.cam.ac.uk/~mgk25/ucs/examples/UTF-8-test.txt and of https://github.com/flenniken/utf8tests as
// facts; what is sound is told by table 3-7 of the Unicode Standard.

type Case = readonly [name: string, bytes: readonly number[], firstBad?: number];

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const sound = (name: string, ...bytes: number[]): Case => [name, bytes];
/** Its first byte is where it goes wrong. */
const bad = (name: string, ...bytes: number[]): Case => [name, bytes, 0];

const cases: readonly Case[] = [
  sound('κόσμε', ...Buffer.from('κόσμε')),
  // The first and the last of each length.
  sound('U+0001', 0x01),
  sound('U+007F', 0x7f),
  sound('U+0080', 0xc2, 0x80),
  sound('U+07FF', 0xdf, 0xbf),
  sound('U+0800', 0xe0, 0xa0, 0x80),
  sound('U+FFFF', 0xef, 0xbf, 0xbf),
  sound('U+10000', 0xf0, 0x90, 0x80, 0x80),
  sound('U+10FFFF', 0xf4, 0x8f, 0xbf, 0xbf),
  bad('U+110000', 0xf4, 0x90, 0x80, 0x80),
  bad('U+1FFFFF', 0xf7, 0xbf, 0xbf, 0xbf),
  bad('U+200000', 0xf8, 0x88, 0x80, 0x80, 0x80),
  bad('U+3FFFFFF', 0xfb, 0xbf, 0xbf, 0xbf, 0xbf),
  bad('U+4000000', 0xfc, 0x84, 0x80, 0x80, 0x80, 0x80),
  bad('U+7FFFFFFF', 0xfd, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf),
  sound('U+D7FF', 0xed, 0x9f, 0xbf),
  sound('U+E000', 0xee, 0x80, 0x80),
  sound('U+FFFD', 0xef, 0xbf, 0xbd),
  // Continuation bytes that continue nothing.
  ...range(0x80, 0xbf).map((byte) => bad(`continuation byte ${byte.toString(16)}`, byte)),
  ...range(2, 7).map((count) => bad(`${count} continuation bytes`, ...range(0x80, 0x80 + count - 1))),
  // Bytes that begin a sequence and are followed by a space, and those that begin none.
  ...range(0xc0, 0xff).map((byte) => bad(`lead byte ${byte.toString(16)} before a space`, byte, 0x20)),
  // Sequences whose last byte is missing.
  ...[
    [0xc2],
    [0xdf],
    [0xe0, 0xa0],
    [0xef, 0xbf],
    [0xf0, 0x90, 0x80],
    [0xf4, 0x8f, 0xbf],
    [0xf8, 0x88, 0x80, 0x80],
    [0xfc, 0x84, 0x80, 0x80, 0x80],
  ].flatMap((bytes) => [
    bad(`${Buffer.from(bytes).toString('hex')} before a letter`, ...bytes, 0x61),
    bad(`${Buffer.from(bytes).toString('hex')} before a sound sequence`, ...bytes, 0xc3, 0xa9),
    bad(`${Buffer.from(bytes).toString('hex')} twice`, ...bytes, ...bytes),
  ]),
  // Overlong: a slash, the last code point of each that is, and NUL.
  ...[
    [0xc0, 0xaf],
    [0xe0, 0x80, 0xaf],
    [0xf0, 0x80, 0x80, 0xaf],
    [0xf8, 0x80, 0x80, 0x80, 0xaf],
    [0xfc, 0x80, 0x80, 0x80, 0x80, 0xaf],
    [0xc1, 0xbf],
    [0xe0, 0x9f, 0xbf],
    [0xf0, 0x8f, 0xbf, 0xbf],
    [0xf8, 0x87, 0xbf, 0xbf, 0xbf],
    [0xc0, 0x80],
    [0xe0, 0x80, 0x80],
    [0xf0, 0x80, 0x80, 0x80],
  ].map((bytes) => bad(`overlong ${Buffer.from(bytes).toString('hex')}`, ...bytes)),
  // Surrogates, alone and in pairs.
  ...[
    [0xa0, 0x80],
    [0xad, 0xbf],
    [0xae, 0x80],
    [0xaf, 0xbf],
    [0xb0, 0x80],
    [0xbe, 0x80],
    [0xbf, 0xbf],
  ].flatMap(([a, b]) => [
    bad(`surrogate ed${Buffer.from([a!, b!]).toString('hex')}`, 0xed, a!, b!),
    bad(`surrogate ed${Buffer.from([a!, b!]).toString('hex')} before a low one`, 0xed, a!, b!, 0xed, 0xb0, 0x80),
  ]),
  // Noncharacters are characters that nobody has; they are sound.
  ...range(0xfdd0, 0xfdef).map((code) => sound(`U+${code.toString(16)}`, ...Buffer.from(String.fromCodePoint(code)))),
  ...range(0, 16).flatMap((plane) =>
    [0xfffe, 0xffff].map((last) => {
      const code = plane * 0x10000 + last;
      return sound(`noncharacter U+${code.toString(16)}`, ...Buffer.from(String.fromCodePoint(code)));
    }),
  ),
  // Sound text first.
  ['a byte behind a sequence of four', [0xf0, 0x9f, 0x98, 0x80, 0x80], 4],
  ['a byte behind two sequences', [0xc3, 0xa9, 0xe6, 0x97, 0xa5, 0xff], 5],
];

test('there are as many cases as in both suites', () => {
  expect(cases.length).toBeGreaterThanOrEqual(222);
});

/** One row for each case, and where its bytes stand. */
const file = (() => {
  const places: number[] = [];
  const pieces = [Buffer.from('id,text,end\n')];
  let length = pieces[0]!.length;
  for (const [row, [, bytes]] of cases.entries()) {
    const front = Buffer.from(`${row},é`);
    const piece = Buffer.concat([front, Buffer.from(bytes), Buffer.from(',z\n')]);
    places.push(length + front.length);
    pieces.push(piece);
    length += piece.length;
  }
  return { bytes: Buffer.concat(pieces), places };
})();

describe.each([[[1]], [[3, 1, 2]], [[1_000_000]]])('a file of all cases, read in pieces of %j', (sizes) => {
  test('keeps the rows that are sound, and rejects the others at their first bad byte', async () => {
    const told = new Map<number, string>();
    for await (const { records, positions, rejects } of readObjectRows(input, {
      store: slicing(await storeWith(file.bytes), sizes),
    })) {
      for (const position of positions) told.set(records.rowNumber(position) - 1, records.field(position, 1));
      for (const { rowNumber, issues } of rejects)
        told.set(rowNumber - 1, issues.map(({ code, column, message }) => `${code} ${column} ${message}`).join());
    }
    for (const [row, [name, bytes, firstBad]] of cases.entries())
      expect(told.get(row), name).toBe(
        firstBad === undefined
          ? `é${Buffer.from(bytes).toString()}`
          : `ROW_ENCODING text is not valid UTF-8 (byte offset ${(file.places[row]! + firstBad).toLocaleString('en-US')})`,
      );
  });

  test('has what WHATWG decoders put in place of bad bytes, where that is asked for', async () => {
    const values: string[] = [];
    const store = slicing(await storeWith(file.bytes), sizes);
    for await (const { records, positions } of readObjectRows(input, { store, text: { invalid: 'replace' } }))
      for (const position of positions) values.push(records.field(position, 1));
    expect(values).toEqual(
      cases.map(([, bytes]) => `é${new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(bytes))}`),
    );
  });
});
