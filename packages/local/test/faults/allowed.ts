import { permissionOf } from './call-name.ts';

/** What each function may call, clean-up after a fault included; the permissions of a deployment allow no more. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  service: ['lambda:Invoke'],
  intake: ['states:StartExecution'],
  split: [
    's3:GetObject input',
    's3:HeadObject input',
    's3:GetObject manifest',
    's3:PutObject manifest',
    's3:PutObject chunks',
  ],
  process: [
    'dynamodb:BatchGetItem',
    'dynamodb:BatchWriteItem',
    'http:GET taxes',
    's3:GetObject manifest',
    's3:GetObject input',
    's3:GetObject results',
    's3:PutObject results',
    's3:GetObject rejects',
    's3:PutObject rejects',
    's3:PutObject processed',
    's3:CreateMultipartUpload processed',
    's3:UploadPart processed',
    's3:CompleteMultipartUpload processed',
    's3:AbortMultipartUpload processed',
    's3:HeadObject processed',
    's3:DeleteObject processed',
    's3:DeleteObject rejects',
    's3:DeleteObjects',
  ],
  resolve: [
    's3:GetObject amended',
    's3:GetObject chunks',
    's3:GetObject manifest',
    's3:GetObject results',
    's3:PutObject resolved',
  ],
  merge: [
    's3:GetObject amended',
    's3:GetObject chunks',
    's3:GetObject manifest',
    's3:GetObject resolved',
    's3:GetObject results',
    's3:GetObject processed',
    's3:GetObject rejects',
    's3:GetObject output',
    's3:HeadObject output',
    's3:PutObject output',
    's3:CreateMultipartUpload output',
    's3:UploadPart output',
    's3:UploadPartCopy output',
    's3:CompleteMultipartUpload output',
    's3:AbortMultipartUpload output',
  ],
  archive: ['s3:HeadObject input', 's3:HeadObject input_archive', 's3:CopyObject input_archive', 's3:DeleteObjects'],
  notify: [
    's3:GetObject output',
    's3:HeadObject output',
    's3:GetObject mail',
    's3:HeadObject mail',
    's3:PutObject mail',
    'ses:SendEmail',
  ],
  failure: [
    's3:HeadObject input',
    's3:HeadObject failed',
    's3:CopyObject failed',
    's3:GetObject mail',
    's3:HeadObject mail',
    's3:PutObject mail',
    'ses:SendEmail',
    'states:DescribeExecution',
    'states:ListExecutions',
    'states:ListMapRuns',
  ],
};

export const isAllowed = (call: string): boolean => {
  const [caller = '', ...rest] = permissionOf(call).split(' ');
  const permission = rest.join(' ');
  return (allowed[caller] ?? []).some((one) => permission === one || permission.startsWith(`${one} `));
};
