import type { ColumnSketch } from './column-sketch.ts';
import { addHash, createDistinctSketch, packDistinct } from './distinct-sketch.ts';
import { excessOf, shorten } from './frequent.ts';
import { hashBytes, lastWasAscii } from './hash-bytes.ts';
import { addNumber, type NumberSketch, packNumbers, startNumbers } from './number-sketch.ts';
import { createShapeTable, isFull, shapeNumber, thinOut } from './shape-table.ts';
import { lastWasInteger, simpleNumber } from './simple-number.ts';
import { fullDetail } from './sketch-detail.ts';
import { createTextRange } from './text-range.ts';
import { formatsOf, kindOf, numberOf, valueFormats, valueKinds, writesInteger } from './value-kind.ts';
import { BOOLEAN, DATE, EMAIL, MOMENT, NUMBER, UUID } from './value-shape.ts';
import { addValue, bytesOf, createValueTable, findValue, keptBytes, takeOff, textOf } from './value-table.ts';

/** Measures the values of one column. */
export interface ColumnGauge {
  /** One value: UTF-8 without quotes around it. */
  add(bytes: Uint8Array, start: number, end: number): void;
  /** Values of rows that have none. */
  addEmpty(count: number): void;
  sketch(): ColumnSketch;
}

/** So many values are in the table before it is settled and those that are rare are forgotten. */
const mostValues = 512;
const INTEGER = valueKinds.indexOf('integer');
const DECIMAL = valueKinds.indexOf('number');
const TEXT = valueKinds.indexOf('text');
/** A bit of `ValueTable.formats` that is no format. */
const ASCII = 1 << valueFormats.length;
const special = DATE | MOMENT | BOOLEAN | EMAIL | UUID;

/** @param hidden - nothing is kept that tells a value as text */
export const createColumnGauge = (name: string, hidden: boolean): ColumnGauge => {
  const table = createValueTable();
  const shapes = createShapeTable();
  const distinct = createDistinctSketch();
  const range = createTextRange();
  const kinds = new Float64Array(valueKinds.length);
  const formats = new Float64Array(valueFormats.length + 1);
  // empty, filled, characters, fewest, most
  const totals = Float64Array.of(0, 0, 0, Number.POSITIVE_INFINITY, 0);
  let numbers: NumberSketch | undefined;
  let lost = 0;

  /** Books what was seen since the last time. */
  const settle = (): void => {
    for (let entry = 0; entry < table.size; entry++) {
      const seen = table.pending[entry]!;
      if (seen === 0) continue;
      table.pending[entry] = 0;
      table.counts[entry]! += seen;
      const kind = table.kinds[entry]!;
      kinds[kind]! += seen;
      for (let bits = table.formats[entry]!, format = 0; bits !== 0; bits >>= 1, format++)
        if ((bits & 1) !== 0) formats[format]! += seen;
      shapes.counts[table.shapes[entry]!]! += seen;
      const chars = table.chars[entry]!;
      totals[1]! += seen;
      totals[2]! += seen * chars;
      if (chars < totals[3]!) totals[3] = chars;
      if (chars > totals[4]!) totals[4] = chars;
      if (kind !== INTEGER && kind !== DECIMAL) continue;
      if (numbers === undefined) numbers = startNumbers(table.numbers[entry]!, seen);
      else addNumber(numbers, table.numbers[entry]!, seen);
    }
  };

  const makeRoom = (): void => {
    settle();
    const excess = excessOf(table.counts.subarray(0, table.size), fullDetail.values);
    takeOff(table, excess);
    lost += excess;
    if (!isFull(shapes)) return;
    const places = thinOut(shapes, fullDetail.patterns, new Set(table.shapes.subarray(0, table.size)));
    for (let entry = 0; entry < table.size; entry++) table.shapes[entry] = places.get(table.shapes[entry]!)!;
  };

  /** Finds out what a value is that is not in the table. */
  const enter = (hash: number, ascii: boolean, bytes: Uint8Array, start: number, end: number): number => {
    if (table.size >= mostValues || isFull(shapes)) makeRoom();
    const entry = addValue(table, hash, bytes, start, end);
    addHash(distinct, hash);
    if (!hidden) range.add(bytes, start, end, ascii);
    const shape = shapeNumber(shapes, bytes, { start, end, ascii });
    table.shapes[entry] = shape;
    table.chars[entry] = ascii ? end - start : countChars(bytes, start, end);
    table.kinds[entry] = TEXT;
    table.formats[entry] = ascii ? ASCII : 0;
    const { mayBe } = shapes.shapes[shape]!;
    if (mayBe === 0 || !ascii || end - start > keptBytes) return entry;
    const simple = (mayBe & NUMBER) === 0 ? Number.NaN : simpleNumber(bytes, start, end);
    if (!Number.isNaN(simple)) {
      table.numbers[entry] = simple;
      table.kinds[entry] = lastWasInteger() ? INTEGER : DECIMAL;
      return entry;
    }
    const text = textOf(table, entry);
    if ((mayBe & NUMBER) !== 0) {
      const value = numberOf(text);
      if (Number.isNaN(value)) return entry;
      table.numbers[entry] = value;
      table.kinds[entry] = writesInteger(text) ? INTEGER : DECIMAL;
    } else if ((mayBe & special) !== 0) {
      const kind = kindOf(text);
      table.kinds[entry] = valueKinds.indexOf(kind);
      for (const format of formatsOf(text, kind)) table.formats[entry]! |= 1 << valueFormats.indexOf(format);
    }
    return entry;
  };

  return {
    add(bytes, start, end) {
      if (start === end) {
        totals[0]!++;
        return;
      }
      const hash = hashBytes(bytes, start, end);
      const ascii = lastWasAscii();
      const known = findValue(table, hash, bytes, start, end);
      const entry = known >= 0 ? known : enter(hash, ascii, bytes, start, end);
      table.pending[entry]!++;
    },
    addEmpty(count) {
      totals[0]! += count;
    },
    sketch() {
      settle();
      const items = Array.from({ length: table.size }, (_, entry) => ({
        hash: table.hashes[entry]!,
        text: range.cut(bytesOf(table, entry)),
        count: table.counts[entry]!,
      }));
      const values = shorten({ items, lost }, fullDetail.values);
      const [empty = 0, filled = 0, sum = 0, min = 0, max = 0] = totals;
      return {
        name,
        count: empty + filled,
        empty,
        kinds: countsBy(valueKinds, kinds),
        formats: countsBy(valueFormats, formats),
        ascii: formats[valueFormats.length]!,
        ...(filled === 0 || hidden ? {} : { range: range.ends() }),
        ...(filled === 0 ? {} : { length: { min, max, sum } }),
        ...(numbers === undefined ? {} : { numbers: packNumbers(numbers) }),
        ...(hidden ? {} : { values }),
        ...(hidden || values.lost > 0 ? { distinct: packDistinct(distinct) } : {}),
        patterns: shorten({ items: patternCounts(shapes), lost: shapes.lost }, fullDetail.patterns),
      };
    },
  };
};

const patternCounts = ({ shapes, counts }: ReturnType<typeof createShapeTable>) => {
  const all = new Map<string, number>();
  shapes.forEach(({ pattern }, number) => {
    if (counts[number]! > 0) all.set(pattern, (all.get(pattern) ?? 0) + counts[number]!);
  });
  return [...all].map(([pattern, count]) => ({ pattern, count }));
};

const countsBy = <K extends string>(names: readonly K[], counts: Float64Array): Partial<Record<K, number>> =>
  Object.fromEntries(names.flatMap((name, i) => (counts[i]! > 0 ? [[name, counts[i]!]] : []))) as Partial<
    Record<K, number>
  >;

const countChars = (bytes: Uint8Array, start: number, end: number): number => {
  let count = 0;
  for (let at = start; at < end; at++) if ((bytes[at]! & 0xc0) !== 0x80) count++;
  return count;
};
