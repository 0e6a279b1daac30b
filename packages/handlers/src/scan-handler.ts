import { runScanTask } from '@pipeline/chunker';
import type { ObjectStore } from '@pipeline/core';
import { createCheckedHandler, type HandlerOptions, type PipelineHandler } from './create-handler.ts';
import { scanCheck } from './events/event-checks.mjs';
import type { PipelineLocations } from './locations.ts';
import type { ScanInput, ScanOutput } from './state.ts';

/** Where the batches lie. */
export interface ScanHandlerOptions extends HandlerOptions {
  /** Where the batches lie. */
  readonly store: ObjectStore;
  /** Where everything has its place; `oneBucket` gives the usual layout. */
  readonly locations: PipelineLocations;
}

/**
 * The scanner: scans one range of a very large upload for the splitter. Done again it writes the same.
 *
 * @throws from a call: PipelineConfigError `EVENT_INVALID`; as `runScanTask` does
 * @example
 * export const handler = createScanHandler({ store: s3Store(new S3Client()), locations: oneBucket('orders') });
 */
export const createScanHandler = (options: ScanHandlerOptions): PipelineHandler<ScanInput, ScanOutput> => {
  const { store, locations } = options;
  return createCheckedHandler<ScanInput, ScanOutput>(
    {
      name: 'scan',
      check: scanCheck,
      work: async ({ task, planNumber = 1 }, run) => {
        await runScanTask(task, { store, locations, planNumber, run });
        return { index: task.index };
      },
    },
    options,
  );
};
