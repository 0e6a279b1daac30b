import type { Operation } from './context.ts';
import { accessDenied, notServed, S3Error } from './errors.ts';
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  getBucketVersioning,
  headBucket,
  listBuckets,
  putBucketVersioning,
} from './ops-buckets.ts';
import { copyObject } from './ops-copy.ts';
import { deleteObjects } from './ops-delete-many.ts';
import { listObjects, listObjectsV2 } from './ops-list.ts';
import { listMultipartUploads, listParts } from './ops-list-multipart.ts';
import { listObjectVersions } from './ops-list-versions.ts';
import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload } from './ops-multipart.ts';
import { deleteObject, getObject, headObject, putObject } from './ops-objects.ts';
import { uploadPart, uploadPartCopy } from './ops-parts.ts';
import {
  deleteBucketTagging,
  deleteObjectTagging,
  getBucketTagging,
  getObjectTagging,
  putBucketTagging,
  putObjectTagging,
} from './ops-tagging.ts';
import type { S3Request } from './request.ts';

/** Query parameters that make a request another operation, and what follows the verb in the operation's name. */
const OBJECT_SUBRESOURCES: Record<string, string> = {
  acl: 'ObjectAcl',
  annotation: 'ObjectAnnotation',
  attributes: 'ObjectAttributes',
  encryption: 'ObjectEncryption',
  'legal-hold': 'ObjectLegalHold',
  renameObject: 'ObjectRename',
  restore: 'ObjectRestore',
  retention: 'ObjectRetention',
  select: 'ObjectContent (select)',
  torrent: 'ObjectTorrent',
};
const BUCKET_SUBRESOURCES: Record<string, string> = {
  abac: 'BucketAbac',
  accelerate: 'BucketAccelerateConfiguration',
  acl: 'BucketAcl',
  analytics: 'BucketAnalyticsConfiguration',
  cors: 'BucketCors',
  encryption: 'BucketEncryption',
  'intelligent-tiering': 'BucketIntelligentTieringConfiguration',
  inventory: 'BucketInventoryConfiguration',
  lifecycle: 'BucketLifecycleConfiguration',
  logging: 'BucketLogging',
  metadataConfiguration: 'BucketMetadataConfiguration',
  metadataTable: 'BucketMetadataTableConfiguration',
  metrics: 'BucketMetricsConfiguration',
  notification: 'BucketNotificationConfiguration',
  'object-lock': 'ObjectLockConfiguration',
  ownershipControls: 'BucketOwnershipControls',
  policy: 'BucketPolicy',
  policyStatus: 'BucketPolicyStatus',
  publicAccessBlock: 'PublicAccessBlock',
  replication: 'BucketReplication',
  requestPayment: 'BucketRequestPayment',
  session: 'Session',
  website: 'BucketWebsite',
};
const VERBS: Record<string, string> = { GET: 'Get', HEAD: 'Head', PUT: 'Put', POST: 'Post', DELETE: 'Delete' };

function refuseSubresource(request: S3Request, names: Record<string, string>): void {
  for (const name of request.query.keys()) {
    const what = Object.hasOwn(names, name) ? names[name] : undefined;
    if (what !== undefined) throw notServed(`${VERBS[request.method] ?? request.method}${what}`);
  }
}

const badMethod = (request: S3Request): S3Error =>
  new S3Error(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    fields: { Method: request.method, ResourceType: request.key === undefined ? 'BUCKET' : 'OBJECT' },
  });

/** The operation that a request means. Throws `NotImplemented` with the name of one that is not served, `MethodNotAllowed`. */
export function route(request: S3Request): Operation {
  if (request.method === 'OPTIONS') {
    throw accessDenied('CORSResponse: CORS is not enabled for this bucket.');
  }
  if (request.bucket === undefined) {
    if (request.method === 'GET') return listBuckets;
    throw badMethod(request);
  }
  return request.key === undefined ? routeBucket(request) : routeObject(request);
}

function routeBucket(request: S3Request): Operation {
  const { query, method } = request;
  refuseSubresource(request, BUCKET_SUBRESOURCES);
  switch (method) {
    case 'GET':
      if (query.has('location')) return getBucketLocation;
      if (query.has('versioning')) return getBucketVersioning;
      if (query.has('tagging')) return getBucketTagging;
      if (query.has('versions')) return listObjectVersions;
      if (query.has('uploads')) return listMultipartUploads;
      return query.get('list-type') === '2' ? listObjectsV2 : listObjects;
    case 'HEAD':
      return headBucket;
    case 'PUT':
      if (query.has('tagging')) return putBucketTagging;
      return query.has('versioning') ? putBucketVersioning : createBucket;
    case 'DELETE':
      return query.has('tagging') ? deleteBucketTagging : deleteBucket;
    case 'POST':
      if (query.has('delete')) return deleteObjects;
      throw notServed('PostObject (browser form upload)');
    default:
      throw badMethod(request);
  }
}

function routeObject(request: S3Request): Operation {
  const { query, method } = request;
  refuseSubresource(request, OBJECT_SUBRESOURCES);
  const copies = request.header('x-amz-copy-source') !== undefined;
  switch (method) {
    case 'GET':
      if (query.has('tagging')) return getObjectTagging;
      return query.has('uploadId') ? listParts : getObject;
    case 'HEAD':
      return headObject;
    case 'PUT':
      if (query.has('tagging')) return putObjectTagging;
      if (query.has('uploadId') || query.has('partNumber')) return copies ? uploadPartCopy : uploadPart;
      if (query.has('append')) throw notServed('Appending to objects');
      return copies ? copyObject : putObject;
    case 'DELETE':
      if (query.has('tagging')) return deleteObjectTagging;
      return query.has('uploadId') ? abortMultipartUpload : deleteObject;
    case 'POST':
      if (query.has('uploads')) return createMultipartUpload;
      if (query.has('uploadId')) return completeMultipartUpload;
      throw badMethod(request);
    default:
      throw badMethod(request);
  }
}
