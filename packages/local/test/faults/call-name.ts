import type { IncomingMessage } from 'node:http';
import { s3Operation } from '../e2e/support/service-calls.ts';

export type Service = 's3' | 'dynamodb' | 'ses' | 'states' | 'http';

/** A key without what differs from run to run: bucket, batch, version and attempt. */
const placeOf = ({ pathname, searchParams }: URL): string =>
  decodeURIComponent(pathname)
    .replace(/^\/[^/]+\/?/, '')
    .replace(/^((?:input|input_archive|failed)\/).*/, '$1')
    .replace(/^batches\/[^/]+\//, '')
    .replace(/^((?:processed|rejects|sidecars)\/\d+)\..*/, '$1')
    .replace(/\.(jsonl?|csv|html)$/, '') +
  (searchParams.has('partNumber') ? `/part-${searchParams.get('partNumber')}` : '');

/** What a request asks for: `s3:PutObject/results/0000003`, `dynamodb:BatchGetItem`. */
export const operationOf = (service: Service, request: IncomingMessage): string => {
  const url = new URL(request.url ?? '/', 'http://local');
  if (service === 's3') return `s3:${s3Operation(request, url)}/${placeOf(url)}`.replace(/\/$/, '');
  if (service === 'ses') return 'ses:SendEmail';
  if (service === 'http') return `http:${request.method}${url.pathname}`;
  return `${service}:${String(request.headers['x-amz-target']).split('.')[1]}`;
};

/** Numbers calls of the same kind: `process-3/s3:PutObject/results/0000003/1`. */
export const createNames = () => {
  const seen = new Map<string, number>();
  return (caller: string, operation: string): string => {
    const kind = `${caller}/${operation}`;
    const nth = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, nth);
    return `${kind}/${nth}`;
  };
};

/** `process-3/s3:PutObject/results/0000003/1` is `s3:PutObject` in the table. */
export const kindOf = (call: string): string => call.split('/')[1]!;

/** The same without numbers of chunks and calls, to be held against what is allowed: `process s3:PutObject results`. */
export const permissionOf = (call: string): string => {
  const [caller = '', operation = '', ...place] = call.split('/').slice(0, -1);
  const where = place.filter((part) => !/^(\d+|part-\d+)$/.test(part)).slice(0, 1);
  return [caller.replace(/-\d+$/, ''), operation, ...where].join(' ');
};
