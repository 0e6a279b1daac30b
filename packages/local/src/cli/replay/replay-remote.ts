import { randomUUID } from 'node:crypto';
import { createRunContext, formatRef, readBytes } from '@pipeline/core';
import { latestRevision, openBatch, replay } from '@pipeline/merge';
import { runStage } from '../../run-app/run-stage.ts';
import { runUnique } from '../../run-app/settings.ts';
import { openRemoteBatch, readObjectUri } from '../batch-folder/remote-batch.ts';
import { exitCodes } from '../exit-codes.ts';
import { listenForInterrupt } from '../interrupt.ts';
import type { ReplayCall } from './replay-command.ts';
import { replayText } from './replay-text.ts';

/** Replays into a batch in S3. */
export const replayRemote = async (call: ReplayCall): Promise<number> => {
  const { batchId, store, locations } = openRemoteBatch(call.batch);
  const interrupt = listenForInterrupt();
  const run = createRunContext({ signal: interrupt.signal, attempt: randomUUID() });
  try {
    const where = { store, locations, run };
    const { manifest } = await openBatch(batchId, where);
    const before = await latestRevision(manifest, where);
    const { schema, columns, output, read, onWritten } = call;
    const report = await replay(manifest, readObjectUri('the mended file', call.mended), {
      ...output,
      ...(columns === undefined ? {} : { columns }),
      ...where,
      stage: runStage(schema === undefined ? {} : { schema }, store),
      unique: runUnique(call),
      read,
      onWritten,
    });
    const { bucket, key } = report.report;
    process.stdout.write(
      call.json
        ? Buffer.from(await readBytes(store, { bucket, key })).toString()
        : replayText(report, {
            folder: formatRef({ bucket, key }).replace(/\/[^/]*$/, ''),
            isNew: report.revision > before,
          }),
    );
    return exitCodes.done;
  } catch (error) {
    interrupt.signal.throwIfAborted();
    throw error;
  } finally {
    interrupt.dispose();
  }
};
