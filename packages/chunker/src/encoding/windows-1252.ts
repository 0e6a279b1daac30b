/** The bytes to which Windows-1252 gives no character. */
export const undefinedBytes: readonly number[] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/** The characters of bytes 0x80 to 0x9F; the others are those of ISO-8859-1. */
const upper = '€\uFFFD‚ƒ„…†‡ˆ‰Š‹Œ\uFFFDŽ\uFFFD\uFFFD‘’“”•–—˜™š›œ\uFFFDžŸ';

/** Byte → UTF-16LE unit. Copied from little-endian bytes, so that its numbers are laid out as such on every host. */
const units = new Uint16Array(256);
for (let byte = 0; byte < 256; byte++) {
  const text = byte >= 0x80 && byte <= 0x9f ? upper[byte - 0x80]! : String.fromCharCode(byte);
  Buffer.from(units.buffer).write(text, 2 * byte, 'utf16le');
}

/**
 * Makes UTF-16LE of Windows-1252, U+FFFD of the undefined bytes; the next call overwrites the result, since new memory for
 * every piece costs up to half the speed. The Encoding Standard makes C1 controls of the undefined bytes, which hides that
 * the text is another encoding's. `TextDecoder` will not do: many releases of Node 22 to 24 read Windows-1252 as ISO-8859-1
 * (https://github.com/nodejs/node/issues/56542).
 * Mapping: https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT
 */
export const createWindows1252Widener = (): ((bytes: Uint8Array) => Buffer) => {
  let memory = new Uint16Array(0);
  return (bytes) => {
    if (memory.length < bytes.length) memory = new Uint16Array(bytes.length);
    const widened = memory;
    for (let at = 0; at < bytes.length; at++) widened[at] = units[bytes[at]!]!;
    return Buffer.from(widened.buffer, 0, 2 * bytes.length);
  };
};
