import fc from 'fast-check';
import type { Dialect } from '../arbitraries.ts';

/** Dialects that the scanner does not know: each has a token that is not one ASCII character. */
export const fallbackDialects: readonly Dialect[] = [
  { delimiter: '||', quote: '"' },
  { delimiter: '::', quote: '' },
  { delimiter: '\t|\t', quote: "'" },
  { delimiter: '¦', quote: '"' },
  { delimiter: '│', quote: '"', loneCr: true },
  { delimiter: '😀', quote: "'", comment: '#' },
  { delimiter: '|', quote: '”' },
  { delimiter: '\x14', quote: 'þ' },
  { delimiter: ',', quote: '"', escape: '»' },
  { delimiter: '||', quote: '"', escape: '\\' },
  { delimiter: ';', quote: '"', comment: '//' },
  { delimiter: '<|>', quote: '“', escape: '^~', comment: '§', loneCr: true },
  { delimiter: '=====>', quote: '<q>', comment: '--' },
];

export const fallbackDialect: fc.Arbitrary<Dialect> = fc.constantFrom(...fallbackDialects);

/** The tokens of a dialect. */
export const tokensIn = ({ delimiter, quote, escape: mark = '', comment = '' }: Dialect): string[] =>
  [delimiter, quote, mark, comment].filter((token) => token !== '');

/**
 * Where csv-parse means something else than the grammar does: it takes a comment's token behind an empty quoted first field
 * for a comment. The record is a reject either way.
 */
const isAmbiguous = (bytes: Buffer, { quote, comment }: Dialect): boolean =>
  comment !== undefined && quote !== '' && bytes.includes(quote + quote + comment);

/** Bytes that matter to the grammar, parts of tokens, and a few bytes that must not matter. */
export const nasty = (dialect: Dialect, maxLength = 60): fc.Arbitrary<Buffer> => {
  const { delimiter, quote, escape: mark, comment } = dialect;
  const whole = [delimiter, delimiter, delimiter, quote, quote, quote + quote, '\n', '\r\n', '\r'];
  const more = [
    ...(mark === undefined ? [] : [mark, mark + quote]),
    ...(comment === undefined ? [] : [comment, `\n${comment}`]),
  ];
  const parts = tokensIn(dialect).flatMap((token) => {
    const bytes = Buffer.from(token);
    return [bytes.subarray(0, 1), bytes.subarray(-1)];
  });
  return fc
    .array(fc.constantFrom<string | Buffer>('a', ' ', 'é', '\0', ...whole, ...whole, ...more, ...more, ...parts), {
      maxLength,
      size: 'max',
    })
    .map((pieces) => Buffer.concat(pieces.map((piece) => Buffer.from(piece as string))))
    .filter((bytes) => !isAmbiguous(bytes, dialect));
};

/** A dialect and bytes that are nasty in it. */
export const nastyIn = (maxLength?: number): fc.Arbitrary<{ dialect: Dialect; bytes: Buffer }> =>
  fallbackDialect.chain((dialect) => nasty(dialect, maxLength).map((bytes) => ({ dialect, bytes })));
