import { queueSchema } from '../queue/queue-schema.ts';
import {
  archiveSchema,
  batchStepSchema,
  notifySchema,
  processSchema,
  replaySchema,
  scanSchema,
  splitSchema,
  statusEventSchema,
} from '../schemas.ts';

/** What the handlers check their events against, compiled in `event-checks.mjs`. */
export const eventSchemas: Readonly<Record<string, object>> = {
  archive: archiveSchema,
  batchStep: batchStepSchema,
  intake: { type: 'object' },
  notify: notifySchema,
  process: processSchema,
  queue: queueSchema,
  replay: replaySchema,
  scan: scanSchema,
  split: splitSchema,
  statusEvent: statusEventSchema,
};
