// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html

/** Largest payload of a synchronous invocation. */
export const MAX_REQUEST_BYTES = 6 * 1024 * 1024;
/** Largest payload of an asynchronous invocation. */
export const MAX_EVENT_BYTES = 1024 * 1024;
/** Largest answer; the 100 bytes above 6 MiB are AWS's. */
export const MAX_RESPONSE_BYTES = 6_291_556;
export const MAX_TIMEOUT_MS = 900_000;
/** What Lambda gives the initialisation before it counts against the timeout. */
export const INIT_TIMEOUT_MS = 10_000;
export const LOG_TAIL_BYTES = 4096;
