/** An error as a state machine sees it: a name that Retry and Catch match, and a cause. */
export class StateError extends Error {
  readonly error: string | undefined;
  readonly causeText: string | undefined;

  constructor(error: string | undefined, causeText: string | undefined) {
    super(causeText ?? error ?? 'failed');
    this.name = 'StateError';
    this.error = error;
    this.causeText = causeText;
  }
}

/**
 * A fault in evaluating a state (a path that leads nowhere, a value of the wrong type). The runner adds where it
 * happened and makes it a `States.Runtime`, which no Retry or Catch matches, or the given name.
 */
export class RuntimeFault extends Error {
  readonly error: string;

  constructor(message: string, error = 'States.Runtime') {
    super(message);
    this.name = 'RuntimeFault';
    this.error = error;
  }
}

/** Why work was cut short. */
export type CancelReason =
  | { readonly kind: 'aborted'; readonly error?: string; readonly cause?: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'sibling-failed' }
  | { readonly kind: 'closed' };

/** Thrown at a waiting point when its execution, branch or task was cancelled. */
export class Cancelled extends Error {
  readonly reason: CancelReason;

  constructor(reason: CancelReason) {
    super(reason.kind);
    this.name = 'Cancelled';
    this.reason = reason;
  }
}
