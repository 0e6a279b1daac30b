import {
  type CsvRecord,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  type PrefixRef,
  type RunContext,
  type Stage,
} from '@pipeline/core';
import { batchOfMended, openBatch, type ReplayOptions, readReport, replay } from '@pipeline/merge';
import { createCheckedHandler, type HandlerOptions, type PipelineHandler } from './create-handler.ts';
import { replayCheck } from './events/event-checks.mjs';
import { type IncomingObject, isIgnored, readIntakeEvent } from './intake-events.ts';
import { isWithin, type PipelineLocations } from './locations.ts';
import type { MakeLink } from './mail/links.ts';
import type { Notifier } from './mail/notifier.ts';
import { notify } from './notify.ts';
import type { RejectSink } from './reject-sink.ts';
import { tellRefused } from './replay/tell-refused.ts';
import { tellSink } from './replay/tell-sink.ts';
import { type RenderPage, writePage } from './report/write-page.ts';
import { checkSettings, outputSettings } from './settings.ts';
import type { BatchSettings, ReplayInput, ReplayOutput } from './state.ts';

/** What happens to mended rows, where batches and mended files lie, and who is told. */
export interface ReplayHandlerOptions
  extends HandlerOptions,
    Pick<ReplayOptions, 'onWritten' | 'reducers' | 'batchRows' | 'unique'> {
  /** What happened to the rows of the batch: the stage of the process handler. */
  readonly stage: Stage<CsvRecord, unknown>;
  /** Where the batches lie. */
  readonly store: ObjectStore;
  /** Where everything has its place; `oneBucket` gives the usual layout. */
  readonly locations: PipelineLocations;
  /** Settings of the batches, as of the intake; those of a call go before them. @default {} */
  readonly settings?: BatchSettings;
  /** Below it, mended files are uploaded; uploads elsewhere are left alone. @default none: only direct calls */
  readonly mended?: PrefixRef;
  /** Where the process handler puts rejects beside S3: what a replay has mended is taken out. @default nowhere */
  readonly rejectSink?: RejectSink;
  /** Makes `report.html` of the new revision; `false` for none. @default renderReport, with the memory of this function */
  readonly page?: RenderPage | false;
  /**
   * Tells people of a replay that an upload made, and of one that another try cannot save; a state machine and the failure
   * handler do that themselves. @default nobody
   */
  readonly mail?: { readonly notifier: Notifier; readonly link: MakeLink };
}

/** What became of each part of an upload event. */
export interface ReplayUploadsOutput {
  readonly replayed: readonly ReplayOutput[];
  /** Why each part that replays nothing was left alone. */
  readonly ignored: readonly string[];
  /** For SQS with `ReportBatchItemFailures`: only these messages come again. */
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * Replays mended rejects: called with `{ batchId, rejects }`, or by the upload of a mended file, which says its batch itself.
 * When time runs short, a direct call answers `{ done: false }` and is made again; an upload's event comes again. Either way
 * the chunks that were made are not made again.
 *
 * @throws from a call: PipelineConfigError `EVENT_INVALID`; as `replay` does; PipelineDeadlineError `DEADLINE` when time ended
 * before a chunk was made
 * @example
 * export const handler = createReplayHandler({ stage: order, store, locations: oneBucket('orders') });
 */
export const createReplayHandler = (
  options: ReplayHandlerOptions,
): PipelineHandler<unknown, ReplayOutput | ReplayUploadsOutput> => {
  const {
    stage,
    store,
    locations,
    mended,
    mail,
    onWritten,
    reducers,
    batchRows,
    rejectSink,
    page,
    unique = [],
  } = options;
  const always = checkSettings(options.settings ?? {});
  const replayOne = async (
    { batchId, rejects, settings }: ReplayInput,
    run: RunContext,
    memoryMb: number,
  ): Promise<ReplayOutput> => {
    const { manifest } = await openBatch(batchId, { store, locations, run });
    const whole = await replay(manifest, rejects, {
      ...outputSettings({ ...always, ...settings }),
      store,
      locations,
      stage,
      unique,
      run,
      ...(onWritten === undefined ? {} : { onWritten }),
      ...(reducers === undefined ? {} : { reducers }),
      ...(batchRows === undefined ? {} : { batchRows }),
      ...(rejectSink === undefined ? {} : { onReplayed: (changed) => tellSink(rejectSink, changed, { store, run }) }),
    });
    if (page !== false)
      await writePage(whole, { store, locations, run, memoryMb, ...(page === undefined ? {} : { page }) });
    const { report, revision, rowsRead, rowsWritten, rowsRejected } = whole;
    return { done: true, batchId, revision, report, rowsRead, rowsWritten, rowsRejected };
  };

  const direct = async (input: ReplayInput, run: RunContext, memoryMb: number): Promise<ReplayOutput> => {
    let made = 0;
    const observe: RunContext['observe'] = (event) => {
      if (event.type === 'replay.chunk') made++;
      run.observe(event);
    };
    try {
      return await replayOne(input, { ...run, observe }, memoryMb);
    } catch (error) {
      if (made === 0 || !PipelineError.is(error) || error.code !== 'DEADLINE') throw error;
      const nothing = { revision: null, report: null, rowsRead: null, rowsWritten: null, rowsRejected: null };
      return { done: false, batchId: input.batchId, ...nothing };
    }
  };

  const upload = async (item: IncomingObject, run: RunContext, memoryMb: number): Promise<ReplayOutput | string> => {
    const { bucket, key, versionId, etag } = item;
    if (key.endsWith('/')) return 'folder marker';
    if (mended === undefined || !isWithin(item, mended)) return 'outside the prefix of mended files';
    const rejects: ObjectRef = {
      bucket,
      key,
      ...(versionId === undefined ? {} : { versionId }),
      ...(etag === undefined ? {} : { etag }),
    };
    const batchId = await batchOfMended(rejects, { store, run, like: always });
    if (batchId === undefined) return 'no mended rejects';
    const own = { ...run, batchId };
    const replayed = await replayOne({ batchId, rejects }, own, memoryMb).catch(async (error: unknown) => {
      if (mail !== undefined)
        await tellRefused(error, { batchId, rejects }, mail.notifier, { store, locations, run: own });
      throw error;
    });
    if (mail !== undefined && replayed.report !== null) {
      const report = await readReport(store, { report: replayed.report }, run);
      if (report.replay !== undefined) await notify(report, { store, locations, ...mail, run });
    }
    return replayed;
  };

  const uploads = async (event: unknown, run: RunContext, memoryMb: number): Promise<ReplayUploadsOutput> => {
    const replayed: ReplayOutput[] = [];
    const ignored: string[] = [];
    const failures = new Set<string>();
    for (const item of readIntakeEvent(event)) {
      if (isIgnored(item)) {
        ignored.push(item.reason);
        continue;
      }
      try {
        const done = await upload(item, run, memoryMb);
        if (typeof done === 'string') ignored.push(done);
        else replayed.push(done);
      } catch (error) {
        if (item.messageId === undefined) throw error;
        failures.add(item.messageId);
        run.observe({ type: 'replay.failed', messageId: item.messageId, error: (error as Error).name });
      }
    }
    return { replayed, ignored, batchItemFailures: [...failures].map((itemIdentifier) => ({ itemIdentifier })) };
  };

  return createCheckedHandler<unknown, ReplayOutput | ReplayUploadsOutput>(
    {
      name: 'replay',
      check: replayCheck,
      work: (event, run, { memoryLimitInMB }) => {
        const memoryMb = Number(memoryLimitInMB) || 1024;
        return isDirect(event) ? direct(event, run, memoryMb) : uploads(event, run, memoryMb);
      },
    },
    options,
  );
};

const isDirect = (event: unknown): event is ReplayInput =>
  typeof event === 'object' && event !== null && 'batchId' in event && 'rejects' in event;
