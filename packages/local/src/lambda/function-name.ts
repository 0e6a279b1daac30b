import { LambdaServiceError } from './errors.ts';

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const REFERENCE =
  /^(?:(?:arn:aws[a-z-]*:lambda:[a-z0-9-]+:)?(?:\d{12}:)?function:)?([A-Za-z0-9_-]{1,64})(?::([$A-Za-z0-9_-]+))?$/;

/** Whether a function may be called so. */
export const isFunctionName = (name: string): boolean => NAME.test(name);

/**
 * The plain name in a name, partial ARN or ARN.
 * @throws LambdaServiceError for anything else, and for a version or alias other than `$LATEST`: there are none here.
 */
export const parseFunctionName = (reference: string): string => {
  const match = REFERENCE.exec(reference);
  if (match === null) {
    throw new LambdaServiceError(
      'InvalidParameterValueException',
      400,
      `FunctionName must be a name, partial ARN or ARN, got '${reference}'`,
    );
  }
  if (match[2] !== undefined && match[2] !== '$LATEST') {
    throw new LambdaServiceError('ResourceNotFoundException', 404, `Function not found: ${reference}`);
  }
  return match[1]!;
};
