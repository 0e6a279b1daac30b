import type { MiddlewareObj } from '@middy/core';
import validator from '@middy/validator';
import { PipelineConfigError } from '@pipeline/core';
import type { ErrorObject } from 'ajv';

/** A compiled schema: says whether an event fits and keeps what it found wrong. */
export interface EventCheck {
  (event: unknown): boolean;
  errors?: readonly ErrorObject[] | null;
}

/**
 * Middleware that checks the event by a schema that is compiled already.
 *
 * @throws PipelineConfigError `EVENT_INVALID` naming the places, without values
 */
export const eventCheck = (compiled: EventCheck): MiddlewareObj<unknown> => {
  const check = validator({ eventSchema: compiled as never }).before;
  return {
    before: (request) => {
      try {
        check?.(request as never);
      } catch (cause) {
        const reason = (compiled.errors ?? [])
          .slice(0, 5)
          .map((error) => `${error.instancePath || 'event'} ${error.message}`)
          .join('; ');
        throw new PipelineConfigError('EVENT_INVALID', { reason }, { cause });
      }
    },
  };
};
