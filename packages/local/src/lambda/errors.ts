/** Names of the errors that the Lambda service answers with. */
export type LambdaServiceErrorName =
  | 'InvalidParameterValueException'
  | 'InvalidRequestContentException'
  | 'RequestTooLargeException'
  | 'ResourceNotFoundException'
  | 'ServiceException'
  | 'TooManyRequestsException'
  | 'UnsupportedOperationException';

/**
 * The Lambda service refuses a request; a function that fails is an `InvokeResponse` instead.
 * Names and status codes: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
 */
export class LambdaServiceError extends Error {
  override readonly name: LambdaServiceErrorName;
  readonly statusCode: number;
  readonly reason: string | undefined;

  constructor(name: LambdaServiceErrorName, statusCode: number, message: string, reason?: string) {
    super(message);
    this.name = name;
    this.statusCode = statusCode;
    this.reason = reason;
  }
}

export const functionNotFound = (arn: string): LambdaServiceError =>
  new LambdaServiceError('ResourceNotFoundException', 404, `Function not found: ${arn}`);

export const throttled = (): LambdaServiceError =>
  new LambdaServiceError(
    'TooManyRequestsException',
    429,
    'Rate Exceeded.',
    'ReservedFunctionConcurrentInvocationLimitExceeded',
  );

export const requestTooLarge = (limitBytes: number): LambdaServiceError =>
  new LambdaServiceError(
    'RequestTooLargeException',
    413,
    `Request must be smaller than ${limitBytes} bytes for the InvokeFunction operation`,
  );
