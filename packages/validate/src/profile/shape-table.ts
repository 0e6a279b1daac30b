import { excessOf } from './frequent.ts';
import { shapeKey, shapeOf, type ValueShape } from './value-shape.ts';

/** The shapes that values of a column have, and how often. */
export interface ShapeTable {
  readonly shapes: ValueShape[];
  counts: Float64Array;
  lost: number;
  /** Numbers of shapes, by their keys (see `shapeKey`) and by their patterns. */
  readonly byKey: Map<number, number>;
  readonly byPattern: Map<string, number>;
}

/** Free text has a shape of its own in every row; beyond so many they are thinned out. */
const mostShapes = 512;
/** A pattern is told by what begins a value. */
const lookedAtBytes = 1024;

export const createShapeTable = (): ShapeTable => ({
  shapes: [],
  counts: new Float64Array(mostShapes),
  lost: 0,
  byKey: new Map(),
  byPattern: new Map(),
});

export const isFull = ({ shapes }: ShapeTable): boolean => shapes.length >= mostShapes;

/** The number of the shape of a value. */
export const shapeNumber = (
  table: ShapeTable,
  bytes: Uint8Array,
  { start, end, ascii }: { readonly start: number; readonly end: number; readonly ascii: boolean },
): number => {
  if (!ascii) return numberOfText(table, textOf(bytes, start, end, 'utf8'));
  const key = shapeKey(bytes, start, end);
  const known = table.byKey.get(key);
  if (known !== undefined) return known;
  const number = numberOfText(table, textOf(bytes, start, end, 'latin1'));
  table.byKey.set(key, number);
  return number;
};

const textOf = (bytes: Uint8Array, start: number, end: number, encoding: 'utf8' | 'latin1'): string => {
  const to = Math.min(end, start + lookedAtBytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, to - start).toString(encoding);
  return to < end ? text.replace(/\uFFFD$/, '') : text;
};

const numberOfText = (table: ShapeTable, text: string): number => {
  const shape = shapeOf(text);
  // Of one pattern, only some may be a UUID, whose length is its own.
  const id = `${shape.mayBe} ${shape.pattern}`;
  const known = table.byPattern.get(id);
  if (known !== undefined) return known;
  const number = table.shapes.push(shape) - 1;
  table.byPattern.set(id, number);
  return number;
};

/** Leaves the most frequent shapes and those in use; answers where each is now. */
export const thinOut = (table: ShapeTable, most: number, used: ReadonlySet<number>): ReadonlyMap<number, number> => {
  const excess = excessOf(table.counts.subarray(0, table.shapes.length), most);
  const kept = table.shapes.flatMap((shape, number) =>
    table.counts[number]! > excess || used.has(number)
      ? [{ shape, number, count: Math.max(0, table.counts[number]! - excess) }]
      : [],
  );
  table.lost += excess;
  table.shapes.length = 0;
  table.counts.fill(0);
  table.byKey.clear();
  table.byPattern.clear();
  for (const { shape, count } of kept) {
    table.byPattern.set(`${shape.mayBe} ${shape.pattern}`, table.shapes.length);
    table.counts[table.shapes.length] = count;
    table.shapes.push(shape);
  }
  return new Map(kept.map(({ number }, place) => [number, place]));
};
