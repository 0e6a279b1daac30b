import type { IncomingMessage } from 'node:http';
import { S3Error } from './errors.ts';

/** A request, taken apart. */
export interface S3Request {
  readonly message: IncomingMessage;
  readonly method: string;
  /** Path as it was sent, which is what signatures cover. */
  readonly path: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly query: ReadonlyMap<string, string>;
  readonly queryPairs: readonly (readonly [string, string])[];
  /** A header, or for presigned requests the `x-amz-` query parameter that stands for it. */
  header(name: string): string | undefined;
  /** All `x-amz-meta-` entries without their prefix. */
  metadata(): Record<string, string>;
  readonly requestId: string;
}

function decode(text: string): string {
  try {
    return text.includes('%') ? decodeURIComponent(text) : text;
  } catch {
    throw new S3Error(400, 'InvalidURI', "Couldn't parse the specified URI.", { fields: { URI: text } });
  }
}

/** Query pairs; an unescaped `+` is a space. */
function parseQuery(text: string): [string, string][] {
  if (text === '') return [];
  const pairs: [string, string][] = [];
  for (const part of text.replaceAll('+', '%20').split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    pairs.push(at < 0 ? [decode(part), ''] : [decode(part.slice(0, at)), decode(part.slice(at + 1))]);
  }
  return pairs;
}

/** The bucket of a virtual-host-style name: `bucket.localhost`, `bucket.s3.localhost`, `bucket.s3.<region>.localhost`. */
export function bucketOfHost(host: string | undefined): string | undefined {
  if (host === undefined) return undefined;
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (!name.endsWith('.localhost')) return undefined;
  const labels = name.slice(0, -'.localhost'.length);
  const bucket = labels.replace(/(^|\.)s3(\.[a-z]{2}(-[a-z]+)+-\d)?$/, '');
  return bucket === '' ? undefined : bucket;
}

// The JavaScript presigner puts the checksum of an empty body into the link; S3 ignores checksums in the query.
const NOT_FROM_QUERY = /^x-amz-(checksum-(?!mode|type|algorithm)|sdk-checksum-algorithm)/;

/** Takes a request apart. Throws `InvalidURI`. */
export function parseRequest(message: IncomingMessage, requestId: string): S3Request {
  const target = message.url ?? '/';
  const mark = target.indexOf('?');
  const rawPath = mark < 0 ? target : target.slice(0, mark);
  const queryPairs = parseQuery(mark < 0 ? '' : target.slice(mark + 1));
  const query = new Map(queryPairs);

  let bucket = bucketOfHost(message.headers.host);
  let key: string;
  if (bucket !== undefined) {
    key = decode(rawPath.slice(1));
  } else {
    // Split before decoding, so that an encoded slash stays in the part where it was written.
    const slash = rawPath.indexOf('/', 1);
    bucket = decode(slash < 0 ? rawPath.slice(1) : rawPath.slice(1, slash));
    key = slash < 0 ? '' : decode(rawPath.slice(slash + 1));
  }

  const fromQuery = new Map<string, string>();
  if (query.has('X-Amz-Signature')) {
    for (const [name, value] of queryPairs) {
      const lower = name.toLowerCase();
      if (lower.startsWith('x-amz-') && !NOT_FROM_QUERY.test(lower)) fromQuery.set(lower, value);
    }
  }
  const { headers } = message;
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return (typeof value === 'string' ? value : value?.join(',')) ?? fromQuery.get(name);
  };

  return {
    message,
    method: message.method ?? 'GET',
    path: rawPath,
    query,
    queryPairs,
    requestId,
    header,
    ...(bucket === '' ? {} : { bucket }),
    ...(key === '' ? {} : { key }),
    metadata() {
      const found: Record<string, string> = {};
      for (const [name, value] of fromQuery) if (name.startsWith('x-amz-meta-')) found[name.slice(11)] = value;
      for (const name in headers) if (name.startsWith('x-amz-meta-')) found[name.slice(11)] = header(name) as string;
      return found;
    },
  };
}
