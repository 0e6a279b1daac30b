import { columnTypes, type KindOf } from './column-types.ts';
import { type ParsedSample, parseSample, type SampleDialect } from './parse-sample.ts';
import { type RecordShape, recordShape } from './record-shape.ts';

/** A dialect and how the sample reads in it. */
export interface Reading {
  readonly dialect: SampleDialect;
  readonly parsed: ParsedSample;
  readonly shape: RecordShape;
}

/** A reading and how well it fits, in `[0, 1]`. */
export interface ScoredDialect extends Reading {
  readonly score: number;
}

export interface ScoreOptions {
  readonly text: string;
  readonly complete: boolean;
  readonly kindOf: KindOf;
}

const DOUBLE_QUOTE = 34;

/** What a table of one column is worth against one of several: text that no delimiter cuts is seldom meant as a table. */
const loneColumn = 0.5;

/**
 * What a character is worth as a delimiter. Times, ratios and sentences are cut by colons and spaces as evenly as
 * columns are, so these must make many columns.
 */
const delimiterWorth = (delimiter: string, width: number): number => {
  if (width === 1) return loneColumn;
  if (delimiter === ':') return 0.6 * (1 - 1 / width);
  if (delimiter === ' ') return 0.5 * (1 - 1 / width);
  return '^~#'.includes(delimiter) ? 0.9 : 1;
};

/**
 * A quote: 1 where all are sound, 0.5 where all are odd, 0.1 where only one is, which the file never closes.
 * No quote: 1 where no cell begins with one, 0.6 where every record has such a cell.
 */
const quoteWorth = (text: string, complete: boolean, { dialect, parsed, shape }: Reading): number => {
  const { quotedCells, strayQuotes, spoiltCells } = parsed.counts;
  const oddQuotes = strayQuotes + spoiltCells;
  if (dialect.quote === '') {
    let begun = 0;
    for (const start of parsed.starts) if (text.charCodeAt(start) === DOUBLE_QUOTE) begun++;
    return 1 - 0.4 * Math.min(1, begun / shape.records);
  }
  if (quotedCells > 0) return 1 - (0.5 * oddQuotes) / (oddQuotes + quotedCells);
  if (parsed.unclosed && complete) return 0.1;
  return oddQuotes === 0 ? 0.99 : 0.5;
};

/** Comments and lone CRs must earn their keep: where it makes no difference, readings without them come first. */
const plainness = (text: string, { dialect, parsed, shape }: Reading): number => {
  const { lf, crlf } = parsed.counts;
  const cr = dialect.loneCr && lf + crlf > 0 ? 0.98 : 1;
  if (dialect.comment !== '') return 0.98 * cr;
  const hashes = shape.widths.filter((_, r) => text[parsed.recordStarts[r]!] === '#');
  const likeComments = hashes.length > 0 && hashes.every((width) => width !== shape.width);
  return likeComments ? 0.97 * cr : cr;
};

/**
 * Scores a dialect by how the sample reads in it: the product of agreement in the number of cells, column types, sound
 * quotes and the worth of the delimiter. Judging a dialect by row patterns and cell types together is the idea of
 * van den Burg, Nazábal and Sutton, "Wrangling messy CSV files by detecting row and type patterns" (2019,
 * https://arxiv.org/abs/1811.11242); measures and weights are our own.
 */
export const scoreDialect = (dialect: SampleDialect, { text, complete, kindOf }: ScoreOptions): ScoredDialect => {
  const parsed = parseSample(text, dialect);
  const shape = recordShape(parsed, text.length, complete);
  const reading = { dialect, parsed, shape };
  if (shape.records === 0) return { ...reading, score: 0 };
  const score =
    shape.agreement *
    shape.covered *
    columnTypes(parsed, shape, kindOf) *
    quoteWorth(text, complete, reading) *
    delimiterWorth(dialect.delimiter, shape.width) *
    plainness(text, reading);
  return { ...reading, score };
};
