/** Something that was seen, and how often at least. */
export interface Counted {
  readonly count: number;
}

/** The most frequent of what was seen. */
export interface Frequent<Item extends Counted> {
  /** The most frequent ones, in no order. */
  readonly items: readonly Item[];
  /** By how much their counts may fall short; 0 where all that was seen is among them. */
  readonly lost: number;
}

/**
 * How much to take off every count so that at most `most` stay above 0: the largest one behind the first `most`. Taking it
 * off costs what is left out at most 1 / (most + 1) of everything that was seen, however often it is done and merged
 * (Misra and Gries, https://doi.org/10.1145/2500128).
 */
export const excessOf = (counts: Float64Array, most: number): number => {
  if (counts.length <= most) return 0;
  let above = 0;
  for (const count of counts) if (count > 1) above++;
  if (above <= most) return 1;
  return counts.toSorted().at(-most - 1)!;
};

/** Joins what two parts saw; `keyOf` tells what is the same. */
export const mergeFrequent = <Item extends Counted>(
  a: Frequent<Item>,
  b: Frequent<Item>,
  { most, keyOf }: { readonly most: number; readonly keyOf: (item: Item) => string },
): Frequent<Item> => {
  const all = new Map<string, Item>();
  for (const item of [...a.items, ...b.items]) {
    const known = all.get(keyOf(item));
    all.set(keyOf(item), known === undefined ? item : { ...known, count: known.count + item.count });
  }
  return shorten({ items: [...all.values()], lost: a.lost + b.lost }, most);
};

/** At most so many of them. */
export const shorten = <Item extends Counted>({ items, lost }: Frequent<Item>, most: number): Frequent<Item> => {
  const excess = excessOf(
    Float64Array.from(items, ({ count }) => count),
    most,
  );
  if (excess === 0) return { items, lost };
  return {
    items: items.flatMap((item) => (item.count > excess ? [{ ...item, count: item.count - excess }] : [])),
    lost: lost + excess,
  };
};
