import { badHeaders, caps } from './headers.ts';
import { emptyFiles, newlines } from './newlines.ts';
import type { Malformed } from './notation.ts';
import { packedFiles } from './packed.ts';
import { bytesBehindQuotes, strayQuotes, unclosedQuotes } from './quotes.ts';
import { blankRows, raggedRows } from './rows.ts';
import { invalidUtf8, nulBytes, oddText, otherEncodings } from './text.ts';

/** Every malformed file, by what is wrong with it. */
export const groups: readonly [string, readonly Malformed[]][] = [
  ['a quote that is never closed', unclosedQuotes],
  ['bytes behind a closing quote', bytesBehindQuotes],
  ['a stray quote', strayQuotes],
  ['a ragged row', raggedRows],
  ['a blank row', blankRows],
  ['bytes that are not UTF-8', invalidUtf8],
  ['a NUL byte', nulBytes],
  ['odd text', oddText],
  ['another encoding', otherEncodings],
  ['a header', badHeaders],
  ['a cap', caps],
  ['newlines', newlines],
  ['next to nothing', emptyFiles],
  ['a packed file', packedFiles],
];
