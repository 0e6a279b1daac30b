import { invalidArgument, invalidRange, invalidRequest } from './errors.ts';

/** The half-open range `[start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A `Range` header as S3 reads it: several ranges and nonsense count as no range. Throws `InvalidRange`. */
export function parseRange(header: string | undefined, size: number): Span | undefined {
  if (header === undefined) return undefined;
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '') {
    const suffix = Number(last);
    if (suffix === 0 || size === 0) throw invalidRange(header, size);
    return { start: Math.max(size - suffix, 0), end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) throw invalidRange(header, size);
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

/** Largest source of one copy, and largest part, in bytes. */
export const MAX_COPY_BYTES = 5 * 1024 ** 3;
/** Smallest part but the last one, in bytes. */
export const MIN_PART_BYTES = 5 * 1024 ** 2;

/**
 * The range of an UploadPartCopy. Throws `InvalidArgument` and `InvalidRequest`.
 * A source of 5 MiB or less has no ranges: AWS documents "only if the source object is greater than 5 MB".
 */
export function parseCopyRange(header: string | undefined, size: number): Span {
  if (header === undefined) return { start: 0, end: size };
  const name = 'x-amz-copy-source-range';
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  const first = Number(match?.[1]);
  const last = Number(match?.[2]);
  if (match === null || last < first) {
    throw invalidArgument(
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      name,
      header,
    );
  }
  if (first >= size) throw invalidRequest('The specified copy range is invalid for the source object size');
  if (last >= size) {
    throw invalidArgument(`Range specified is not valid for source object of size: ${size}`, name, header);
  }
  if (size <= MIN_PART_BYTES) {
    throw invalidRequest('The specified copy source is not supported as a byte-range copy source');
  }
  return { start: first, end: last + 1 };
}
