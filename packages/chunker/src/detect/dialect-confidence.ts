import type { CsvDialect } from '@pipeline/core';
import type { ScoredDialect } from './score-dialect.ts';

/** A value and how sure it is, in `[0, 1]`. */
export interface Guess<T> {
  readonly value: T;
  readonly confidence: number;
}

/** How sure one score is to be right against a rival: 0.5 where they are equal, 0.9 where it is twice as high. */
const chance = (score: number, rival: number): number => (score <= 0 ? 0 : score ** 3 / (score ** 3 + rival ** 3));

/** The best score of a dialect that is like the best one up to a property, and differs in it. */
const rivalScore = (ranked: readonly ScoredDialect[], differs: (other: ScoredDialect) => boolean): number =>
  ranked.find(differs)?.score ?? 0;

/** Whether an unquoted cell, or only one with `anywhere`, holds a character; comments do not count. */
const inCells = ({ parsed }: ScoredDialect, text: string, character: string, anywhere: boolean): boolean => {
  let cell = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) {
    while (cell < parsed.ends.length && parsed.ends[cell]! <= at) cell++;
    if (cell < parsed.starts.length && parsed.starts[cell]! <= at && (anywhere || !parsed.quoted[cell])) return true;
  }
  return false;
};

/**
 * The delimiter; in a file of one column the usual one that does not cut it.
 *
 * Confidence: chance against the best dialect with another delimiter, times the evidence (0.67 for one
 * record of three cells, 0.95 for three of them), times twice the score where that is below 1, for what does not fit well itself.
 */
export const delimiterGuess = (ranked: readonly ScoredDialect[], text: string): Guess<string> => {
  const best = ranked[0]!;
  const { delimiter } = best.dialect;
  const { records, width } = best.shape;
  const rival = rivalScore(ranked, ({ dialect }) => dialect.delimiter !== delimiter);
  const evidence = records === 0 ? 0 : 1 - 0.4 ** (records - 1 + 0.6 * Math.min(3, width - 1));
  const unused = (): string => [',', ';', '\t', '|'].find((it) => !inCells(best, text, it, false)) ?? '\x1f';
  return {
    value: delimiter === '' ? unused() : delimiter,
    confidence: chance(best.score, rival) * evidence * Math.min(1, 2 * best.score),
  };
};

/**
 * The quote; a double quote where the file uses none: if it occurs only inside of cells, it reads the same either way.
 *
 * Confidence of a quote that is used: the share of quotes in their right place, times the chance against the other quote
 * character. Of none, where cells begin with double quotes that do not end them: the chance against these. Of the double
 * quote by default: 0.95, 0.9 in a part of a file, and 0.7 where some are text.
 */
export const quoteGuess = (ranked: readonly ScoredDialect[], text: string, complete: boolean): Guess<string> => {
  const best = ranked[0]!;
  const { delimiter, quote } = best.dialect;
  const others = ranked.filter(({ dialect }) => dialect.delimiter === delimiter && dialect.quote !== quote);
  if (quote !== '') {
    const { quotedCells, strayQuotes, spoiltCells } = best.parsed.counts;
    const sound = quotedCells / (quotedCells + strayQuotes + spoiltCells + 0.1);
    const rival = rivalScore(others, ({ dialect }) => dialect.quote !== '');
    return { value: quote, confidence: sound * chance(best.score, rival) };
  }
  if (!inCells(best, text, '"', true)) return { value: '"', confidence: complete ? 0.95 : 0.9 };
  const double = others.find(({ dialect }) => dialect.quote === '"');
  const readsAlike =
    double !== undefined && double.parsed.counts.spoiltCells === 0 && !(double.parsed.unclosed && complete);
  if (readsAlike && double.parsed.counts.quotedCells === 0) return { value: '"', confidence: 0.7 };
  return { value: '', confidence: chance(best.score, double?.score ?? 0) };
};

/** Confidence of the escape: the chance against the other one; 0.95 where the text has none that could be meant. */
export const escapeConfidence = (ranked: readonly ScoredDialect[]): number => {
  const best = ranked[0]!;
  const { dialect: found } = best;
  const rival = rivalScore(
    ranked,
    ({ dialect }) =>
      dialect.delimiter === found.delimiter && dialect.quote === found.quote && dialect.escape !== found.escape,
  );
  return Math.min(0.95, chance(best.score, rival));
};

/** The newline that ends most records. Confidence: its share, less one tenth of a newline; 0.5 where none ends any. */
export const newlineGuess = ([best]: readonly ScoredDialect[]): Guess<CsvDialect['newline']> => {
  const { lf, crlf, cr } = best!.parsed.counts;
  const most = Math.max(lf, crlf, cr);
  const value = most === lf ? 'lf' : most === crlf ? 'crlf' : 'cr';
  return { value, confidence: most === 0 ? 0.5 : (most - 0.1) / (lf + crlf + cr) };
};
