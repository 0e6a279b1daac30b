import { accessRequestsOf, type ServiceCall } from '@pipeline/local';
import { expect, test } from 'vitest';

const place = { region: 'eu-west-1', accountId: '111122223333' };
const call = (parts: Partial<ServiceCall>): ServiceCall => ({
  service: 's3',
  method: 'GET',
  url: '/',
  headers: {},
  body: '',
  status: 200,
  ...parts,
});
const asked = (parts: Partial<ServiceCall>): readonly string[] =>
  accessRequestsOf(call(parts), place).map(({ action, resource }) => `${action} ${resource}`);

test.each([
  ['GET', '/b/in/a%20b.csv?x-id=GetObject', {}, 200, ['s3:GetObject arn:aws:s3:::b/in/a b.csv']],
  ['HEAD', '/b/k?versionId=v1', {}, 200, ['s3:GetObjectVersion arn:aws:s3:::b/k']],
  ['HEAD', '/b/k', {}, 404, ['s3:GetObject arn:aws:s3:::b/k', 's3:ListBucket arn:aws:s3:::b']],
  ['PUT', '/b/k', {}, 200, ['s3:PutObject arn:aws:s3:::b/k']],
  [
    'PUT',
    '/b/k',
    { 'x-amz-copy-source': 's/o%2B?versionId=7' },
    200,
    ['s3:PutObject arn:aws:s3:::b/k', 's3:GetObjectVersion arn:aws:s3:::s/o+'],
  ],
  [
    'PUT',
    '/b/k?partNumber=1&uploadId=u',
    { 'x-amz-copy-source': '/s/o' },
    200,
    ['s3:PutObject arn:aws:s3:::b/k', 's3:GetObject arn:aws:s3:::s/o'],
  ],
  ['POST', '/b/k?uploads', {}, 200, ['s3:PutObject arn:aws:s3:::b/k']],
  ['POST', '/b/k?uploadId=u', {}, 200, ['s3:PutObject arn:aws:s3:::b/k']],
  ['DELETE', '/b/k?uploadId=u', {}, 204, ['s3:AbortMultipartUpload arn:aws:s3:::b/k']],
  ['DELETE', '/b/k', {}, 204, ['s3:DeleteObject arn:aws:s3:::b/k']],
  ['GET', '/b?list-type=2&prefix=in', {}, 200, ['s3:ListBucket arn:aws:s3:::b']],
] as const)('%s %s asks for its actions', (method, url, headers, status, expected) => {
  expect(asked({ method, url, headers, status })).toEqual(expected);
});

test('a copy takes tags along, unless they are replaced or the copy is a part', () => {
  const tagged = (url: string, headers: object = {}) =>
    asked({
      ...{ method: 'PUT', url, sourceIsTagged: true },
      headers: { 'x-amz-copy-source': 's/o?versionId=7', ...headers },
    }).slice(2);
  expect(tagged('/b/k')).toEqual([
    's3:GetObjectVersionTagging arn:aws:s3:::s/o',
    's3:PutObjectTagging arn:aws:s3:::b/k',
  ]);
  expect(tagged('/b/k', { 'x-amz-copy-source': '/s/o' })[0]).toBe('s3:GetObjectTagging arn:aws:s3:::s/o');
  expect(tagged('/b/k', { 'x-amz-tagging-directive': 'REPLACE' })).toEqual([]);
  expect(tagged('/b/k?partNumber=1&uploadId=u')).toEqual([]);
});

test('the versions and tags of a bucket are asked for by actions of their own', () => {
  expect(asked({ url: '/b?tagging' })).toEqual(['s3:GetBucketTagging arn:aws:s3:::b']);
  expect(asked({ url: '/b?versions' })).toEqual(['s3:ListBucketVersions arn:aws:s3:::b']);
});

test('removing many asks for each', () => {
  const body =
    '<Delete><Object><Key>a&amp;b</Key></Object><Object><Key>1</Key><VersionId>v</VersionId></Object></Delete>';
  expect(asked({ method: 'POST', url: '/b?delete', body })).toEqual([
    's3:DeleteObject arn:aws:s3:::b/a&b',
    's3:DeleteObjectVersion arn:aws:s3:::b/1',
  ]);
});

test('the other services say in the body what is acted on', () => {
  const json = (service: ServiceCall['service'], target: string, body: object) =>
    asked({ service, method: 'POST', headers: { 'x-amz-target': target }, body: JSON.stringify(body) });
  expect(json('dynamodb', 'DynamoDB_20120810.BatchGetItem', { RequestItems: { t: {}, u: {} } })).toEqual([
    'dynamodb:BatchGetItem arn:aws:dynamodb:eu-west-1:111122223333:table/t',
    'dynamodb:BatchGetItem arn:aws:dynamodb:eu-west-1:111122223333:table/u',
  ]);
  expect(json('states', 'AWSStepFunctions.ListExecutions', { mapRunArn: 'arn:m' })).toEqual([
    'states:ListExecutions arn:m',
  ]);
});

test('a call that is not known is refused, not guessed', () => {
  expect(() => asked({ url: '/b?acl' })).toThrow(/not known/);
  expect(() => asked({ service: 'ses', method: 'GET', url: '/v2/email/identities' })).toThrow(/not known/);
});
