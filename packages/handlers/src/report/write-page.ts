import { type BatchReport, batchKeys, type ObjectRef, type ObjectStore, type RunContext } from '@pipeline/core';
import type { PipelineLocations } from '../locations.ts';
import { renderReport } from './render-report.ts';

/** Makes the page of a batch; what the function that runs it knows stands in `facts`. */
export type RenderPage = (report: BatchReport, facts: { readonly memoryMb: number }) => string;

/** Where the page goes and who makes it. */
export interface WritePageOptions {
  readonly store: ObjectStore;
  readonly locations: PipelineLocations;
  readonly run: RunContext;
  /** Memory of this function, in megabytes. */
  readonly memoryMb: number;
  /** @default renderReport */
  readonly page?: RenderPage;
}

/**
 * Writes `report.html` beside the report, once: the first one written stays. Answers where it is, and nothing when it could
 * not be made: the output is published by then, so a page that fails is told of and fails no batch.
 *
 * @throws PipelineStorageError as the store does, which is tried again
 */
export const writePage = async (
  report: BatchReport,
  { store, locations, run, memoryMb, page = renderReport }: WritePageOptions,
): Promise<ObjectRef | undefined> => {
  const ref = batchKeys(report.batchId, locations).reportPage(report.revision);
  let text: string;
  try {
    text = page(report, { memoryMb });
  } catch (error) {
    run.observe({
      type: 'page.failed',
      batchId: report.batchId,
      error: error instanceof Error ? error.name : 'unknown',
    });
    return undefined;
  }
  await store.write(ref, Buffer.from(text), {
    contentType: 'text/html; charset=utf-8',
    ifAbsent: true,
    signal: run.signal,
  });
  return ref;
};
