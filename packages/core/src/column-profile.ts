/** What a value looks like. `date` is `YYYY-MM-DD`, `time` and `date-time` are those of ISO 8601. */
export type ValueKind = 'integer' | 'number' | 'boolean' | 'date' | 'time' | 'date-time' | 'text';

/** A format that values may have, as JSON Schema names it. */
export type ValueFormat = 'date' | 'date-time' | 'email' | 'uuid';

/** What one column of a batch holds: told of all its values, in constant size, whatever the number of rows. */
export interface ColumnProfile {
  readonly name: string;
  /** Values seen, empty ones included: one for each row that was written. */
  readonly count: number;
  /** Values of no characters. */
  readonly empty: number;
  /** Estimate of how many different values there are, empty ones aside. */
  readonly distinct: number;
  /** Values by what they look like, empty ones aside. */
  readonly kinds: Readonly<Partial<Record<ValueKind, number>>>;
  /** Values by a format that they have, empty ones aside. @default none has one, or it was not looked for */
  readonly formats?: Readonly<Partial<Record<ValueFormat, number>>>;
  /** Values of ASCII only, empty ones aside. @default not told */
  readonly ascii?: number;
  /** Smallest and largest value in the order of code points, cut to 64 characters; absent where all are empty. */
  readonly range?: { readonly min: string; readonly max: string };
  /** Characters of a value, empty ones aside; absent where all are empty. */
  readonly length?: { readonly min: number; readonly max: number; readonly mean: number };
  /** Of the values that are numbers; absent where none is. */
  readonly numbers?: NumberProfile;
  /** The most frequent values, at most ten, cut to 64 characters; counts are lower bounds. Absent where values are not to be told. */
  readonly top?: readonly { readonly value: string; readonly count: number }[];
  /** The most frequent shapes, at most ten: `9` stands for a digit, `a` and `A` for letters, a run of one is followed by `+`. Any other sign is itself, behind a backslash where it could be mistaken. */
  readonly patterns: readonly { readonly pattern: string; readonly count: number }[];
}

/** The numbers of a column. */
export interface NumberProfile {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly standardDeviation: number;
  /** How they are spread: estimates, each bin `[from, to)` and the last one `[from, to]`. */
  readonly histogram: readonly { readonly from: number; readonly to: number; readonly count: number }[];
  /** Values below which a share of the numbers lies, `[0, 1]`: estimates. @default not told */
  readonly quantiles?: readonly { readonly share: number; readonly value: number }[];
}
