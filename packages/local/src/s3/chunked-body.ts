import { createHash } from 'node:crypto';
import { type Signed, signatureMismatch } from './auth.ts';
import { S3Error } from './errors.ts';
import { EMPTY_SHA256, hmacHex, sha256Hex } from './sigv4.ts';

/** Options of {@link decodeChunks}. */
export interface DecodeChunksOptions {
  /** Given for signed streaming: every chunk and the trailer are verified against it. */
  readonly signed?: Signed;
  /** Whether a trailer must follow the last chunk. */
  readonly trailer: boolean;
  /** Receives the trailer fields, names in lower case. */
  readonly onTrailer: (fields: ReadonlyMap<string, string>) => void;
}

const MAX_LINE_BYTES = 16 * 1024;

const incomplete = (): S3Error =>
  new S3Error(
    400,
    'IncompleteBody',
    'The request body terminated unexpectedly: an aws-chunked frame is missing or damaged',
  );

const malformedTrailer = (): S3Error =>
  new S3Error(
    400,
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  );

/**
 * Takes `aws-chunked` framing off a body.
 * AWS docs: "Signature calculations for the authorization header: transferring a payload in multiple chunks".
 * Throws `IncompleteBody`, `MalformedTrailerError`, `SignatureDoesNotMatch`.
 */
export async function* decodeChunks(
  source: AsyncIterable<Buffer>,
  { signed, trailer, onTrailer }: DecodeChunksOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let buffer: Buffer = Buffer.alloc(0);
  let previous = signed?.signature ?? '';

  const more = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done === true) return false;
    buffer = buffer.length === 0 ? next.value : Buffer.concat([buffer, next.value]);
    return true;
  };
  /** One line without its CRLF; undefined at the end of the body. */
  const line = async (): Promise<string | undefined> => {
    for (;;) {
      const at = buffer.indexOf('\r\n');
      if (at >= 0) {
        const text = buffer.toString('latin1', 0, at);
        buffer = buffer.subarray(at + 2);
        return text;
      }
      if (buffer.length > MAX_LINE_BYTES) throw incomplete();
      if (!(await more())) return undefined;
    }
  };

  for (;;) {
    const header = await line();
    if (header === undefined) throw incomplete();
    const [sizeText = '', ...extensions] = header.split(';');
    if (!/^[0-9a-f]{1,12}$/i.test(sizeText)) throw incomplete();
    let left = Number.parseInt(sizeText, 16);
    const last = left === 0;
    const hash = signed === undefined ? undefined : createHash('sha256');
    while (left > 0) {
      if (buffer.length === 0 && !(await more())) throw incomplete();
      const piece = buffer.subarray(0, left);
      buffer = buffer.subarray(piece.length);
      left -= piece.length;
      hash?.update(piece);
      yield piece;
    }
    if (signed !== undefined && hash !== undefined) {
      const given = extensions.find((e) => e.startsWith('chunk-signature='))?.slice(16);
      const text = `AWS4-HMAC-SHA256-PAYLOAD\n${signed.amzDate}\n${signed.scope}\n${previous}\n${EMPTY_SHA256}\n${hash.digest('hex')}`;
      const expected = hmacHex(signed.key, text);
      if (given !== expected) throw signatureMismatch({ StringToSign: text, SignatureProvided: given ?? '' });
      previous = expected;
    }
    if (last) break;
    if ((await line()) !== '') throw incomplete();
  }

  const fields = new Map<string, string>();
  let signedText = '';
  for (;;) {
    const text = await line();
    if (text === undefined || text === '') break;
    const at = text.indexOf(':');
    if (at < 0) throw malformedTrailer();
    const name = text.slice(0, at).trim().toLowerCase();
    const value = text.slice(at + 1).trim();
    fields.set(name, value);
    if (name !== 'x-amz-trailer-signature') signedText += `${name}:${value}\n`;
  }
  // Whatever follows belongs to no frame, but it has to be read for the connection to be used again.
  while (await more()) buffer = Buffer.alloc(0);
  if (trailer) {
    if (fields.size === 0) throw malformedTrailer();
    if (signed !== undefined) {
      const text = `AWS4-HMAC-SHA256-TRAILER\n${signed.amzDate}\n${signed.scope}\n${previous}\n${sha256Hex(signedText)}`;
      const given = fields.get('x-amz-trailer-signature') ?? '';
      if (given !== hmacHex(signed.key, text))
        throw signatureMismatch({ StringToSign: text, SignatureProvided: given });
    }
    onTrailer(fields);
  }
}
