/** An issue key in its parts, and how many rows have it. */
export interface IssueRow {
  readonly key: string;
  readonly code: string;
  readonly rule: string;
  /** Empty where the whole row is meant. */
  readonly column: string;
  readonly rows: number;
}

/** `code|rule|column` → count, most frequent first. */
export const issueRows = (counts: Readonly<Record<string, number>>): readonly IssueRow[] =>
  Object.entries(counts)
    .map(([key, rows]) => {
      const [code = '', rule = '', ...column] = key.split('|');
      return { key, code, rule, column: column.join('|'), rows };
    })
    .sort((a, b) => b.rows - a.rows || (a.key < b.key ? -1 : 1));

/** What the keywords of a JSON Schema mean to people who never saw one. */
const keywords: Readonly<Record<string, string>> = {
  additionalProperties: 'is a column that is not expected',
  const: 'is not the value that is expected',
  enum: 'is not one of the allowed values',
  exclusiveMaximum: 'is too large',
  exclusiveMinimum: 'is too small',
  format: 'does not have the expected format',
  maxLength: 'is too long',
  maximum: 'is too large',
  minLength: 'is empty or too short',
  minimum: 'is too small',
  multipleOf: 'is not a multiple of what is expected',
  pattern: 'does not have the expected form',
  required: 'is missing',
  type: 'is not of the expected type',
};

const codes: Readonly<Record<string, string>> = {
  ROW_FIELD_COUNT: 'has more or fewer fields than the header',
  ROW_BAD_QUOTE: 'has a quote that is not closed as it should be',
  ROW_STRAY_QUOTE: 'has a quote where none may be',
  ROW_ENCODING: 'has bytes that are no text in the encoding of the file',
  ROW_NUL: 'has a NUL character',
  ROW_FIELD_TOO_LARGE: 'has a value that is larger than allowed',
  ROW_TOO_MANY_FIELDS: 'has more fields than allowed',
  ROW_DUPLICATE: 'repeats an earlier row',
  RULE_TYPE: 'is not of the expected type',
  RULE_THREW: 'could not be checked: the rule failed on it',
  LOOKUP_MISSING: 'is not known to the look-up',
  LOOKUP_KEY_FAILED: 'could not be looked up',
};

/** Says what is wrong in words that hold no row content, from code and rule alone. */
export const explainIssue = ({ code, rule }: Pick<IssueRow, 'code' | 'rule'>): string =>
  (code === 'RULE_FAILED' && Object.hasOwn(keywords, rule) ? keywords[rule] : undefined) ??
  (Object.hasOwn(codes, code) ? codes[code] : undefined) ??
  'breaks a rule';
