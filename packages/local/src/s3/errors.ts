/** Extra elements of an error answer, such as `BucketName` or `Condition`. */
export type ErrorFields = Readonly<Record<string, string | number | undefined>>;

/** Options of an {@link S3Error}. */
export interface S3ErrorOptions {
  readonly fields?: ErrorFields;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error that S3 answers with: `code` and `status` as documented under "Error responses" of the S3 API reference. */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  readonly code: string;
  readonly status: number;
  readonly fields: ErrorFields;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, { fields = {}, headers = {} }: S3ErrorOptions = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.fields = fields;
    this.headers = headers;
  }
}

export const noSuchBucket = (bucket: string): S3Error =>
  new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist', { fields: { BucketName: bucket } });

export const noSuchKey = (key: string, headers: Record<string, string> = {}): S3Error =>
  new S3Error(404, 'NoSuchKey', 'The specified key does not exist.', { fields: { Key: key }, headers });

export const noSuchVersion = (key: string, versionId: string): S3Error =>
  new S3Error(404, 'NoSuchVersion', 'The specified version does not exist.', {
    fields: { Key: key, VersionId: versionId },
  });

export const noSuchUpload = (uploadId: string): S3Error =>
  new S3Error(
    404,
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { fields: { UploadId: uploadId } },
  );

export const invalidArgument = (message: string, name: string, value?: string): S3Error =>
  new S3Error(400, 'InvalidArgument', message, { fields: { ArgumentName: name, ArgumentValue: value } });

export const invalidRequest = (message: string): S3Error => new S3Error(400, 'InvalidRequest', message);

export const malformedXml = (): S3Error =>
  new S3Error(
    400,
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );

export const preconditionFailed = (condition: string): S3Error =>
  new S3Error(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    fields: { Condition: condition },
  });

export const accessDenied = (message = 'Access Denied', fields: ErrorFields = {}): S3Error =>
  new S3Error(403, 'AccessDenied', message, { fields });

/** What this server leaves out is refused by name, so that no test passes on a pretended success. */
export const notServed = (what: string): S3Error =>
  new S3Error(501, 'NotImplemented', `${what} is not implemented by this local S3 server.`);

export const headerNotImplemented = (header: string, additionalMessage?: string): S3Error =>
  new S3Error(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented', {
    fields: { Header: header, additionalMessage },
  });

export const invalidRange = (requested: string, size: number): S3Error =>
  new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable', {
    fields: { RangeRequested: requested, ActualObjectSize: size },
    headers: { 'content-range': `bytes */${size}` },
  });

export const methodNotAllowed = (method: string, resourceType: string, headers: Record<string, string>): S3Error =>
  new S3Error(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    fields: { Method: method, ResourceType: resourceType },
    headers,
  });
