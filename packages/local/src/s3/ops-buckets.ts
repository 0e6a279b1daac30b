import { readText } from './body.ts';
import { limitOf, type Operation, xmlTime } from './context.ts';
import { invalidArgument, malformedXml, notServed, S3Error } from './errors.ts';
import { compareKeys } from './keys.ts';
import { OWNER_ID, REGION } from './model.ts';
import { childrenOf, el, parseXml, textOf, wrap, xmlDocument } from './xml.ts';

/** ListBuckets. */
export const listBuckets: Operation = ({ request, store }) => {
  const prefix = request.query.get('prefix') ?? '';
  const limit = limitOf(request.query.get('max-buckets'), 10_000);
  const token = request.query.get('continuation-token');
  if (limit === undefined || limit === 0) {
    throw invalidArgument('Argument max-buckets must be an integer between 1 and 10000', 'max-buckets');
  }
  const after = token === undefined ? '' : Buffer.from(token, 'base64url').toString('utf8');
  const names = [...store.buckets.keys()]
    .filter((name) => name.startsWith(prefix) && compareKeys(name, after) > 0)
    .sort(compareKeys);
  const shown = names.slice(0, limit);
  const buckets = shown.map((name) => {
    const bucket = store.bucket(name);
    return wrap(
      'Bucket',
      el('Name', name),
      el('CreationDate', xmlTime(bucket.createdMs)),
      el('BucketRegion', bucket.region),
    );
  });
  return {
    xml: xmlDocument(
      'ListAllMyBucketsResult',
      wrap('Owner', el('ID', OWNER_ID)),
      wrap('Buckets', ...buckets),
      names.length > shown.length
        ? el('ContinuationToken', Buffer.from(shown[shown.length - 1] as string).toString('base64url'))
        : '',
      request.query.has('prefix') ? el('Prefix', prefix) : '',
    ),
  };
};

/** CreateBucket. Making one's own bucket again succeeds in us-east-1, as it does there. */
export const createBucket: Operation = async ({ request, body, store }) => {
  const name = request.bucket as string;
  if (request.header('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true') throw notServed('Object Lock');
  const acl = request.header('x-amz-acl');
  if (acl !== undefined && acl !== 'private') throw notServed(`ACL ${acl}`);
  const hasBody = Number(request.header('content-length') ?? 0) > 0;
  const root = hasBody ? parseXml(await readText(body), 'CreateBucketConfiguration') : {};
  const region = textOf(root, 'LocationConstraint');
  if (childrenOf(root, 'Tags').length > 0) throw notServed('Tags in CreateBucket');
  if (region === REGION || (region !== undefined && !/^([a-z]{2}(-[a-z]+)+-\d|EU)$/.test(region))) {
    throw new S3Error(400, 'InvalidLocationConstraint', 'The specified location-constraint is not valid', {
      fields: { LocationConstraint: region },
    });
  }
  const existing = store.buckets.get(name);
  if (existing !== undefined && (existing.region !== REGION || region !== undefined)) {
    throw new S3Error(
      409,
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      { fields: { BucketName: name } },
    );
  }
  if (existing === undefined) store.createBucket(name, region);
  return { headers: { location: `/${name}`, 'x-amz-bucket-arn': `arn:aws:s3:::${name}` } };
};

/** HeadBucket. */
export const headBucket: Operation = ({ bucket }) => {
  const { name, region } = bucket();
  return {
    headers: {
      'content-type': 'application/xml',
      'x-amz-bucket-region': region,
      'x-amz-access-point-alias': 'false',
      'x-amz-bucket-arn': `arn:aws:s3:::${name}`,
    },
  };
};

/** DeleteBucket. */
export const deleteBucket: Operation = ({ request, store }) => {
  store.deleteBucket(request.bucket as string);
  return { status: 204 };
};

/** GetBucketLocation; us-east-1 is the empty text. */
export const getBucketLocation: Operation = ({ bucket }) => {
  const { region } = bucket();
  return { xml: xmlDocument('LocationConstraint', region === REGION ? '' : region) };
};

/** GetBucketVersioning. */
export const getBucketVersioning: Operation = ({ bucket }) => ({
  xml: xmlDocument('VersioningConfiguration', el('Status', bucket().versioning)),
});

/** PutBucketVersioning. */
export const putBucketVersioning: Operation = async ({ body, bucket }) => {
  bucket();
  const root = parseXml(await readText(body), 'VersioningConfiguration');
  if (textOf(root, 'MfaDelete') === 'Enabled') throw notServed('MFA delete');
  const status = textOf(root, 'Status');
  if (status === undefined) {
    throw new S3Error(400, 'IllegalVersioningConfigurationException', 'The Versioning element must be specified');
  }
  if (status !== 'Enabled' && status !== 'Suspended') throw malformedXml();
  bucket().versioning = status;
  return {};
};
