import { type ErrorCode, formatMessage, type MessageParams } from './messages.ts';

const brand = Symbol.for('@pipeline/core/PipelineError');

/** What an error carries beside its code and parameters. */
export interface PipelineErrorOptions {
  /** The error that led to this one. @default none */
  readonly cause?: unknown;
  /** A BCP 47 tag for the message. @default 'en' */
  readonly locale?: string;
}

/**
 * Base of every error the packages throw. `name` says what to do (Step Functions matches it), `code` what happened;
 * the message begins with the code, since only name, message and stack leave a Lambda.
 * Recognise it with `PipelineError.is`, which also works across copies of the package.
 */
export abstract class PipelineError extends Error {
  readonly code: ErrorCode;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;
  readonly [brand] = true;

  constructor(code: ErrorCode, retryable: boolean, params: MessageParams, options: PipelineErrorOptions) {
    super(
      `${code}: ${formatMessage(code, params, options.locale)}`,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.code = code;
    this.retryable = retryable;
    this.details = params;
  }

  static is(error: unknown): error is PipelineError {
    return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[brand] === true;
  }
}

// Names are literals on the prototype's instances: `new.target.name` becomes one letter after a user minifies.

/** A setting, rule or event is wrong; the same call will fail again. */
export class PipelineConfigError extends PipelineError {
  override readonly name: string = 'PipelineConfigError';
  constructor(
    code: 'CONFIG_INVALID' | 'RULE_INVALID' | 'EVENT_INVALID',
    params: MessageParams,
    options: PipelineErrorOptions = {},
  ) {
    super(code, false, params, options);
  }
}

/** The input object is missing, changed or not readable as what it claims to be. */
export class PipelineSourceError extends PipelineError {
  override readonly name: string = 'PipelineSourceError';
  constructor(
    code:
      | 'SOURCE_NOT_FOUND'
      | 'SOURCE_CHANGED'
      | 'SOURCE_EMPTY'
      | 'SOURCE_FORBIDDEN'
      | 'CSV_BAD_HEADER'
      | 'CSV_ROW_TOO_LARGE'
      | 'CSV_UNCLOSED_QUOTE'
      | 'CSV_BAD_ENCODING'
      | 'CSV_BAD_RECORD'
      | 'CSV_UNCERTAIN'
      | 'SOURCE_CORRUPT'
      | 'SOURCE_BOMB'
      | 'SOURCE_UNSUPPORTED'
      | 'CHUNK_MISMATCH'
      | 'BATCH_NOT_FOUND'
      | 'REPLAY_REFUSED',
    params: MessageParams,
    options: PipelineErrorOptions = {},
  ) {
    super(code, false, params, options);
  }
}

/** More rows are wrong, or repeated, than the batch allows, or a rule itself is. */
export class PipelineRejectLimitError extends PipelineError {
  override readonly name: string = 'PipelineRejectLimitError';
  constructor(
    code: 'REJECT_LIMIT' | 'ROWS_REPEATED' | 'RULE_BROKEN',
    params: MessageParams,
    options: PipelineErrorOptions = {},
  ) {
    super(code, false, params, options);
  }
}

/** A look-up's source failed or refused for now; the chunk can be tried again. */
export class PipelineLookupError extends PipelineError {
  override readonly name: string = 'PipelineLookupError';
  constructor(
    code: 'LOOKUP_FAILED' | 'LOOKUP_THROTTLED' | 'LOOKUP_INCOMPLETE' | 'LOOKUP_OPEN',
    params: MessageParams,
    options: PipelineErrorOptions = {},
  ) {
    super(code, true, params, options);
  }
}

/** A look-up said no in a way that another try does not change: a missing key under policy `fail`, a refused request. */
export class PipelineLookupRefusedError extends PipelineError {
  override readonly name: string = 'PipelineLookupRefusedError';
  constructor(
    code: 'LOOKUP_KEY_MISSING' | 'LOOKUP_REFUSED',
    params: MessageParams,
    options: PipelineErrorOptions = {},
  ) {
    super(code, false, params, options);
  }
}

/** Results do not add up to the plan: missing, doubled, altered. */
export class PipelineMergeError extends PipelineError {
  override readonly name: string = 'PipelineMergeError';
  constructor(
    code: 'MERGE_INCOMPLETE' | 'MERGE_MISMATCH' | 'MERGE_TOO_LARGE',
    params: MessageParams,
    options: PipelineErrorOptions = {},
  ) {
    super(code, false, params, options);
  }
}

/** The time set aside for the work ran out; it can go on where it stopped or be tried again. */
export class PipelineDeadlineError extends PipelineError {
  override readonly name: string = 'PipelineDeadlineError';
  constructor(code: 'DEADLINE', params: MessageParams, options: PipelineErrorOptions = {}) {
    super(code, true, params, options);
  }
}

/** The object store failed, stalled or answered nonsense for longer than retries last. */
export class PipelineStorageError extends PipelineError {
  override readonly name: string = 'PipelineStorageError';
  constructor(
    code: 'STORAGE_FAILED' | 'STORAGE_STALLED' | 'STORAGE_MISMATCH',
    params: MessageParams,
    options: PipelineErrorOptions = {},
  ) {
    super(code, true, params, options);
  }
}

/** A mail, reject record or other delivery could not be made. */
export class PipelineDeliveryError extends PipelineError {
  override readonly name: string = 'PipelineDeliveryError';
  constructor(code: 'DELIVERY_FAILED', params: MessageParams, options: PipelineErrorOptions = {}) {
    super(code, true, params, options);
  }
}
