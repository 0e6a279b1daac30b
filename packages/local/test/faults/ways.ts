/** The ways in which a call to the outside can fail, each of them once. */
export const ways = [
  'no-reply',
  '500',
  '503',
  'reset-before',
  'reset-in-body',
  'stall',
  'applied-but-error',
  'crash-before',
  'crash-after',
  'duplicate',
] as const;

export type Way = (typeof ways)[number];

/** One call of a job, and how it fails. */
export interface Fault {
  /** As `callName` names it. */
  readonly call: string;
  readonly way: Way;
}

/**
 * Whether a call can fail in a way. SES knows no idempotency: a request that the network itself doubles is two mails, whoever
 * sends it; so that is not among what is promised.
 */
export const applies = (call: string, way: Way): boolean => !(way === 'duplicate' && call.includes('/ses:'));
