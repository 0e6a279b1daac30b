import {
  createCheckedHandler,
  type HandlerOptions,
  type HandlerParts,
  type PipelineHandler,
} from './create-handler.ts';
import { compileEventSchema } from './middleware/event-schema.ts';

/**
 * Makes a handler of one library call: parse the event, build the run context, call, answer with pointers.
 *
 * @throws from a call: PipelineConfigError `EVENT_INVALID`; what `work` throws; PipelineDeadlineError `DEADLINE` when time runs out
 * @example
 * export const handler = createHandler(
 *   {
 *     name: 'audit',
 *     schema: { type: 'object', required: ['manifest'], properties: { manifest: { type: 'object' } } },
 *     work: async ({ manifest }: { manifest: ObjectRef }, run) => {
 *       const { rowCount } = await openManifest(store, manifest, run);
 *       return { rowCount };
 *     },
 *   },
 *   {},
 * );
 */
export const createHandler = <Event, Result>(
  { schema, ...parts }: Omit<HandlerParts<Event, Result>, 'check'> & { readonly schema: object },
  options: HandlerOptions,
): PipelineHandler<Event, Result> => createCheckedHandler({ ...parts, check: compileEventSchema(schema) }, options);
