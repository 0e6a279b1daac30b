/**
 * What makes a spreadsheet take a cell for a formula. The list of OWASP (https://owasp.org/www-community/attacks/CSV_Injection),
 * full-width signs included, and NUL from OWASP's ASVS 5, 1.2.10 (https://github.com/OWASP/ASVS).
 */
const begins = /^[=+\-@\t\r\n\0\uff1d\uff0b\uff0d\uff20]/;

/** A sign before digits, points and commas is a number in some locale, and never a formula. */
const signedNumber = /^[+-](?=[.,]?\d)[\d.,]+(?:[eE][+-]?\d+)?%?$/;

/** First bytes of a value that may be a formula, in UTF-8. */
export const formulaBytes: readonly number[] = [...Buffer.from('=+-@\t\r\n\0'), 0xef];

/**
 * Whether a spreadsheet may run the text as a formula: it begins with `=`, `+`, `-`, `@`, their full-width forms, tab, CR,
 * LF or NUL, and is no signed number such as `-1.5`, `+4`, `-1.234,50`, `-1e3` or `-5%`.
 *
 * @example
 * isFormula('=1+1'); // true
 * isFormula('-1.5'); // false
 */
export const isFormula = (text: string): boolean => begins.test(text) && !signedNumber.test(text);
