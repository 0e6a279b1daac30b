import type { CsvEncoding } from '@pipeline/core';

/**
 * Bytes of one code unit, the least that the encoding writes for a character: a source offset in UTF-16 is twice the number
 * of units before it.
 *
 * @example
 * unitBytes('utf-16le'); // 2
 */
export const unitBytes = (encoding: CsvEncoding): 1 | 2 => (encoding === 'utf-16le' || encoding === 'utf-16be' ? 2 : 1);
