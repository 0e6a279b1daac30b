import type { ScanDialect } from '../scan/dialect-bytes.ts';
import {
  CLOSED_CR,
  COMMENT,
  ESCAPED,
  FIELD_START,
  QUOTE_IN_QUOTED,
  QUOTED,
  type ScanState,
  UNQUOTED,
} from '../scan/states.ts';

/** Like `FIELD_START`, where the field is a record's first: only there can a comment begin. */
export const RECORD_START = 7;

/** Every state that a source in this dialect can be in between two of its bytes. */
export const startStates = ({ quote, escape: mark = quote, comment, loneCr }: ScanDialect): readonly ScanState[] => [
  FIELD_START,
  UNQUOTED,
  ...(quote === '' ? [] : [QUOTED, QUOTE_IN_QUOTED]),
  ...(quote === '' || loneCr === true ? [] : [CLOSED_CR]),
  ...(quote === '' || mark === quote ? [] : [ESCAPED]),
  ...(comment === undefined || comment === '' ? [] : [COMMENT, RECORD_START]),
];
