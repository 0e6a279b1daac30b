import type { CsvEncoding } from '@pipeline/core';
import { replaceInvalidUtf8 } from './replace-invalid-utf8.ts';
import { createTranscoder } from './transcode.ts';

/**
 * Bytes of any encoding as well-formed UTF-8, U+FFFD for what is no text in it (`firstInvalid` tells beforehand). A byte
 * order mark stays. The result may share the bytes' memory.
 *
 * @example
 * toUtf8(Buffer.from('größe\n', 'latin1'), 'iso-8859-1').toString(); // 'größe\n'
 */
export const toUtf8 = (bytes: Uint8Array, encoding: CsvEncoding): Buffer => {
  if (encoding === 'utf-8') return replaceInvalidUtf8(bytes);
  const transcoder = createTranscoder(encoding);
  const text = transcoder.push(bytes).bytes;
  const rest = transcoder.end().bytes;
  return rest.length === 0 ? text : Buffer.concat([text, rest]);
};
