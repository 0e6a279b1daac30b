import type { IncomingMessage } from 'node:http';

/** Where SDK clients look for the addresses of the services that the pipeline calls. */
export const endpointVariables = {
  AWS_ENDPOINT_URL_S3: 's3',
  AWS_ENDPOINT_URL_DYNAMODB: 'dynamodb',
  AWS_ENDPOINT_URL_SESV2: 'ses',
  AWS_ENDPOINT_URL_SFN: 'states',
} as const;
export type EndpointVariable = keyof typeof endpointVariables;

/** The S3 action of a request, by method, parameters and headers. */
export const s3Operation = ({ method = '', headers }: IncomingMessage, { searchParams, pathname }: URL): string => {
  const copied = headers['x-amz-copy-source'] !== undefined;
  const isObject = pathname.split('/').length > 2 && !pathname.endsWith('/');
  if (searchParams.has('uploads')) return method === 'POST' ? 'CreateMultipartUpload' : 'ListMultipartUploads';
  if (searchParams.has('partNumber')) return copied ? 'UploadPartCopy' : 'UploadPart';
  if (searchParams.has('uploadId'))
    return { POST: 'CompleteMultipartUpload', DELETE: 'AbortMultipartUpload' }[method] ?? 'ListParts';
  if (searchParams.has('delete')) return 'DeleteObjects';
  if (!isObject) return `${method} bucket ${[...searchParams.keys()].join('&')}`;
  if (method === 'PUT') return copied ? 'CopyObject' : 'PutObject';
  return { GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }[method] ?? method;
};
