import { PipelineError } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { createCursor } from '../../src/scan/cursor.ts';
import type { ScanDialect } from '../../src/scan/dialect-bytes.ts';
import { createScanMemory } from '../../src/scan/memory.ts';
import { createScanner } from '../../src/scan/scanner.ts';
import { foundByReference } from './scan-by.ts';

const long = process.env.TEST_LONG === '1';
const windowBytes = 128;
const letters = ['a', ',', '"', '\n', '\r'];

/** All strings of the alphabet with so many characters. */
const stringsOf = (alphabet: readonly string[], length: number): string[] =>
  length === 0 ? [''] : stringsOf(alphabet, length - 1).flatMap((rest) => alphabet.map((letter) => rest + letter));

/** What stands right in front of the string, behind filler, so that it begins in another state each. */
const fronts: readonly [string, string][] = [
  ['in a field', 'x'],
  ['where a field begins', ','],
  ['in a quoted field', '"'],
];

/** A window with the string at a place, and behind it what shows the state that it left. */
const windowOf = (front: string, at: number, text: string): Buffer => {
  const filler = front === '"' ? `"${'x'.repeat(at - 1)}` : 'x'.repeat(at - front.length) + front;
  return Buffer.from(`${filler}${text}xx",y\n"z"\n${'x'.repeat(windowBytes)}`.slice(0, windowBytes));
};

interface Scan {
  /** Where it stands behind the last byte. */
  readonly place: string;
  /** What it found: counts and tables, or an error. */
  readonly found: string;
}

/** As text, which is compared much faster than objects. */
const foundText = (
  { records, strays, spoilt }: { readonly records: number; readonly strays: number; readonly spoilt: number },
  rest: readonly unknown[],
): string => `${records} ${strays} ${spoilt} ${rest.join(' ')}`;

const scanBy = (
  dialect: ScanDialect,
  { plain, fields }: { readonly plain: boolean; readonly fields: boolean },
): ((bytes: Uint8Array, cut: number) => Scan) => {
  const memory = createScanMemory({ windowBytes, fields, plain });
  const scanner = createScanner({ dialect, limits: { maxRecordBytes: 1 << 20 }, memory, fields });
  const { tables } = memory;
  return (bytes, cut) => {
    memory.bytes.set(bytes);
    const cursor = createCursor(0);
    Object.assign(tables, { endCount: 0, recordCount: 0, quotes: false, flagged: [] });
    const came = scanner.scan(scanner.scan(0, cut, cursor), windowBytes, cursor);
    const { state, records, strays, spoilt, recordStart, lastEnd, quoteAt, flags } = cursor;
    const place = [came, state, records, strays, spoilt, recordStart, lastEnd, quoteAt, flags].join();
    try {
      scanner.end(windowBytes, cursor);
    } catch (error) {
      if (!PipelineError.is(error)) throw error;
      return { place, found: foundText(cursor, [error.code, error.details.offset]) };
    }
    if (!fields) return { place, found: foundText(cursor, []) };
    const { ends, endCount, records: ended, recordCount, flagged, quotes } = tables;
    const written = [ends.subarray(0, endCount), ended.subarray(0, recordCount), flagged, quotes];
    return { place, found: foundText(cursor, written) };
  };
};

/** What goes wrong with a window, if anything does. Not by `expect`, which takes too long for so many. */
const judgeOf = (dialect: ScanDialect) => {
  const [index, count] = [true, false].map((fields) => scanBy(dialect, { plain: false, fields }));
  const [plainIndex, plainCount] = [true, false].map((fields) => scanBy(dialect, { plain: true, fields }));
  const same = (a: Scan, b: Scan): boolean => a.place === b.place && a.found === b.found;
  const alike = (bytes: Buffer, cuts: readonly number[]): string | undefined => {
    const rows = plainIndex!(bytes, windowBytes);
    const plan = plainCount!(bytes, windowBytes);
    for (const cut of cuts) {
      if (!same(index!(bytes, cut), rows) || !same(count!(bytes, cut), plan)) return `the kernel, cut at ${cut}`;
      if (!same(plainIndex!(bytes, cut), rows) || !same(plainCount!(bytes, cut), plan))
        return `the machine, cut at ${cut}`;
    }
    return undefined;
  };
  const asReference = (bytes: Buffer): string | undefined => {
    const { tables, error, ...sums } = foundByReference({ dialect, bytes });
    const rest =
      tables === undefined
        ? [error!.code, error!.offset]
        : [tables.ends, tables.records, tables.flagged, tables.quotes];
    const wanted = foundText(sums, rest);
    const { found } = index!(bytes, windowBytes);
    return found === wanted ? undefined : `${found} instead of ${wanted}`;
  };
  return { alike, asReference };
};

const dialects: readonly [string, ScanDialect, readonly string[], number][] = [
  ['RFC 4180', { delimiter: ',', quote: '"' }, letters, 6],
  ['an escape character', { delimiter: ',', quote: '"', escape: '\\' }, [...letters, '\\'], 4],
  ['lone CR', { delimiter: ',', quote: '"', loneCr: true }, letters, long ? 5 : 4],
  ['comments', { delimiter: ',', quote: '"', comment: '#' }, [...letters, '#'], 4],
  ['no quotes', { delimiter: ',', quote: '' }, letters, 4],
];

describe.each(dialects)('every string around a block border, with %s', (_, dialect, alphabet, longest) => {
  const { alike, asReference } = judgeOf(dialect);

  test.each(fronts)('reads alike to kernel and machine, begun %s', (_, front) => {
    const wrong: string[] = [];
    for (let length = 0; length <= longest; length++)
      for (const text of stringsOf(alphabet, length))
        for (let at = length > 5 && !long ? 61 : 58; at <= (length > 5 && !long ? 64 : 70); at++) {
          const every = Array.from({ length: text.length + 1 }, (_, i) => at + i);
          const cuts = long || length <= 3 ? [...every, 64, windowBytes] : [windowBytes];
          const what = alike(windowOf(front, at, text), cuts);
          if (what !== undefined) wrong.push(`${JSON.stringify(text)} at ${at}: ${what}`);
        }
    expect(wrong).toEqual([]);
  });

  test.each(fronts)('reads as the reference reads it, begun %s', (_, front) => {
    const wrong: string[] = [];
    for (let length = 0; length <= (long ? longest : Math.min(longest, 4) - 1); length++)
      for (const text of stringsOf(alphabet, length))
        for (let at = 60; at <= 65; at++) {
          const what = asReference(windowOf(front, at, text));
          if (what !== undefined) wrong.push(`${JSON.stringify(text)} at ${at}: ${what}`);
        }
    expect(wrong).toEqual([]);
  });
});
