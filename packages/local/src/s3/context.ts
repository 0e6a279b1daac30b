import type { BlobStore, Segment } from './blobs.ts';
import type { IncomingBody } from './body.ts';
import type { Bucket } from './model.ts';
import type { Caller, ObjectStore } from './object-store.ts';
import type { S3Request } from './request.ts';

/** What an operation works with. */
export interface Context {
  readonly request: S3Request;
  readonly body: IncomingBody;
  readonly store: ObjectStore;
  readonly blobs: BlobStore;
  readonly caller: Caller;
  /** Where the client reached this server, for `Location` elements. */
  readonly origin: string;
  /** The bucket of the request. Throws `NoSuchBucket`. */
  bucket(): Bucket;
  /** The key of the request; empty for operations on buckets. */
  readonly key: string;
}

/** What an operation answers. */
export interface Reply {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** An XML document. */
  readonly xml?: string;
  /** Object bytes; the operation has retained them and the server releases them. */
  readonly segments?: readonly Segment[];
}

/** One operation of the S3 API. */
export type Operation = (context: Context) => Reply | Promise<Reply>;

/** ISO 8601 in whole seconds, as S3 writes times into XML. */
export const xmlTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}.000Z`;

/** A number from the query between 0 and a limit. */
export function limitOf(text: string | undefined, limit: number): number | undefined {
  if (text === undefined || text === '') return limit;
  if (!/^\d{1,10}$/.test(text)) return undefined;
  return Math.min(Number(text), limit);
}
