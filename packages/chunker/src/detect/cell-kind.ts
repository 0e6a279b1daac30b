/** What a cell looks like. `odd` and `torn` cells look as if they were cut in the wrong place, `torn` ones at a quote. */
export type CellKind = 'empty' | 'number' | 'date' | 'time' | 'boolean' | 'token' | 'words' | 'text' | 'odd' | 'torn';

export const cellKinds: readonly CellKind[] = [
  'empty',
  'number',
  'date',
  'time',
  'boolean',
  'token',
  'words',
  'text',
  'odd',
  'torn',
];

/** How much a cell of this kind speaks for the dialect that cut it out, in `[0, 1]`. */
export const kindWorth: Readonly<Record<CellKind, number>> = {
  empty: 0,
  number: 1,
  date: 1,
  time: 1,
  boolean: 1,
  token: 0.95,
  words: 0.9,
  text: 0.75,
  odd: 0.1,
  torn: 0.1,
};

// Every pattern is anchored and its repeats begin with different characters, so each runs in linear time.
const missing = /^(?:n\/?a|nan|null|none|nil|-+|\\n|\?|#n\/a)$/i;
const number =
  /^[-+(]?[$€£¥]? ?(?:\d+|\d{1,3}(?:[,.'\u00a0\u202f ]\d{3})+)?(?:[.,]\d*)?(?:e[-+]?\d{1,4})?(?: ?(?:%|[$€£¥]|EUR|USD|GBP|CHF))?\)?$/i;
const clock = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[ap]\.?m\.?)?`;
const zone = String.raw`(?: ?(?:Z|UTC|GMT|[-+]\d{2}:?(?:\d{2})?))?`;
const month = '(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zé]{0,6}\\.?';
const day = String.raw`(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2})|\d{1,2}[-/. ]${month}[-/ ,]{0,2}(?:\d{4}|\d{2})|${month} \d{1,2},? \d{4})`;
const time = new RegExp(`^${clock}${zone}$`, 'i');
const date = new RegExp(`^${day}(?:(?: |T|, )${clock}${zone})?$`, 'i');
const boolean = /^(?:true|false|yes|no|ja|nein|oui|non|y|n|t|f)$/i;
const token =
  /^(?:[^\s@,;|"~^:\x01\x1f]+@[\w-]+(?:\.[\w-]+)+|(?:https?|ftp|s3|file):\/\/[^\s"|]+|\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{8}-[\da-f-]{27}|[A-Za-z]{0,6}[-_#/]?\d[\w.#/-]*)$/;
const words = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_'’.&/()+-]*(?: [\p{L}\p{M}\p{N}_'’.&/()+-]+)*$/u;
/** A delimiter with nothing around it: text has a space behind a comma. */
const delimiterInside = /[,;](?=[^\s\d])|[\t|\u0001\u001f]|;\d|\d,\d/;
const weakDelimiterInside = /[^\s:~^][:~^][^\s:~^/\\]/;
const quoteAtAnEnd = /^["“]|["”]$|^'.*'$/s;

const balanced = (text: string): boolean => {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const at = text.charCodeAt(i);
    if (at === 0x28 || at === 0x5b || at === 0x7b) depth++;
    else if (at === 0x29 || at === 0x5d || at === 0x7d) depth--;
    if (depth < 0) return false;
  }
  return depth === 0;
};

/** Longest cell that is looked at in full; longer ones are text. */
const longestKnown = 80;

/** Recognises what a cell holds. A properly quoted cell may hold anything, so it is neither odd nor torn. */
export const cellKind = (cell: string, quoted: boolean): CellKind => {
  const text = cell.length > longestKnown ? cell.slice(0, longestKnown) : cell.trim();
  if (text === '' || missing.test(text)) return 'empty';
  if (cell.length <= longestKnown) {
    if (number.test(text) && /\d/.test(text)) return 'number';
    if (date.test(text)) return 'date';
    if (time.test(text)) return 'time';
    if (boolean.test(text)) return 'boolean';
    if (token.test(text)) return 'token';
    if (!quoted && quoteAtAnEnd.test(text)) return 'torn';
    if (words.test(text)) return quoted || balanced(text) ? 'words' : 'odd';
  }
  if (quoted) return 'text';
  if (quoteAtAnEnd.test(text)) return 'torn';
  if (delimiterInside.test(text)) return 'odd';
  if (cell.length <= longestKnown && (weakDelimiterInside.test(text) || !balanced(text))) return 'odd';
  return 'text';
};
