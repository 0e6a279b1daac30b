import { quote } from './rule-error.ts';

/** What ajv tells about one failure; the parts that reasons are built from. */
export interface Failure {
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** What is known of the field that failed. */
export interface FieldFacts {
  /** The row has the column, so a missing value means that its field is empty. */
  readonly present: boolean;
}

const count = (value: unknown, noun: string): string => `${value} ${noun}${value === 1 ? '' : 's'}`;

const formats: Readonly<Record<string, string>> = {
  date: 'a date (YYYY-MM-DD)',
  time: 'a time with zone (hh:mm:ssZ)',
  'date-time': 'a date and time with zone (YYYY-MM-DDThh:mm:ssZ)',
  'iso-time': 'a time (hh:mm:ss)',
  'iso-date-time': 'a date and time (YYYY-MM-DDThh:mm:ss)',
  duration: 'an ISO 8601 duration',
  email: 'an email address',
  hostname: 'a host name',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  uri: 'an absolute URI',
  url: 'a URL',
  uuid: 'a UUID',
  regex: 'a regular expression',
  int32: 'a 32-bit integer',
  int64: 'a 64-bit integer',
};

const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);

const maxListed = 10;

const listed = (values: readonly unknown[]): string => {
  const shown = values.slice(0, maxListed).map(allowed).join(', ');
  return values.length > maxListed ? `${shown} and ${values.length - maxListed} more` : shown;
};

const allowed = (value: unknown): string => (value === null ? 'empty' : quote(value));

type Reason = (params: Failure['params'], facts: FieldFacts) => string;

const missing: Reason = (_, { present }) => (present ? 'must not be empty' : 'is missing');
const dependent: Reason = (p, facts) => `${missing(p, facts)} when column ${quote(p.property)} is filled`;
const unknownColumn: Reason = () => 'is not a column that the rule allows';

const reasons: Readonly<Record<string, Reason>> = {
  minLength: (p) => `must have at least ${count(p.limit, 'character')}`,
  maxLength: (p) => `must have at most ${count(p.limit, 'character')}`,
  pattern: (p) => `must match the pattern ${cut(String(p.pattern))}`,
  format: (p) => `must be ${formats[String(p.format)] ?? `a valid ${p.format}`}`,
  minimum: (p) => `must be at least ${p.limit}`,
  maximum: (p) => `must be at most ${p.limit}`,
  exclusiveMinimum: (p) => `must be more than ${p.limit}`,
  exclusiveMaximum: (p) => `must be less than ${p.limit}`,
  multipleOf: (p) => `must be a multiple of ${p.multipleOf}`,
  enum: (p) => `must be one of ${listed(p.allowedValues as unknown[])}`,
  const: (p) => `must be ${allowed(p.allowedValue)}`,
  required: missing,
  dependentRequired: dependent,
  dependencies: dependent,
  additionalProperties: unknownColumn,
  unevaluatedProperties: unknownColumn,
  'false schema': () => 'must be empty',
  minProperties: (p) => `must have at least ${count(p.limit, 'filled column')}`,
  maxProperties: (p) => `must have at most ${count(p.limit, 'filled column')}`,
  not: () => 'must not be what the rule excludes',
  propertyNames: () => 'has a column name that the rule does not allow',
};

/** Says in English what a value must be; built from the schema alone, never from the value. */
export const reasonOf = (failure: Failure, facts: FieldFacts): string =>
  reasons[failure.keyword]?.(failure.params, facts) ?? failure.message ?? `fails ${failure.keyword}`;

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  null: 'empty',
  object: 'an object',
  array: 'an array',
};

/** Names kinds of value: `an integer or empty`. */
export const expectedKinds = (names: Iterable<string>): string =>
  [...new Set(names)].map((name) => kinds[name] ?? name).join(' or ');
