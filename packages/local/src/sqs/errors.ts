import { ServiceError } from '../aws-json/service-error.ts';

/** A value that the API does not take. */
export const invalidParameter = (message: string): ServiceError =>
  new ServiceError('InvalidParameterValueException', message, { queryCode: 'InvalidParameterValue' });

/** A parameter out of its range, in SQS's own words. */
export const outOfRange = (name: string, value: unknown, reason: string): ServiceError =>
  invalidParameter(`Value ${String(value)} for parameter ${name} is invalid. Reason: ${reason}`);

export const missingParameter = (name: string): ServiceError =>
  new ServiceError('MissingRequiredParameterException', `The request must contain the parameter ${name}.`, {
    queryCode: 'MissingParameter',
  });

export const noSuchQueue = (): ServiceError =>
  new ServiceError('QueueDoesNotExist', 'The specified queue does not exist.', {
    queryCode: 'AWS.SimpleQueueService.NonExistentQueue',
  });

export const unknownAttribute = (name: string): ServiceError =>
  new ServiceError('InvalidAttributeName', `Unknown Attribute ${name}.`);

export const noSuchResource = (message: string): ServiceError =>
  new ServiceError('ResourceNotFoundException', message, { status: 404, queryCode: 'ResourceNotFoundException' });

/** An error of a batch as a whole. */
export const batchError = (code: string, message: string): ServiceError =>
  new ServiceError(code, message, { queryCode: `AWS.SimpleQueueService.${code}` });
