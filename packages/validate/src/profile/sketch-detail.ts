/** How much is kept of each column. */
export interface SketchDetail {
  /** Frequent values; the count of each falls short by at most one in `values + 1` of all. */
  readonly values: number;
  /** Frequent patterns, alike. */
  readonly patterns: number;
  /** Groups of the count of different values, a power of two: its standard error is 1.04 / √groups. */
  readonly groups: number;
  /** Buckets of numbers by their size. */
  readonly buckets: number;
}

export const fullDetail: SketchDetail = { values: 64, patterns: 64, groups: 2048, buckets: 256 };

/** Of more columns than this, each gets less. */
const fullColumns = 32;
/** Ten values and patterns are told, and an enum has ten texts. */
const least: SketchDetail = { values: 12, patterns: 10, groups: 256, buckets: 32 };

/**
 * What is kept of each column where there are so many: half as much each time the columns are twice as many, down to what
 * people are told, so that all of them together stay small.
 *
 * @example
 * detailOf(100).groups; // 512
 */
export const detailOf = (columns: number): SketchDetail => {
  const halvings = Math.max(0, Math.ceil(Math.log2(columns / fullColumns)));
  const part = (name: keyof SketchDetail): number => Math.max(least[name], fullDetail[name] >> Math.min(halvings, 30));
  return { values: part('values'), patterns: part('patterns'), groups: part('groups'), buckets: part('buckets') };
};
