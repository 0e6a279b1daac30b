/** What is wrong with a row. `code` says what kind of check failed, `rule` which one. */
export interface RowIssue {
  readonly code: IssueCode;
  /** The rule that failed: a JSON Schema keyword, the name of a custom rule, the name of a look-up. */
  readonly rule: string;
  /** Absent where the whole row is wrong. */
  readonly column?: string;
  /** The offending text, cut to 200 characters or to what the rule says. Data, not for logs. */
  readonly value?: string;
  /** Built from the catalogue; never contains the value. */
  readonly message: string;
  /** What to do about it, where that can be said. Built from the catalogue; never contains the value. */
  readonly hint?: string;
  /** A `warning` lets the row pass and is counted. */
  readonly severity: 'error' | 'warning';
}

/** What kind of check a row failed: `ROW_…` its form, `RULE_…` a rule, `LOOKUP_…` a look-up. */
export type IssueCode =
  | 'ROW_FIELD_COUNT'
  | 'ROW_BAD_QUOTE'
  | 'ROW_STRAY_QUOTE'
  | 'ROW_ENCODING'
  | 'ROW_NUL'
  | 'ROW_FIELD_TOO_LARGE'
  | 'ROW_TOO_MANY_FIELDS'
  | 'ROW_DUPLICATE'
  | 'RULE_FAILED'
  | 'RULE_TYPE'
  | 'RULE_CUSTOM'
  | 'RULE_THREW'
  | 'LOOKUP_MISSING'
  | 'LOOKUP_KEY_FAILED'
  | 'LOOKUP_UNANSWERED';

/** A row that does not go to the output: where it stood, its bytes as they came, and all its issues. */
export interface RowReject {
  /** 1-based data row in the source. */
  readonly rowNumber: number;
  /** Offset in the source of the record's first byte. */
  readonly byteOffset: number;
  /** The record without its newline: its text in UTF-8, or its bytes as they came where they are no text. */
  readonly raw: Uint8Array;
  /** The record's own newline: empty at the end of a file that has none. @default not told */
  readonly newline?: Uint8Array;
  readonly issues: readonly RowIssue[];
}
