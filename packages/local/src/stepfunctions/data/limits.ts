import { StateError } from './errors.ts';

/** Bytes (UTF-8) that a state, task or execution input or output may have: 256 KiB. */
export const MAX_PAYLOAD_BYTES = 262_144;

/** Events that a Standard execution's history may hold. */
export const MAX_HISTORY_EVENTS = 25_000;

/** Whether a text is longer than 256 KiB in UTF-8. */
export function exceedsLimit(text: string, limitBytes = MAX_PAYLOAD_BYTES): boolean {
  // A UTF-16 unit is one to three bytes of UTF-8, so most texts need no count.
  if (text.length > limitBytes) return true;
  return text.length * 3 > limitBytes && Buffer.byteLength(text) > limitBytes;
}

/**
 * Fails with `States.DataLimitExceeded` when a result is longer than 256 KiB.
 *
 * @throws StateError
 */
export function assertWithinLimit(text: string, producer: string): void {
  if (exceedsLimit(text)) {
    throw new StateError(
      'States.DataLimitExceeded',
      `The state/task '${producer}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    );
  }
}
