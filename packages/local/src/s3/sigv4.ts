import { createHash, createHmac } from 'node:crypto';

/** Hex SHA-256 of no bytes. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Hex SHA-256. */
export const sha256Hex = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** Hex HMAC-SHA-256. */
export const hmacHex = (key: Buffer, text: string): string => createHmac('sha256', key).update(text).digest('hex');

/** Percent-encodes as Signature Version 4 wants it: everything but letters, digits and `-_.~`. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

const keys = new Map<string, Buffer>();

/** The key of one day, region and service; kept, since four HMACs for each request would be recomputed in vain. */
export function signingKey(secret: string, date: string, region: string, service: string): Buffer {
  const id = `${secret}\n${date}\n${region}\n${service}`;
  const known = keys.get(id);
  if (known !== undefined) return known;
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), 'aws4_request');
  if (keys.size >= 64) keys.clear();
  keys.set(id, key);
  return key;
}

/** What a signature covers. */
export interface CanonicalParts {
  readonly method: string;
  /** Path as it was sent; it is decoded and encoded again, part by part, since clients differ in what they leave bare. */
  readonly path: string;
  /** Decoded query pairs, without the signature itself. */
  readonly query: readonly (readonly [string, string])[];
  readonly signedHeaders: readonly string[];
  readonly header: (name: string) => string;
  readonly payloadHash: string;
}

/** The canonical request. AWS docs: "Create a signed AWS API request". */
export function canonicalRequest({ method, path, query, signedHeaders, header, payloadHash }: CanonicalParts): string {
  const uri = path
    .split('/')
    .map((part) => uriEncode(decodeURIComponent(part)))
    .join('/');
  const pairs = query.map(([k, v]) => `${uriEncode(k)}=${uriEncode(v)}`).sort();
  const headers = signedHeaders.map((name) => `${name}:${header(name).trim().replace(/ +/g, ' ')}\n`).join('');
  return `${method}\n${uri}\n${pairs.join('&')}\n${headers}\n${signedHeaders.join(';')}\n${payloadHash}`;
}

/** The string to sign of a canonical request. */
export function stringToSign(amzDate: string, scope: string, canonical: string): string {
  return `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256Hex(canonical)}`;
}
