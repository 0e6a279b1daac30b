// What the scanner can be in the middle of between two bytes. The kernel knows the first four by these numbers.

/** A field begins. */
export const FIELD_START = 0;
export const UNQUOTED = 1;
export const QUOTED = 2;
/** Behind a quote in a quoted field: the closing one, or the first of a doubled pair. */
export const QUOTE_IN_QUOTED = 3;
/** Behind a CR that follows a closing quote. */
export const CLOSED_CR = 4;
/** Behind an escape character that is not the quote, in a quoted field. */
export const ESCAPED = 5;
export const COMMENT = 6;

/** One of the states above. */
export type ScanState = number;

/** The states as people read them, for proofs and errors. */
export const stateNames = [
  'at the start of a field',
  'inside an unquoted field',
  'inside a quoted field',
  'behind a quote in a quoted field',
  'behind a closing quote and CR',
  'behind an escape character',
  'inside a comment',
] as const;

/** A quote stands inside an unquoted field: a literal byte. */
export const STRAY_QUOTE = 1;
/** Bytes stand between a closing quote and the next delimiter: the record is a reject. */
export const BAD_QUOTE = 2;
/** Not a record but a line of comment. */
export const COMMENT_LINE = 4;
