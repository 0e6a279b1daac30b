import { ServiceError } from '../../aws-json/service-error.ts';

/** An event pattern that EventBridge does not take. */
export const invalidPattern = (reason: string): ServiceError =>
  new ServiceError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
