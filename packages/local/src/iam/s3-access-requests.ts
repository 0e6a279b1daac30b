import { XMLParser } from 'fast-xml-parser';
import type { ServiceCall } from './access-requests.ts';
import type { AccessRequest } from './policy.ts';

const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name === 'Object' });

const objectArn = (path: string): string => `arn:aws:s3:::${decodeURIComponent(path)}`;

/** Reading and removing a version has an action of its own. */
const withVersion = (action: string, version: string | null | undefined): string =>
  version === null || version === undefined || version === '' ? action : `${action}Version`;

const sourceOf = (header: string): AccessRequest => {
  const [path = '', query] = header.replace(/^\//, '').split('?');
  return {
    action: withVersion('s3:GetObject', new URLSearchParams(query).get('versionId')),
    resource: objectArn(path),
  };
};

const removals = (bucket: string, body: string): readonly AccessRequest[] => {
  const { Delete } = parser.parse(body) as { Delete: { Object: readonly { Key: string; VersionId?: string }[] } };
  return Delete.Object.map(({ Key, VersionId }) => ({
    action: withVersion('s3:DeleteObject', VersionId),
    resource: `arn:aws:s3:::${bucket}/${Key}`,
  }));
};

/** How methods act on a whole object. */
const objectActions: Readonly<Record<string, string>> = {
  GET: 's3:GetObject',
  HEAD: 's3:GetObject',
  DELETE: 's3:DeleteObject',
};

/** How methods act on an upload of parts. */
const uploadActions: Readonly<Record<string, string>> = {
  GET: 's3:ListMultipartUploadParts',
  DELETE: 's3:AbortMultipartUpload',
  PUT: 's3:PutObject',
  POST: 's3:PutObject',
};

/**
 * Actions of S3's calls, with paths that begin with the bucket:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
export const s3AccessRequests = ({ method, url, headers, body, status }: ServiceCall): readonly AccessRequest[] => {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const path = pathname.slice(1);
  const bucket = path.split('/')[0]!;
  const list: AccessRequest = { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` };
  if (searchParams.has('delete')) return removals(bucket, body);
  if (path === bucket || path === `${bucket}/`) {
    if (method === 'GET' && searchParams.has('list-type')) return [list];
    throw new Error(`the call ${method} ${url} of S3 is not known here`);
  }
  const resource = objectArn(path);
  const source = headers['x-amz-copy-source'];
  const sources = source === undefined ? [] : [sourceOf(String(source))];
  if (searchParams.has('uploadId') || searchParams.has('uploads'))
    return [{ action: uploadActions[method] ?? method, resource }, ...sources];
  if (method === 'PUT') return [{ action: 's3:PutObject', resource }, ...sources];
  const action = withVersion(objectActions[method] ?? method, searchParams.get('versionId'));
  // That something is missing is told only to those who may list.
  return [{ action, resource }, ...(status === 404 ? [list] : [])];
};
