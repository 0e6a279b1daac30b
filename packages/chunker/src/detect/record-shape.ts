import type { ParsedSample } from './parse-sample.ts';

/** How the records of a parsed sample agree in their number of cells. */
export interface RecordShape {
  /** Records that the sample holds in full. */
  readonly records: number;
  /** Cells of each of them. */
  readonly widths: readonly number[];
  /** The number of cells that most records of more than one cell have; 1 where hardly any has more. */
  readonly width: number;
  /** In `[0, 1]`. */
  readonly agreement: number;
  /** Share of the text that whole records cover. */
  readonly covered: number;
}

/** A table may stand between a title and footnotes; records of more than one cell must be this share at least. */
const leastShare = 0.1;

const commonWidth = (counts: ReadonlyMap<number, number>, records: number): number => {
  let width = 1;
  let most = Math.max(1, leastShare * records) - 1;
  for (const [candidate, count] of counts) {
    if (candidate > 1 && (count > most || (count === most && candidate > width))) {
      width = candidate;
      most = count;
    }
  }
  return width;
};

/**
 * Agreement is the chance that two records have the same number of cells: any two, or two neighbours, whichever is more.
 * Any two makes light of single ragged records, neighbours of titles, footnotes and several tables in one file.
 */
const agreementOf = (widths: readonly number[], counts: ReadonlyMap<number, number>, width: number): number => {
  const n = widths.length;
  if (n < 2) return n;
  let anyTwo = 0;
  for (const [w, count] of counts) if (w > 1 || width === 1) anyTwo += (count / n) ** 2;
  let neighbours = 0;
  for (let r = 1; r < n; r++) if (widths[r] === widths[r - 1] && (widths[r]! > 1 || width === 1)) neighbours++;
  return Math.max(anyTwo, neighbours / (n - 1));
};

/** @param complete - the text is the whole file, so that its last record counts even without a newline, unless a quote is open */
export const recordShape = (parsed: ParsedSample, textLength: number, complete: boolean): RecordShape => {
  const all = parsed.recordStarts.length;
  const cut = (!complete || parsed.unclosed) && all > 1 && parsed.unfinishedAt < textLength;
  const records = cut ? all - 1 : all;
  const widths: number[] = [];
  const counts = new Map<number, number>();
  for (let r = 0; r < records; r++) {
    const width = parsed.records[r + 1]! - parsed.records[r]!;
    widths.push(width);
    counts.set(width, (counts.get(width) ?? 0) + 1);
  }
  const width = commonWidth(counts, records);
  return {
    records,
    widths,
    width,
    agreement: agreementOf(widths, counts, width),
    covered: cut ? parsed.unfinishedAt / textLength : 1,
  };
};
