import type { KindOf } from './column-types.ts';
import { type HeaderCell, headerVote } from './header-vote.ts';
import type { ScoredDialect } from './score-dialect.ts';

/** Where the table begins, and whether its first record names the columns. */
export interface HeaderGuess {
  readonly header: boolean;
  /** Confidence of `header`. */
  readonly confidence: number;
  /** Lines before the header: titles and blank lines. Always 0 without a header. */
  readonly skipLines: number;
  readonly skipConfidence: number;
}

const mostRows = 200;
const mostColumns = 256;
/** Titles are a few lines; what looks like more is a table with other rows at its beginning. */
const mostTitles = 30;

/** A record of one cell, or with only its first cell filled, as spreadsheets write a title above a wide table. */
const isTitle = ({ parsed, shape }: ScoredDialect, record: number): boolean => {
  if (shape.widths[record] === 1) return true;
  if (shape.widths[record]! < 4) return false;
  for (let i = parsed.records[record]! + 1; i < parsed.records[record + 1]!; i++)
    if (parsed.ends[i]! > parsed.starts[i]!) return false;
  return true;
};

/** The first record that is no title, in a table whose records seldom look like one. */
const firstOfTable = (best: ScoredDialect): number => {
  const { records, width } = best.shape;
  if (width === 1) return 0;
  let first = 0;
  while (first < records && first <= mostTitles && isTitle(best, first)) first++;
  const looked = Math.min(records, first + mostRows);
  let alike = 0;
  for (let r = first; r < looked; r++) if (isTitle(best, r)) alike++;
  return first <= mostTitles && alike < 0.2 * (looked - first) ? first : 0;
};

/** Chance of a header, from the votes of the columns. It starts at 0.69: most files have one. */
const headerChance = ({ parsed, shape }: ScoredDialect, first: number, text: string, kindOf: KindOf): number => {
  const rows: number[] = [];
  for (let r = first + 1; r < shape.records && rows.length < mostRows; r++)
    if (shape.widths[r] === shape.width) rows.push(parsed.records[r]!);
  const cellAt = (i: number): HeaderCell => ({
    text: text.slice(parsed.starts[i]!, parsed.ends[i]!).trim(),
    kind: kindOf(parsed, i),
  });
  const columns = Math.min(shape.width, shape.widths[first]!, mostColumns);
  const names = Array.from({ length: columns }, (_, c) => cellAt(parsed.records[first]! + c));
  const filled = names.flatMap((name) => (name.text === '' ? [] : [name.text]));
  let votes = new Set(filled).size < filled.length ? -1 : 0;
  if (names.length > filled.length + 1) votes -= 0.5;
  names.forEach((name, c) => {
    const column = rows.map((row) => cellAt(row + c));
    votes += headerVote(name, column, names[c - 1] ?? names[c + 1]);
  });
  return 1 / (1 + Math.exp(-(0.8 + 1.5 * Math.max(-4, Math.min(4, votes)))));
};

/**
 * Looks for the header of a table and for what stands before it.
 *
 * Confidence: columns vote (see `headerVote`), and the sum goes through a logistic curve: two columns of numbers under
 * names give 0.98, text under text 0.69, since nothing tells them apart. Titles are skipped only where a header follows;
 * otherwise they are records like others, so that none is lost.
 */
export const findHeader = (best: ScoredDialect, text: string, kindOf: KindOf, given?: boolean): HeaderGuess => {
  const { parsed, shape } = best;
  const { comment } = best.dialect;
  if (shape.records === 0) return { header: given ?? true, confidence: 0, skipLines: 0, skipConfidence: 0 };
  const below = firstOfTable(best);
  const chanceBelow = headerChance(best, below, text, kindOf);
  const first = (given ?? chanceBelow >= 0.5) ? below : 0;
  const chance = first === below ? chanceBelow : headerChance(best, first, text, kindOf);
  if (!(given ?? chance >= 0.5))
    return { header: false, confidence: 1 - chance, skipLines: 0, skipConfidence: 1 - chance };
  const before = text.slice(0, parsed.recordStarts[first]!).match(/[^\r\n]*(?:\r\n|\r|\n)/g) ?? [];
  const onlyComments = before.every((line) => comment !== '' && line.startsWith(comment));
  const skipLines = onlyComments ? 0 : before.length;
  const plain = skipLines === 0 && shape.widths[first] === shape.width;
  return { header: true, confidence: chance, skipLines, skipConfidence: plain ? 0.95 : 0.9 * chance };
};
