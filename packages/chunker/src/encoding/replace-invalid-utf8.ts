import { isUtf8 } from 'node:buffer';
import { bufferView } from './buffer-view.ts';

/** A mark is text like any other here: without `ignoreBOM` the decoder would drop it. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Well-formed UTF-8 from bytes that should be: U+FFFD for each sequence that could not go on, as browsers do. The result
 * shares the bytes' memory if they are well-formed already.
 * Rule: https://encoding.spec.whatwg.org/#utf-8-decoder
 *
 * @example
 * replaceInvalidUtf8(Buffer.from('größe', 'latin1')).toString(); // 'gr\uFFFD\uFFFDe'
 */
export const replaceInvalidUtf8 = (bytes: Uint8Array): Buffer =>
  isUtf8(bytes) ? bufferView(bytes) : Buffer.from(decoder.decode(bytes));
