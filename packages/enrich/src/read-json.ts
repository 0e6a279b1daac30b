import { LookupKeyError } from './lookup.ts';

/** Reads a response to its end, so that its connection can be used again; `undefined` when it is longer than allowed. */
export const readBody = async (response: Response, maxBytes: number): Promise<Uint8Array | undefined> => {
  if (response.body === null) return new Uint8Array();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the body. Bytes are counted after decompression, so a small bomb counts in full.
  for await (const piece of response.body as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > maxBytes) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
};

const jsonType = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/** Parses JSON without properties named `__proto__`. @throws SyntaxError */
export const parseJson = (text: string): unknown =>
  // Only texts that may hold such a name pay for the reviver; `\u` may spell it.
  /__proto__|\\u/.test(text)
    ? JSON.parse(text, (name, value: unknown) => (name === '__proto__' ? undefined : value))
    : JSON.parse(text);

/**
 * Reads a JSON answer of at most `maxBytes`; whatever is wrong with it concerns this key only. Properties named
 * `__proto__` are dropped, so that merging the answer into another object cannot change that object's prototype.
 */
export const readJsonAnswer = async (
  response: Response,
  maxBytes: number,
): Promise<{ readonly body: unknown } | LookupKeyError> => {
  const bytes = await readBody(response, maxBytes);
  if (bytes === undefined) return new LookupKeyError(`the answer is longer than ${maxBytes} bytes`);
  if (!jsonType.test(response.headers.get('content-type') ?? ''))
    return new LookupKeyError('the answer does not say that it is JSON');
  try {
    return { body: parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return new LookupKeyError('the answer is not valid JSON');
  }
};
