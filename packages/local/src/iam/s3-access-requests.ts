import { XMLParser } from 'fast-xml-parser';
import type { ServiceCall } from './access-requests.ts';
import type { AccessRequest } from './policy.ts';

const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name === 'Object' });

const objectArn = (path: string): string => `arn:aws:s3:::${decodeURIComponent(path)}`;

/** Reading and removing a version has an action of its own. */
const withVersion = (action: string, version: string | null | undefined): string =>
  version === null || version === undefined || version === '' ? action : `${action}Version`;

/** What `x-amz-copy-source` names. */
export const copySourceOf = (
  header: string,
): { readonly bucket: string; readonly key: string; readonly versionId?: string } => {
  const [path = '', query] = header.replace(/^\//, '').split('?');
  const versionId = new URLSearchParams(query).get('versionId');
  const [, bucket = '', key = ''] = /^([^/]*)\/(.*)$/s.exec(decodeURIComponent(path)) ?? [];
  return { bucket, key, ...(versionId === null ? {} : { versionId }) };
};

/** Tags go along unless they are replaced: who copies has to read those of the source and to write those of the target. */
const copyRequests = (header: string, target: string, withTags: boolean): readonly AccessRequest[] => {
  const { bucket, key, versionId } = copySourceOf(header);
  const resource = `arn:aws:s3:::${bucket}/${key}`;
  const reading = { action: withVersion('s3:GetObject', versionId), resource };
  if (!withTags) return [reading];
  const action = versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging';
  return [reading, { action, resource }, { action: 's3:PutObjectTagging', resource: target }];
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
export const s3AccessRequests = ({
  method,
  url,
  headers,
  body,
  status,
  sourceIsTagged,
}: ServiceCall): readonly AccessRequest[] => {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const path = pathname.slice(1);
  const bucket = path.split('/')[0]!;
  const list: AccessRequest = { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` };
  if (searchParams.has('delete')) return removals(bucket, body);
  if (path === bucket || path === `${bucket}/`) {
    if (method === 'GET' && searchParams.has('list-type')) return [list];
    if (method === 'GET' && searchParams.has('tagging')) return [{ ...list, action: 's3:GetBucketTagging' }];
    if (method === 'GET' && searchParams.has('versions')) return [{ ...list, action: 's3:ListBucketVersions' }];
    throw new Error(`the call ${method} ${url} of S3 is not known here`);
  }
  const resource = objectArn(path);
  const source = headers['x-amz-copy-source'];
  const ofUpload = searchParams.has('uploadId') || searchParams.has('uploads');
  const withTags = !ofUpload && sourceIsTagged === true && headers['x-amz-tagging-directive'] !== 'REPLACE';
  const sources = source === undefined ? [] : copyRequests(String(source), resource, withTags);
  if (ofUpload) return [{ action: uploadActions[method] ?? method, resource }, ...sources];
  if (method === 'PUT') return [{ action: 's3:PutObject', resource }, ...sources];
  const action = withVersion(objectActions[method] ?? method, searchParams.get('versionId'));
  // That something is missing is told only to those who may list.
  return [{ action, resource }, ...(status === 404 ? [list] : [])];
};
