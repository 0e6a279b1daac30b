import { type CellKind, cellKind } from './cell-kind.ts';
import type { KindOf } from './column-types.ts';
import type { SampleDialect } from './parse-sample.ts';
import { type ScoredDialect, scoreDialect } from './score-dialect.ts';

/** What is known of the dialect beforehand. */
export interface GivenDialect {
  readonly delimiter?: string | undefined;
  readonly quote?: string | undefined;
  readonly escape?: string | undefined;
  readonly comment?: string | undefined;
  readonly loneCr?: boolean | undefined;
}

/** In order of preference where two read the same. */
const delimiters = [',', ';', '\t', '|', '\x1f', '\x01', '^', '~', '#', ':', ' '];
const quotes = ['"', "'"];

const longestCached = 80;

/** Classifies cells of a text; the same cell is looked at once, in however many dialects it turns up. */
export const createKindOf = (text: string): KindOf => {
  const caches = [new Map<string, CellKind>(), new Map<string, CellKind>()] as const;
  return (parsed, i) => {
    const cell = text.slice(parsed.starts[i]!, parsed.ends[i]!);
    const quoted = parsed.quoted[i]!;
    if (cell.length > longestCached) return cellKind(cell, quoted);
    const cache = caches[quoted ? 1 : 0];
    let kind = cache.get(cell);
    if (kind === undefined) {
      kind = cellKind(cell, quoted);
      cache.set(cell, kind);
    }
    return kind;
  };
};

/** Every dialect that the characters of the text allow: at most some hundreds, however long the text is. */
const candidates = (text: string, given: GivenDialect): SampleDialect[] => {
  const inText = (character: string): boolean => text.includes(character);
  const tryDelimiters = given.delimiter === undefined ? [...delimiters.filter(inText), ''] : [given.delimiter];
  const tryQuotes = (delimiter: string): string[] =>
    given.quote === undefined ? [...quotes.filter((quote) => quote !== delimiter && inText(quote)), ''] : [given.quote];
  const hashes = /^#/m.test(text) ? ['', '#'] : [''];
  const tryComments = given.comment === undefined ? hashes : [given.comment];
  const hasLoneCr = /\r(?!\n)/.test(text);
  const newlines = hasLoneCr && inText('\n') ? [false, true] : [hasLoneCr];
  const tryLoneCr = given.loneCr === undefined ? newlines : [given.loneCr];
  const escapes = (quote: string): string[] => {
    if (quote === '') return [''];
    if (given.escape !== undefined) return [given.escape];
    return inText(`\\${quote}`) ? [quote, '\\'] : [quote];
  };
  const dialects: SampleDialect[] = [];
  for (const delimiter of tryDelimiters)
    for (const quote of tryQuotes(delimiter))
      for (const escapeBy of escapes(quote))
        for (const comment of tryComments.filter((mark) => mark === '' || (mark !== delimiter && mark !== quote)))
          for (const loneCr of tryLoneCr) dialects.push({ delimiter, quote, escape: escapeBy, comment, loneCr });
  return dialects;
};

/** Reads the text in every dialect that it allows and sorts them, the best first. There is always one. */
export const rankDialects = (text: string, complete: boolean, given: GivenDialect, kindOf: KindOf): ScoredDialect[] => {
  const ranked: ScoredDialect[] = [];
  for (const dialect of candidates(text, given)) {
    const scored = scoreDialect(dialect, { text, complete, kindOf });
    // A delimiter that makes no columns is no other reading than that of one column.
    if (dialect.delimiter === '' || scored.shape.width > 1 || given.delimiter !== undefined) ranked.push(scored);
  }
  return ranked.sort((a, b) => b.score - a.score);
};
