import type { MiddlewareObj } from '@middy/core';
import validator from '@middy/validator';
import { PipelineConfigError } from '@pipeline/core';
import { Ajv, type ValidateFunction } from 'ajv';

/**
 * Middleware that checks the event against a JSON Schema, compiled when the handler is made, never per call.
 *
 * @throws PipelineConfigError `EVENT_INVALID` naming the places, without values
 * @example
 * export const handler = middy<{ batchId: string }>()
 *   .use(eventSchema({ type: 'object', required: ['batchId'], properties: { batchId: { type: 'string' } } }))
 *   .handler(async ({ batchId }) => batchId);
 */
export const eventSchema = (schema: object): MiddlewareObj<unknown> => {
  const compiled: ValidateFunction = new Ajv({ strict: true, strictRequired: false, allErrors: true }).compile(schema);
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
