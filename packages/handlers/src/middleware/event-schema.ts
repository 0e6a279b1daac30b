import type { MiddlewareObj } from '@middy/core';
import { Ajv, type Options } from 'ajv';
import { type EventCheck, eventCheck } from './event-check.ts';

export const ajvOptions: Options = { strict: true, strictRequired: false, allErrors: true };

/** Compiles the schema of an event. */
export const compileEventSchema = (schema: object): EventCheck => new Ajv(ajvOptions).compile(schema);

/**
 * Middleware that checks the event against a JSON Schema, compiled when the handler is made, never per call.
 *
 * @throws PipelineConfigError `EVENT_INVALID` naming the places, without values
 * @example
 * export const handler = middy<{ batchId: string }>()
 *   .use(eventSchema({ type: 'object', required: ['batchId'], properties: { batchId: { type: 'string' } } }))
 *   .handler(async ({ batchId }) => batchId);
 */
export const eventSchema = (schema: object): MiddlewareObj<unknown> => eventCheck(compileEventSchema(schema));
