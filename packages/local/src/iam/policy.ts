/** A policy document, as far as it is evaluated. */
export interface PolicyDocument {
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

/** One statement of a policy. */
export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  /** Operator to context key to values, such as `{ StringEquals: { 'ses:FromAddress': 'a@example.com' } }`. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What somebody wants to do. */
export interface AccessRequest {
  /** Service and action, such as `s3:GetObject`. */
  readonly action: string;
  /** ARN of what is acted on. */
  readonly resource: string;
  /** Values of condition keys. @default {} */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** Allowed, or why not. */
export type Decision = 'allowed' | 'denied' | 'not granted';
